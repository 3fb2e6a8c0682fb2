import { parseStream } from '@interlock/contracts';
import {
  incidentDecided,
  incidentsOf,
  type IncidentCommand,
  type IncidentEvent,
  type IncidentReaction,
} from '@interlock/alerting';
import { canonicalJson, uuidV5, type Recorded, type RecordedEvent } from '@interlock/kernel';
import type { FinishedData } from '@interlock/rails';
import {
  forgottenTraceDecided,
  judgedTrace,
  outcomeOf,
  traceOf,
  type ForgottenTraceEvent,
  type TraceEvent,
  type TraceV1,
} from '@interlock/twin';
import { compared, ofItself, type Finding, nameIn } from '../finding.js';
import { AlertReplay } from './alerts.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';
import type { ContentHash } from '../replay-contexts.js';

/** How much of a stream the file contains: all from its first event, a later part, or nothing. */
export type Presence = (stream: string) => 'whole' | 'part' | 'none';

const traceKey = ({ tenant }: StreamOf, { trace_id }: Pick<TraceV1, 'trace_id'>): string =>
  `${tenant} ${trace_id}`;

type Cause = { readonly event_id: string; readonly type: string; readonly stream: string };

/**
 * Replays events that follow from others without a decision of their own: incidents, alerts, and
 * traces of the decision memory, each from its cause.
 */
export class ConsequenceReplay {
  readonly alerts: AlertReplay;
  readonly incidents = new StreamReplay({
    ...incidentDecided,
    also: (event) => this.#followed(event),
  });
  /** The incident that an event opens, by the id of that event. */
  readonly #openings = new Map<string, IncidentReaction>();
  /** The links and ends of incidents that events require, as texts. */
  readonly #called = new Set<string>();
  /** The hash of the trace that an action requires, by trace id. */
  readonly #traces = new Map<string, string>();
  readonly #untraced = new Set<string>();
  readonly #forgetting = new StreamReplay(forgottenTraceDecided);
  /** The action type of every trace in the file, by tenant and trace id. */
  readonly #typeByTrace = new Map<string, string>();
  readonly #forgotten = new Set<string>();
  readonly #opened = new Set<string>();

  constructor(
    private readonly presence: Presence,
    private readonly whole: boolean,
    private readonly contentHash: ContentHash,
  ) {
    this.alerts = new AlertReplay(presence, whole);
  }

  /** Folds any event into the rules of alerts that use it. */
  fold(event: RecordedEvent, of: StreamOf): void {
    this.alerts.fold(event, of);
  }

  /** Takes an event that may be a cause: an event of an action, a kill switch or a rollout. */
  cause(event: RecordedEvent, of: StreamOf): void {
    this.#opens(event);
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
    this.#traces.set(trace.trace_id, this.contentHash(trace));
    // A forgotten trace is not recorded again if its action is rolled back later.
    if (!this.#forgotten.has(traceKey(of, trace))) this.#untraced.add(trace.trace_id);
  }

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    if (of.category === 'alert') {
      this.#opens(event);
      return this.alerts.take(event, of);
    }
    if (of.category === 'incident') return this.incidents.take(event, of);
    const own = event as unknown as TraceEvent;
    if (own.type === 'TraceForgotten') return this.#forgets(event, own, of);
    const { data: trace } = own;
    this.#typeByTrace.set(traceKey(of, trace), trace.action_type);
    switch (own.type) {
      case 'TraceRecorded':
        return [this.#trace(of.tenant, trace)];
      case 'TraceJudged':
        return [this.#judged(of.tenant, trace)];
      case 'TraceImported':
        return [
          ofItself(compared('trace', 'an imported trace', trace, trace), 'it comes from outside the log'),
        ];
    }
  }

  /**
   * Counts the events that must follow from the recorded ones and are missing. They may come after
   * the end of the file, or never.
   */
  owed(): { readonly [kind: string]: number } {
    // An alert that is updated within its episode requires the incident that it has.
    const called = new Set([...this.#openings.values()].map(({ stream }) => stream));
    const incidents = [...called].filter((stream) => !this.#opened.has(stream)).length;
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
    return compared(
      'trace',
      `the trace of action ${nameIn(trace.action_id)}`,
      this.contentHash(trace),
      expected,
    );
  }

  /** Checks that a forgotten trace is one of the file, beside the rules of its decider. */
  #forgets(event: RecordedEvent, { data }: ForgottenTraceEvent, of: StreamOf): readonly Finding[] {
    const key = traceKey(of, data);
    this.#forgotten.add(key);
    this.#untraced.delete(data.trace_id);
    const known = this.#typeByTrace.get(key);
    const findings = this.#forgetting.take(event, of);
    if (known === undefined && !this.whole)
      return [
        ...findings,
        { kind: 'trace', missing: 'the trace that is forgotten is not in the file', excused: true },
      ];
    return [...findings, compared('trace', 'the trace that is forgotten', data.action_type, known)];
  }

  /** Compares a judged trace with the recorded one plus its verdict. */
  #judged(tenant: string, trace: TraceV1): Finding {
    const expected = this.#traces.get(trace.trace_id);
    if (expected === undefined && this.presence(`action-${tenant}:${trace.action_id ?? ''}`) !== 'whole')
      return { kind: 'trace', missing: 'the action is not in the file' };
    const { judged, ...rest } = trace;
    const before = [false, true]
      .map((harmed): TraceV1 => ({ ...rest, harmed }))
      .find((one) => this.contentHash(one) === expected);
    return compared(
      'trace',
      `the judged trace of action ${nameIn(trace.action_id)}`,
      trace,
      before === undefined || judged === undefined ? null : judgedTrace(before, judged),
    );
  }

  #opens(event: RecordedEvent): void {
    for (const reaction of incidentsOf(event))
      if (reaction.command.kind === 'open') this.#openings.set(event.id, reaction);
      else this.#called.add(canonicalJson([reaction.stream, reaction.command]));
  }

  #followed(event: Recorded<IncidentEvent> & RecordedEvent): readonly Finding[] {
    switch (event.type) {
      case 'IncidentOpened':
        return this.#caused(event);
      case 'IncidentLinked':
        return this.#isCalledFor(event, { kind: 'link', data: event.data });
      case 'IncidentResolved': {
        const { actor } = event.metadata;
        // A person may decide this without any event as a cause.
        return actor.kind === 'service' && actor.service === 'alerting'
          ? this.#isCalledFor(event, { kind: 'over', ...event.data })
          : [];
      }
      case 'IncidentAcknowledged':
      case 'IncidentNoted':
        return [];
    }
  }

  #isCalledFor(event: RecordedEvent, command: IncidentCommand): readonly Finding[] {
    const kind = 'incident';
    if (this.#called.has(canonicalJson([event.stream, command])))
      return [compared(kind, 'what an event calls for', event.type, event.type)];
    if (!this.whole) return [{ kind, missing: 'its cause is not in the file', excused: true }];
    return [compared(kind, 'what an event calls for', event.data, null)];
  }

  #caused(event: RecordedEvent): readonly Finding[] {
    const kind = 'incident';
    const { cause } = event.data as { readonly cause: Cause };
    const reaction = this.#openings.get(cause.event_id);
    const of = parseStream(event.stream);
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
    this.#openings.delete(cause.event_id);
    this.#opened.add(event.stream);
    const { command, stream } = reaction;
    return [
      compared(
        kind,
        `what event ${nameIn(cause.event_id)} calls for`,
        { stream: event.stream, data: event.data },
        { stream, data: 'data' in command ? command.data : null },
      ),
    ];
  }
}
