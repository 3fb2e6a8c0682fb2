import {
  defaults,
  type AutoApproveRequest,
  type CalledName,
  type ImpactEstimate,
  type ProblemCode,
  type RpcAnswer,
  type RpcRequest,
} from '@interlock/contracts';
import { isProblem, ProblemError } from '@interlock/kernel';
import type { RpcClient } from '@interlock/jetstream';
import { nowText } from '@interlock/platform';
import {
  blastRadiusLook,
  confidenceLook,
  defaultPostureTable,
  effectiveRisk,
  gateNames,
  judge,
  sawOf,
  type ActionState,
  type Awaited,
  type GateName,
  type GateSaw,
  type Look,
} from '@interlock/rails';
import type { KillSwitches } from './kill-switches.js';

const unreachableCodes: ReadonlySet<ProblemCode> = new Set([
  'service-unreachable',
  'not-current',
  'log-unavailable',
  'append-outcome-unknown',
  'bus-unavailable',
  'database-unavailable',
  'deadline-exceeded',
  'device-unreachable',
  'read-model-behind',
]);

/** A service that is down is waited for; anything else that is thrown is an error of the gate. */
export const isUnreachable = (error: unknown): error is ProblemError =>
  isProblem(error) && unreachableCodes.has(error.code);

/** Which service to wait for, of an unreachable error. */
export const awaitedOf = (error: ProblemError, service: string, gate: string): Awaited => ({
  service: typeof error.members['service'] === 'string' ? error.members['service'] : service,
  gate,
  detail: error.detail,
});

export type Looked = { readonly looks: readonly Look[]; readonly awaited: Awaited | null };

type Seen = { -readonly [G in GateName]?: GateSaw[G] };
type Asking = {
  readonly state: ActionState;
  readonly seen: Seen;
  readonly fresh: boolean;
  readonly ahead: Map<string, Promise<unknown>>;
};

const owners: { readonly [gate in GateName]: string } = {
  kill_switch: 'log',
  posture: 'posture',
  autonomy_mode: 'budget-ledger',
  prediction: 'digital-twin',
  policy: 'policy-evaluator',
  blast_radius: 'netconf-gateway',
  confidence: 'safety-rails',
  auto_approval: 'policy-evaluator',
  budget: 'budget-ledger',
};
const walked: readonly GateName[] = gateNames.filter((gate) => gate !== 'budget');

const clockSkewS = 60;

const need = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`${what} was not seen before`);
  return value;
};

/** Looks at gates 1–8: asks the services, in parallel where one does not read the other's answer. */
export class GateLooks {
  readonly #rpc: Pick<RpcClient, 'call'>;
  readonly #switches: Pick<KillSwitches, 'known' | 'read'>;

  constructor(rpc: Pick<RpcClient, 'call'>, switches: Pick<KillSwitches, 'known' | 'read'>) {
    this.#rpc = rpc;
    this.#switches = switches;
  }

  /**
   * Looks from a gate on, until one stops the walk or cannot be reached. `fresh`: every service confirms that it is current first, nothing is taken
   * from earlier looks but a prediction that is still valid, and the kill switch is read from the log.
   */
  async from(state: ActionState, first: GateName, fresh: boolean): Promise<Looked> {
    const seen: Seen = {};
    for (const gate of walked.slice(0, walked.indexOf(first)))
      Object.assign(seen, { [gate]: sawOf(state, gate) });
    const asking: Asking = { state, seen, fresh, ahead: new Map() };
    const left = walked.slice(walked.indexOf(first));
    // Nobody is asked anything for an action that the kill switch stops; where everything is read afresh the reads go side by side.
    if (fresh) this.#askAhead(asking, left);
    const looks: Look[] = [];
    for (const gate of left) {
      try {
        if (gate !== 'kill_switch' && asking.ahead.size === 0) this.#askAhead(asking, left);
        const look = { gate, saw: await this.#look(gate, asking) } as Look;
        looks.push(look);
        const { verdict } = judge(look);
        if (verdict === 'fail' || verdict === 'error') break;
      } catch (error) {
        if (isUnreachable(error)) return { looks, awaited: awaitedOf(error, owners[gate], gate) };
        looks.push({ gate, threw: isProblem(error) ? `${error.code}: ${error.detail}` : 'the gate threw' });
        break;
      }
    }
    return { looks, awaited: null };
  }

  #askAhead(asking: Asking, gates: readonly GateName[]): void {
    const start = (gate: GateName, ask: () => Promise<unknown>): void => {
      if (!gates.includes(gate)) return;
      const answer = ask();
      answer.catch(() => undefined);
      asking.ahead.set(gate, answer);
    };
    start('posture', () => this.#posture(asking));
    start('autonomy_mode', () => this.#mode(asking));
    start('prediction', () => this.#prediction(asking));
    start('blast_radius', () => this.#estimate(asking));
  }

  async #look<G extends GateName>(gate: G, asking: Asking): Promise<GateSaw[G]> {
    const saw = (await this.#seen(gate, asking)) as GateSaw[G];
    Object.assign(asking.seen, { [gate]: saw });
    return saw;
  }

  async #seen(gate: GateName, asking: Asking): Promise<GateSaw[GateName]> {
    const { state, seen } = asking;
    const { intent, action_type: type } = state.accepted!;
    switch (gate) {
      case 'kill_switch':
        return { switches: await this.#switchHeads(asking) };
      case 'posture':
        return {
          answer: (await asking.ahead.get('posture')) as GateSaw['posture']['answer'],
          table: defaultPostureTable,
          response: type.handler?.service === 'posture',
        };
      case 'autonomy_mode':
        return { answer: (await asking.ahead.get('autonomy_mode')) as GateSaw['autonomy_mode']['answer'] };
      case 'prediction':
        return { answer: (await asking.ahead.get('prediction')) as GateSaw['prediction']['answer'] };
      case 'policy':
        return { evaluation: await this.#evaluation(asking) };
      case 'blast_radius':
        return blastRadiusLook(
          intent,
          need(seen.policy, 'the policy gate').evaluation,
          (await asking.ahead.get('blast_radius')) as ImpactEstimate | null,
        );
      case 'confidence':
        return confidenceLook(
          intent,
          type,
          need(seen.prediction, 'the prediction').answer,
          need(seen.policy, 'the policy gate').evaluation,
        );
      case 'auto_approval':
        return this.#autoApproval(asking);
      case 'budget':
        throw new Error('the budget is consumed, not looked at');
    }
  }

  async #switchHeads({ state, fresh }: Asking): Promise<GateSaw['kill_switch']['switches']> {
    const { tenant_id: tenantId, action_type: actionType } = state.accepted!.intent;
    // An index that lags behind, as under load, is no reason to wait: the heads themselves are read.
    return (
      (fresh ? undefined : this.#switches.known(tenantId, actionType)) ??
      this.#switches.read(tenantId, actionType)
    );
  }

  #posture({ state, fresh }: Asking): Promise<RpcAnswer<'posture.posture'>> {
    return this.#call('posture.posture', { tenant_id: state.accepted!.intent.tenant_id, fresh });
  }

  #mode({ state, fresh }: Asking): Promise<RpcAnswer<'budget-ledger.mode'>> {
    const { tenant_id, account_id, action_type } = state.accepted!.intent;
    return this.#call('budget-ledger.mode', { tenant_id, account_id, action_type, fresh });
  }

  async #prediction({ state, fresh }: Asking): Promise<RpcAnswer<'digital-twin.predict'>> {
    const earlier = sawOf(state, 'prediction')?.answer;
    const ageS = earlier === undefined ? Infinity : (Date.now() - Date.parse(earlier.made_at)) / 1000;
    // One of the future, by a clock that is off, is asked for again, else it would never grow old.
    if (earlier !== undefined && ageS < defaults.prediction_valid_s && ageS > -clockSkewS) return earlier;
    const { intent } = state.accepted!;
    return this.#call('digital-twin.predict', {
      tenant_id: intent.tenant_id,
      action_type: intent.action_type,
      entity_id: intent.entity_id,
      parameters: intent.parameters,
      affected_entity_count: intent.affected_entity_count,
      trigger_type: intent.trigger_type ?? intent.action_type,
      ...(intent.incident_id === undefined ? {} : { incident_id: intent.incident_id }),
      at: nowText(),
      fresh,
    });
  }

  async #estimate({ state }: Asking): Promise<ImpactEstimate | null> {
    const { intent, action_type: type } = state.accepted!;
    if (type.handler === null) return null;
    const { tenant_id, action_type, entity_id, parameters } = intent;
    return this.#call(`${type.handler.service}.estimate_impact`, {
      tenant_id,
      action_type,
      entity_id,
      parameters,
    });
  }

  #evaluation({ state, seen, fresh }: Asking): Promise<RpcAnswer<'policy-evaluator.evaluate'>> {
    const { intent, action_id } = state.accepted!;
    return this.#call('policy-evaluator.evaluate', {
      tenant_id: intent.tenant_id,
      intent,
      prediction: need(seen.prediction, 'the prediction').answer,
      posture: need(seen.posture, 'the posture').answer.effective,
      at: nowText(),
      fresh,
      action_id,
      dry_run: intent.dry_run === true,
    });
  }

  async #autoApproval({ state, seen, fresh }: Asking): Promise<GateSaw['auto_approval']> {
    const { intent, action_type: type } = state.accepted!;
    const prediction = need(seen.prediction, 'the prediction').answer;
    const input: AutoApproveRequest = {
      tenant_id: intent.tenant_id,
      account_id: intent.account_id,
      action_type: intent.action_type,
      confidence_score: Math.min(intent.confidence_score, prediction.confidence),
      risk_level: effectiveRisk(intent, prediction),
      autonomy_mode: need(seen.autonomy_mode, 'the mode').answer.mode,
      external_contact: intent.external_contact ?? type.external_contact,
      ...(intent.lifecycle_state === undefined ? {} : { lifecycle_state: intent.lifecycle_state }),
      fresh,
    };
    return { input, answer: await this.#call('policy-evaluator.auto_approve', input) };
  }

  async #call<N extends CalledName>(name: N, request: RpcRequest<N>): Promise<RpcAnswer<N>> {
    const answer: unknown = await this.#rpc.call(name, request);
    if (typeof answer !== 'object' || answer === null)
      throw new ProblemError('internal-error', `\`${name}\` answered nothing that can be read`);
    return answer as RpcAnswer<N>;
  }
}
