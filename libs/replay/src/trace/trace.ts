import { actionOfTx, actorKey, parseStream } from '@interlock/contracts';
import { evolveRecorded, positionText, type RecordedEvent } from '@interlock/kernel';
import type { DeviceTxEvent } from '@interlock/network';
import { actionDecider, killSwitchStreams, type ActionEvent, type ActionState } from '@interlock/rails';
import { isKnown } from '../checks/known-events.js';
import type { StreamOf } from '../stream-replay.js';
import { actionStep } from './action.js';
import { deviceStep } from './device.js';
import type { StepText } from './gates.js';
import { otherStep } from './others.js';

/** One step of the trace: an event and its description. */
export type TraceStep = {
  readonly at: string;
  readonly position: string;
  readonly stream: string;
  readonly revision: string;
  readonly event_id: string;
  readonly type: string;
  readonly actor: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly data: object;
};
/** The whole trace of one action, in the order of the log. */
export type ActionTrace = {
  readonly action_id: string;
  readonly tenant_id: string;
  readonly intent_id: string | null;
  readonly action_type: string | null;
  readonly entity_id: string | null;
  readonly state: ActionState['status'] | null;
  /** The reasons for its end; empty before that. */
  readonly reasons: ActionState['reasons'];
  readonly accepted_at: string | null;
  readonly ended_at: string | null;
  readonly traceparent: string | null;
  readonly steps: readonly TraceStep[];
  /** The missing parts of the trace, each with the reason. */
  readonly missing: readonly string[];
};

type ActionReference = {
  readonly action_id?: unknown;
  readonly tx_id?: unknown;
  readonly input?: { readonly action_id?: unknown };
  readonly cause?: { readonly stream?: unknown };
};

const actorOf = ({ metadata: { actor } }: RecordedEvent): string =>
  typeof actor === 'object' && (actor as unknown) !== null ? actorKey(actor) : 'nobody';

const areReasons = (reasons: unknown): boolean =>
  Array.isArray(reasons) && reasons.every((reason) => typeof reason === 'object' && reason !== null);

/** Streams in which every event belongs to the action. */
const isWhollyOf = (stream: string): boolean => /^(?:action|device_tx)-/.test(stream);

/**
 * Returns each gap in the revisions of a stream, including one before its first event, by the id of
 * the event after the gap.
 */
const gapsBefore = (events: readonly RecordedEvent[]): ReadonlyMap<string, string> => {
  const next = new Map<string, bigint>();
  const gaps = new Map<string, string>();
  const inStreams = events.toSorted((a, b) =>
    a.stream === b.stream ? Number(a.revision - b.revision) : a.stream < b.stream ? -1 : 1,
  );
  for (const { stream, revision, id } of inStreams) {
    const expected = next.get(stream) ?? 0n;
    next.set(stream, revision + 1n);
    if (revision <= expected) continue;
    const last = revision - 1n;
    gaps.set(
      id,
      expected === last ? `revision ${last} of ${stream}` : `revisions ${expected} to ${last} of ${stream}`,
    );
  }
  return gaps;
};

/**
 * Collects the events of one action from a log and describes them. Keeps nothing about other
 * actions.
 */
export class Trace {
  readonly #events: RecordedEvent[] = [];
  /** Incidents and alerts of the action, whose later events belong to it too. */
  readonly #followed = new Set<string>();
  readonly #ids = new Set<string>();
  #state: ActionState = actionDecider.initial;
  #stopped = false;

  constructor(private readonly actionId: string) {}

  /** Keeps an event if it belongs to the action. */
  take(event: RecordedEvent): void {
    const of = parseStream(event.stream);
    if (of === undefined || this.#ids.has(event.id) || !this.#belongs(event, of)) return;
    this.#ids.add(event.id);
    this.#events.push(event);
    if (of.category === 'action' && isKnown(of, event.type, event.metadata.schema_version)) {
      this.#evolve(event);
      if (
        (event.type === 'ActionDenied' && (event.data as { gate?: unknown }).gate === 'kill_switch') ||
        event.type === 'UndoRequested'
      )
        this.#stopped = true;
    }
  }

  /** Returns the trace; null if the events contain nothing about the action. */
  story(): ActionTrace | null {
    const own = this.#events.filter((event) => event.stream.startsWith('action-'));
    const of = own[0] === undefined ? undefined : parseStream(own[0].stream);
    if (of === undefined) return null;
    const gaps = gapsBefore(this.#events.filter(({ stream }) => isWhollyOf(stream)));
    const { accepted, status, reasons, accepted_at, ended_at, traceparent } = this.#state;
    const events = this.#events
      .filter((event) => !event.stream.startsWith('kill_switch-') || this.#stopped)
      .sort((a, b) =>
        a.position.commit === b.position.commit ? 0 : a.position.commit < b.position.commit ? -1 : 1,
      );
    return {
      action_id: this.actionId,
      tenant_id: of.tenant,
      intent_id: accepted?.intent.intent_id ?? null,
      action_type: accepted?.intent.action_type ?? null,
      entity_id: accepted?.intent.entity_id ?? null,
      state: accepted === null ? null : (status as ActionState['status']),
      reasons: ended_at === null || !areReasons(reasons) ? [] : reasons,
      accepted_at,
      ended_at,
      traceparent,
      steps: events.map((event) => this.#step(event, gaps.get(event.id))),
      missing: [...[...gaps.values()], ...this.#missing(of.tenant, own)],
    };
  }

  #belongs(event: RecordedEvent, { category, tenant, id }: StreamOf): boolean {
    const data = event.data as ActionReference;
    const follows = (is: boolean): boolean => {
      if (is) this.#followed.add(event.stream);
      return is || this.#followed.has(event.stream);
    };
    switch (category) {
      case 'action':
        return id === this.actionId;
      case 'device_tx':
        return actionOfTx(id) === this.actionId;
      case 'budget':
      case 'lease':
      case 'trace':
        return data.action_id === this.actionId;
      case 'device':
        return typeof data.tx_id === 'string' && actionOfTx(data.tx_id) === this.actionId;
      case 'incident':
        return follows(data.action_id === this.actionId);
      case 'alert':
        return follows(
          this.#stopped &&
            typeof data.cause?.stream === 'string' &&
            this.#switches(tenant).includes(data.cause.stream),
        );
      case 'kill_switch':
        return (
          this.#state.accepted !== null &&
          this.#state.ended_at === null &&
          this.#switches(tenant).includes(event.stream)
        );
      default:
        return false;
    }
  }

  #evolve(event: RecordedEvent): void {
    try {
      const next = evolveRecorded(actionDecider, this.#state, event);
      if (
        next.accepted === null ||
        (typeof next.accepted.intent === 'object' && (next.accepted.intent as unknown) !== null)
      )
        this.#state = next;
    } catch {
      // The event does not have the shape of its type. It is shown as it is, and the trace
      // continues without it.
    }
  }

  #switches(tenant: string): readonly string[] {
    return killSwitchStreams(tenant, this.#state.accepted?.intent.action_type ?? '');
  }

  #step(event: RecordedEvent, gap: string | undefined): TraceStep {
    const of = parseStream(event.stream)!;
    const known = isKnown(of, event.type, event.metadata.schema_version);
    const { title, lines } = known
      ? this.#stepText(event, of)
      : { title: `${event.type}, which this release does not know`, lines: [JSON.stringify(event.data)] };
    return {
      at: `${event.metadata.occurred_at ?? 'at no time'}`,
      position: positionText(event.position),
      stream: event.stream,
      revision: `${event.revision}`,
      event_id: event.id,
      type: event.type,
      actor: actorOf(event),
      title,
      lines: gap === undefined ? lines : [`before it is not there: ${gap}`, ...lines],
      data: event.data,
    };
  }

  /** Describes an event. In an altered log it may have any shape. */
  #stepText(event: RecordedEvent, { category, id }: StreamOf): StepText {
    try {
      if (category === 'action')
        return actionStep(event as unknown as ActionEvent, this.#state.accepted?.intent.dry_run === true);
      if (category !== 'device_tx') return otherStep(event);
      const step = deviceStep(event as unknown as DeviceTxEvent);
      const number = id.slice(actionOfTx(id).length + 1);
      return number === '' ? step : { ...step, title: `part ${number}, ${step.title}` };
    } catch {
      return {
        title: `${event.type}, which is not of the shape of its type`,
        lines: [JSON.stringify(event.data)],
      };
    }
  }

  #missing(tenant: string, own: readonly RecordedEvent[]): readonly string[] {
    const missing: string[] = [];
    const has = (category: string, type?: string): boolean =>
      this.#events.some(
        (event) => event.stream.startsWith(`${category}-`) && (type === undefined || event.type === type),
      );
    const { accepted, execution, budget, ended_at, status, observation } = this.#state;
    if (accepted === null) return missing;
    if (budget !== null && !has('budget')) missing.push('what the budget recorded');
    if (execution !== null && !has('lease', 'LeaseGranted'))
      missing.push('the lease: leases are kept for two days');
    if (execution !== null && !has('device_tx')) missing.push(`what ${execution.service} did on the device`);
    if ((status === 'ROLLED_BACK' || status === 'ROLLBACK_FAILED') && !has('incident'))
      missing.push('the incident that a rollback opens');
    if (ended_at !== null && observation !== null && execution !== null && !has('trace'))
      missing.push('the trace in the decision memory');
    if (ended_at === null) missing.push('the end: the action was not over');
    if (
      this.#stopped &&
      !has('kill_switch') &&
      own.some(
        ({ type, data }) =>
          (type === 'ActionDenied' && (data as { gate?: unknown }).gate === 'kill_switch') ||
          (type === 'UndoRequested' && (data as { cause?: unknown }).cause === 'kill_switch'),
      )
    )
      missing.push(`the use of the kill switch: it may be the global one, which is not tenant ${tenant}'s`);
    return missing;
  }
}
