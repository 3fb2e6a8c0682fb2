import { parseStream } from '@interlock/contracts';
import { alertRecall, incidentRecall, isRaised, reactionTo, type Reaction } from '@interlock/alerting';
import { contentHash, uuidV5, type RecordedEvent } from '@interlock/kernel';
import type { FinishedData } from '@interlock/rails';
import { outcomeOf, traceOf, type TraceV1 } from '@interlock/twin';
import { compared, type Finding, nameIn } from '../finding.js';
import type { MemoryReplay } from '../twin/memory.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';

/** How a stream stands in the file: from its beginning, from somewhere on, or not at all. */
export type Presence = (stream: string) => 'whole' | 'part' | 'none';

type Cause = { readonly event_id: string; readonly type: string; readonly stream: string };

/** What follows from decisions without a decision of its own: incidents, alerts, and the traces of the decision memory, each from its very cause. */
export class ConsequenceReplay {
  readonly alerts = new StreamReplay({
    ...alertRecall,
    also: (event) => (event.type === 'AlertAcknowledged' ? [] : this.#caused('alert', event)),
  });
  readonly incidents = new StreamReplay({
    ...incidentRecall,
    also: (event) => (event.type === 'IncidentOpened' ? this.#caused('incident', event) : []),
  });
  readonly #reactions = new Map<string, Reaction>();
  /** By trace id, the hash of what the trace of an action must be. */
  readonly #traces = new Map<string, string>();
  readonly #untraced = new Set<string>();
  readonly #opened = new Set<string>();

  /** Streams of alerts that a service told of itself. */
  readonly #raised = new Set<string>();

  constructor(
    private readonly presence: Presence,
    private readonly memory: MemoryReplay,
  ) {}

  /** An event that may be a cause: of an action, a kill switch, a rollout. */
  cause(event: RecordedEvent, of: StreamOf): void {
    const reaction = reactionTo(event);
    if (reaction !== null) this.#reactions.set(event.id, reaction);
    const outcome = outcomeOf(event.type);
    if (outcome === undefined) return;
    const trace = traceOf(
      uuidV5('trace', of.tenant, of.id),
      of.id,
      outcome,
      event.data as FinishedData,
      event.metadata.occurred_at,
    );
    if (trace === undefined) return;
    this.#traces.set(trace.trace_id, contentHash(trace));
    this.#untraced.add(trace.trace_id);
  }

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    if (of.category === 'alert') return this.alerts.take(event, of);
    if (of.category === 'incident') return this.incidents.take(event, of);
    const trace = event.data as TraceV1;
    this.memory.add(of.tenant, trace, event.position);
    return event.type === 'TraceRecorded' ? [this.#trace(of.tenant, trace)] : [];
  }

  /** What must follow from what was recorded, and has not: after the end of the file, or never. */
  owed(): { readonly [kind: string]: number } {
    const incidents = [...this.#reactions.values()].filter(
      ({ kind, command, stream }) =>
        kind === 'incident' && command.kind === 'open' && !this.#opened.has(stream),
    ).length;
    return {
      ...(incidents === 0 ? {} : { incident: incidents }),
      ...(this.#untraced.size === 0 ? {} : { trace: this.#untraced.size }),
    };
  }

  #trace(tenant: string, trace: TraceV1): Finding {
    this.#untraced.delete(trace.trace_id);
    const expected = this.#traces.get(trace.trace_id);
    if (expected === undefined && this.presence(`action-${tenant}:${trace.action_id ?? ''}`) !== 'whole')
      return { kind: 'trace', missing: 'the action is not in the file' };
    return compared('trace', `the trace of action ${nameIn(trace.action_id)}`, contentHash(trace), expected);
  }

  #caused(kind: 'alert' | 'incident', event: RecordedEvent): readonly Finding[] {
    const { cause } = event.data as { readonly cause: Cause };
    const reaction = this.#reactions.get(cause.event_id);
    const of = parseStream(event.stream);
    // An alert that a service raises about itself has no event as its cause, or one that is at fault, and none that calls for the alert.
    if (kind === 'alert' && (isRaised(event.data) || this.#raised.has(event.stream))) {
      this.#raised.add(event.stream);
      return [{ kind, missing: 'a service told it of itself', excused: true }];
    }
    if (reaction === undefined && this.presence(cause.stream) !== 'whole')
      return [
        {
          kind,
          missing: 'its cause is not in the file',
          ...(parseStream(cause.stream)?.tenant === of?.tenant ? {} : { excused: true }),
        },
      ];
    if (reaction === undefined || of === undefined)
      return [compared(kind, `what event ${nameIn(cause.event_id)} calls for`, event.type, null)];
    const { command, stream } = reaction;
    if (command.kind === 'open') {
      this.#reactions.delete(cause.event_id);
      this.#opened.add(event.stream);
    }
    const again =
      command.kind === 'end'
        ? { detail: command.detail, cause: command.cause }
        : 'data' in command
          ? command.data
          : null;
    return [
      compared(
        kind,
        `what event ${nameIn(cause.event_id)} calls for`,
        { stream: event.stream, data: event.data },
        { stream, data: again },
      ),
    ];
  }
}
