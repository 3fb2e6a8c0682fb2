import { context, trace, type Span } from '@opentelemetry/api';
import { Inject, Injectable } from '@nestjs/common';
import { unreachableCodes, type ProblemCode } from '@interlock/contracts';
import { isProblem, type ProblemError } from '@interlock/kernel';
import { RpcClient, spanError } from '@interlock/jetstream';
import {
  beforeOf,
  lookedAtGates,
  judge,
  looksToRecord,
  sawOf,
  seeGate,
  stops,
  type AcceptedAction,
  type AwaitedService,
  type GateAnswer,
  type GateName,
  type GateSight,
  type Look,
  type SeenGate,
  type LookedAtGate,
} from '@interlock/rails';
import { gateAsks, type GateQuestion, type GateAsks } from './gate-asks.js';
import { RailsMetrics } from '../metrics.js';
import { KillSwitches } from '../kill-switch/kill-switches.js';

const unreachable: ReadonlySet<ProblemCode> = new Set(unreachableCodes);

/**
 * Returns true if the action must wait for a service that is down. Any other error is an error of
 * the gate.
 */
export const isUnreachable = (error: unknown): error is ProblemError =>
  isProblem(error) && unreachable.has(error.code);

/** Returns the service to wait for, from an unreachable error. */
export const awaitedOf = (error: ProblemError, service: string, gate: string): AwaitedService => ({
  service: typeof error.members['service'] === 'string' ? error.members['service'] : service,
  gate,
  detail: error.detail,
});

export type WalkOutcome = { readonly looks: readonly Look[]; readonly awaited: AwaitedService | null };

type Walk = {
  readonly state: AcceptedAction;
  readonly fresh: boolean;
  readonly seen: { -readonly [G in GateName]?: GateSight[G] };
  readonly ahead: { [G in LookedAtGate]?: Promise<GateAnswer[G]> };
  /** From the question to the verdict; ended when the gate is judged, or else with the answer. */
  readonly spans: Map<LookedAtGate, { readonly span: Span; readonly began: number }>;
  /** The walk itself looks at the posture and the prediction, so its event holds both. */
  readonly together: boolean;
};

const tracer = trace.getTracer('safety-rails');

const walkOf = (state: AcceptedAction, fresh: boolean, gates: readonly LookedAtGate[]): Walk => ({
  state,
  fresh,
  seen: {},
  ahead: {},
  spans: new Map(),
  together: gates.includes('posture') && gates.includes('prediction'),
});

/**
 * Returns the input of a gate. The estimate is requested once, for the first gate that needs it.
 */
const askingOf = (walk: Walk, estimated: GateQuestion['estimated']): GateQuestion => ({
  state: walk.state,
  before: beforeOf(walk.state.accepted, (gate) => walk.seen[gate]),
  fresh: walk.fresh,
  estimated,
});

const keep = <G extends GateName>(seen: Walk['seen'], gate: G, saw: GateSight[G] | undefined): void => {
  if (saw !== undefined) seen[gate] = saw;
};

/**
 * Looks at every gate except the budget. It asks services in parallel if neither needs the other's
 * answer.
 */
@Injectable()
export class GateLooks {
  readonly #asks: GateAsks;

  constructor(
    @Inject(RpcClient) rpc: Pick<RpcClient, 'call'>,
    @Inject(KillSwitches) switches: Pick<KillSwitches, 'known' | 'read'>,
    @Inject(RailsMetrics) private readonly metrics: Pick<RailsMetrics, 'judged'>,
  ) {
    this.#asks = gateAsks(rpc, switches);
  }

  /**
   * Looks from a gate on, until one stops the walk or cannot be reached. `fresh`: every service
   * first confirms that it is current, and the kill switch is read from the log. Nothing comes from
   * earlier looks except a prediction that is still valid.
   */
  async from(state: AcceptedAction, first: GateName, fresh: boolean): Promise<WalkOutcome> {
    const at = lookedAtGates.findIndex((gate) => gate === first);
    const left = lookedAtGates.slice(at);
    const walk = walkOf(state, fresh, left);
    for (const gate of lookedAtGates.slice(0, at)) keep(walk.seen, gate, sawOf(state, gate));
    // The estimate names the site that a switch may stop, so it is requested before gate 1. No
    // other service is asked about an action that the kill switch stops. In a fresh look, the reads
    // run side by side.
    if (left.includes('blast_radius')) void this.#ask('blast_radius', walk);
    if (fresh) this.#askAhead(walk, left);
    const { looks, awaited } = await this.#lookAt(walk, left);
    return { looks: looksToRecord(looks), awaited };
  }

  async #lookAt(walk: Walk, left: readonly LookedAtGate[]): Promise<WalkOutcome> {
    try {
      return await this.#judge(walk, left);
    } finally {
      // Ends the spans of gates that were asked in advance, after the one that stopped the walk.
      for (const [gate, { span }] of walk.spans)
        void Promise.allSettled([walk.ahead[gate]]).then(() => span.end());
    }
  }

  async #judge(walk: Walk, left: readonly LookedAtGate[]): Promise<WalkOutcome> {
    const looks: Look[] = [];
    for (const gate of left) {
      try {
        if (gate !== 'kill_switch') this.#askAhead(walk, left);
        const look = await this.#look(gate, walk);
        looks.push(look);
        const judged = judge(look);
        this.#judged(walk, gate, (span) => span.setAttribute('interlock.gate.verdict', judged.verdict));
        if (stops(judged)) break;
      } catch (error) {
        this.#judged(walk, gate, (span) => spanError(span, error));
        if (isUnreachable(error)) return { looks, awaited: awaitedOf(error, this.#asks[gate].owner, gate) };
        looks.push({ gate, threw: isProblem(error) ? `${error.code}: ${error.detail}` : 'the gate threw' });
        break;
      }
    }
    return { looks, awaited: null };
  }

  /**
   * Looks at single gates again, for the rollback of an ended action. The other gates keep their
   * earlier data.
   */
  async at(state: AcceptedAction, gates: readonly LookedAtGate[]): Promise<WalkOutcome> {
    const walk = walkOf(state, true, gates);
    for (const gate of lookedAtGates) if (!gates.includes(gate)) keep(walk.seen, gate, sawOf(state, gate));
    return this.#lookAt(walk, gates);
  }

  #askAhead(walk: Walk, gates: readonly LookedAtGate[]): void {
    for (const gate of gates) if (this.#asks[gate].ahead) void this.#ask(gate, walk);
  }

  /** Asks each gate once in a walk. */
  #ask<G extends LookedAtGate>(gate: G, walk: Walk): Promise<GateAnswer[G]> {
    const asked = walk.ahead[gate];
    if (asked !== undefined) return asked;
    const span = tracer.startSpan(`gate ${gate}`, { attributes: { 'interlock.gate': gate } });
    walk.spans.set(gate, { span, began: performance.now() });
    const answer = context.with(trace.setSpan(context.active(), span), () =>
      this.#asks[gate].ask(askingOf(walk, () => this.#ask('blast_radius', walk))),
    );
    answer.catch(() => undefined);
    Object.assign(walk.ahead, { [gate]: answer });
    return answer;
  }

  /** Ends the span of a gate and measures it, once. */
  #judged({ spans }: Walk, gate: LookedAtGate, mark: (span: Span) => unknown): void {
    const asked = spans.get(gate);
    if (asked === undefined) return;
    spans.delete(gate);
    mark(asked.span);
    asked.span.end();
    this.metrics.judged(gate, (performance.now() - asked.began) / 1000);
  }

  async #look<G extends LookedAtGate>(gate: G, walk: Walk): Promise<SeenGate<G>> {
    const answer = await this.#ask(gate, walk);
    const { before } = askingOf(walk, () => this.#ask('blast_radius', walk));
    const look = seeGate(gate, answer, { ...before, together: walk.together });
    keep(walk.seen, gate, look.saw);
    return look;
  }
}
