import { parseStream, type Timestamp } from '@interlock/contracts';
import {
  alertIdOf,
  alertDecided,
  clockCause,
  defaultFigures,
  endDetail,
  figuresFrom,
  figuresOf,
  fingerprintOf,
  firingOf,
  isReported,
  isReportedAlert,
  limitsCategory,
  limitsIn,
  ruleOf,
  rules,
  supersededBy,
  type AlertEvent,
  type AlertFired,
  type AlertState,
  type Cause,
  type Evidence,
  type Figures,
  type Firing,
  type Rule,
} from '@interlock/alerting';
import {
  comparePositions,
  parsePosition,
  positionText,
  type Position,
  type Recorded,
  type RecordedEvent,
} from '@interlock/kernel';
import { compared, differing, ofItself, type Finding, nameIn } from '../finding.js';
import { Recent } from '../recent.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';
import type { Presence } from './consequences.js';
import { keptEvents, RuleStates } from './rule-states.js';

const kind = 'alert';
const told = 'a service reported it, and no event calls for it';
type Fired = Extract<AlertEvent, { readonly type: 'AlertFired' }>;
type Ended = Extract<AlertEvent, { readonly type: 'AlertResolved' }>;

/** The rules that use an event, by its type and the category of its stream. */
const rulesByEvent = new Map<string, Map<string, readonly Rule[]>>();
for (const rule of rules)
  for (const [category, types] of Object.entries(rule.events))
    for (const type of types) {
      const ofType = rulesByEvent.get(type) ?? new Map<string, readonly Rule[]>();
      rulesByEvent.set(type, ofType.set(category, [...(ofType.get(category) ?? []), rule]));
    }

/**
 * Judges alerts again, from the state of their rule at the position that they name, and at their
 * own time.
 */
export class AlertReplay {
  readonly #streams = new StreamReplay({
    ...alertDecided,
    also: (event, before, of) => {
      if (event.type === 'AlertFired') return this.#judged(event, of);
      return event.type === 'AlertResolved' ? this.#ended(event, of.tenant, before) : [];
    },
  });
  readonly #states = new RuleStates();
  /** The figures that each tenant set, each valid from a position in the log. */
  readonly #figures = new Map<string, { readonly from: Position; readonly figures: Figures }[]>();
  readonly #places = new Recent<string, { readonly position: Position; readonly cause: Cause }>(keptEvents);
  /** The latest `AlertFired` of each stream. */
  readonly #fired = new Map<string, AlertFired>();
  /** The end of an episode that another episode must follow, by stream. */
  readonly #superseded = new Map<string, Ended['data']>();

  constructor(
    private readonly presence: Presence,
    private readonly whole: boolean,
  ) {}

  /** Folds an event into the rules that use it. */
  fold(event: RecordedEvent, of: StreamOf): void {
    const limits = limitsIn(event);
    if (limits !== null) {
      const list = this.#figures.get(of.tenant) ?? [];
      this.#figures.set(of.tenant, [...list, { from: event.position, figures: figuresFrom(limits) }]);
      this.#noteCause(event);
    }
    const using = rulesByEvent.get(event.type)?.get(of.category);
    if (using === undefined) return;
    this.#noteCause(event);
    this.#states.fold(event, of.tenant, using);
  }

  #noteCause({ id, type, stream, position }: RecordedEvent): void {
    this.#places.set(id, { position, cause: { event_id: id, type, stream } });
  }

  /**
   * A tenant's figures at a position; the recorded ones if the file lacks the events that set them.
   */
  #figuresAt(tenant: string, at: Position, recorded: Partial<Figures> | undefined): Figures {
    if (!this.whole && this.presence(`${limitsCategory}-${tenant}:config`) !== 'whole')
      return { ...defaultFigures, ...recorded };
    const set = this.#figures.get(tenant)?.findLast(({ from }) => comparePositions(from, at) <= 0);
    return set?.figures ?? defaultFigures;
  }

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    return this.#streams.take(event, of);
  }

  #judged(event: Recorded<Fired> & RecordedEvent, { tenant }: StreamOf): readonly Finding[] {
    const fired = event.data;
    const ended = this.#superseded.get(event.stream);
    this.#superseded.delete(event.stream);
    const known = this.#fired.get(event.stream);
    this.#fired.set(event.stream, fired);
    if (isReportedAlert(fired))
      return [ofItself(compared(kind, 'an alert that a service reports', event.data, event.data), told)];
    const { cause, order } = fired;
    const called = `what event ${nameIn(cause.event_id)} calls for`;
    const rule = ruleOf(fired.name);
    if (rule === undefined) return [compared(kind, called, fired.name, null)];
    const at = parsePosition(order.position);
    const expected = this.#expected(rule, tenant, fired, at, event.metadata.occurred_at);
    if (typeof expected === 'string') return [this.#unknown(expected, cause, tenant)];
    const { episode, ...found } = fired;
    return [
      ...(ended === undefined
        ? []
        : [compared(kind, 'the end of the episode before', ended, supersededBy(fired, (episode ?? 1) - 1))]),
      // A log has one incarnation from its first alert to its last, as far as the file shows.
      ...(known === undefined || !this.whole
        ? []
        : [compared(kind, 'the log that the order is of', order.log, known.order.log)]),
      this.#held(
        compared(
          kind,
          called,
          { stream: event.stream, data: found },
          expected === null ? null : { stream: `alert-${tenant}:${expected.alert_id}`, data: expected },
        ),
        this.#certain(rule, tenant, called, event),
      ),
    ];
  }

  /**
   * Returns the finding, or a doubt instead. A rule remembers hours of events from many streams, so
   * in a part of the log a difference may come from earlier events. `certain` is a difference that
   * no earlier event can explain; null if there is none.
   */
  #held(finding: Finding, certain: Finding | null): Finding {
    const isDoubt =
      !this.whole && 'what' in finding && differing(finding.recorded, finding.replayed) !== null;
    if (!isDoubt) return finding;
    return certain ?? { kind, missing: 'what its rule saw before is not in the file', excused: true };
  }

  /**
   * Returns the difference in the parts of an alert that follow only from its rule, its subject and
   * its cause; null if there is none.
   */
  #certain(
    rule: Rule,
    tenant: string,
    called: string,
    { stream, data }: Recorded<Fired> & RecordedEvent,
  ): Finding | null {
    const { alert_id, fingerprint, subject, runbook, cause, evidence } = data;
    const place = this.#places.get(cause.event_id);
    const own = fingerprintOf(rule.name, subject);
    const id = alertIdOf(tenant, own);
    const recorded = { alert_id, stream, fingerprint, runbook, cause, shows_cause: true };
    const replayed = {
      alert_id: id,
      stream: `alert-${tenant}:${id}`,
      fingerprint: own,
      runbook: rule.runbook,
      cause: place?.cause ?? cause,
      shows_cause: place === undefined || evidence === undefined || isWithin(place.position, evidence),
    };
    return differing(recorded, replayed) === null ? null : compared(kind, called, recorded, replayed);
  }

  #ended(event: Recorded<Ended> & RecordedEvent, tenant: string, before: AlertState): readonly Finding[] {
    const { cause, order, superseded, figures, episode } = event.data;
    const fired = this.#fired.get(event.stream);
    // A person closed the alert.
    if (cause === null) return [];
    if (superseded === true) {
      this.#superseded.set(event.stream, event.data);
      return [compared(kind, 'the episode that ends', episode, before.episode)];
    }
    if (fired === undefined) return [{ kind, missing: 'what fired it is not in the file', excused: true }];
    if (isReportedAlert(fired))
      return [ofItself(compared(kind, 'an alert that a service reports', event.data, event.data), told)];
    const rule = ruleOf(fired.name);
    if (rule === undefined) return [];
    const at = parsePosition(order?.position ?? '');
    const judged = { ...fired, ...(figures === undefined ? {} : { figures }) };
    const now = event.metadata.occurred_at;
    const again = this.#expected(rule, tenant, judged, at, now);
    if (typeof again === 'string') return [this.#unknown(again, cause, tenant)];
    if (cause.type !== 'clock' && this.#places.get(cause.event_id) === undefined && this.#places.forgets)
      return [this.#unknown('past', cause, tenant)];
    const what = `the end of what event ${nameIn(fired.cause.event_id)} called for`;
    const { detail } = event.data;
    const expected = {
      detail: endDetail(fired.detail),
      cause: cause.type === 'clock' ? clockCause(rule, tenant, now) : this.#places.get(cause.event_id)?.cause,
      order: {
        log: fired.order.log,
        position: cause.type === 'clock' ? order?.position : this.#textOf(cause),
      },
      figures: figuresOf(rule, at === undefined ? defaultFigures : this.#figuresAt(tenant, at, figures)),
    };
    return [
      this.#held(
        compared(
          kind,
          what,
          { detail, cause, order, figures },
          again === null ? expected : { ...expected, holds: again.detail },
        ),
        certainEnd(what, event.data, expected),
      ),
    ];
  }

  #textOf({ event_id }: Cause): string | undefined {
    const place = this.#places.get(event_id);
    return place === undefined ? undefined : positionText(place.position);
  }

  /**
   * Returns what the rule finds for the alert's subject, null for nothing. `unknown`: the file may
   * lack the rule's first events. `past`: they are no longer kept.
   */
  #expected(
    rule: Rule,
    tenant: string,
    { fingerprint, figures, order }: AlertFired,
    at: Position | undefined,
    now: Timestamp,
  ): Firing | null | 'unknown' | 'past' {
    if (at === undefined || isReported(rule)) return 'unknown';
    const then = this.#states.at(tenant, rule, at);
    if (!then.known) return 'past';
    if (!this.whole && then.events <= 1) return 'unknown';
    const judged = this.#figuresAt(tenant, at, figures);
    return (
      rule
        .judge(then.value, now, judged)
        .map((condition) => firingOf(rule, tenant, condition, order, judged))
        .find((firing) => firing.fingerprint === fingerprint) ?? null
    );
  }

  #unknown(why: 'unknown' | 'past', cause: Cause, tenant: string): Finding {
    if (why === 'past') return { kind, missing: 'its cause is of too long ago', excused: true };
    return {
      kind,
      missing: 'its cause is not in the file',
      ...(this.presence(cause.stream) === 'whole' && parseStream(cause.stream)?.tenant === tenant
        ? {}
        : { excused: true }),
    };
  }
}

/**
 * Returns the difference in the parts of an end that follow only from the alert and from its own
 * cause. If the file lacks the cause, nothing is certain.
 */
const certainEnd = (
  what: string,
  { detail, cause, figures }: Ended['data'],
  expected: { readonly detail: string; readonly cause: Cause | undefined; readonly figures: object },
): Finding | null => {
  if (expected.cause === undefined) return null;
  const recorded = { detail, cause, figures };
  const replayed = { detail: expected.detail, cause: expected.cause, figures: expected.figures };
  return differing(recorded, replayed) === null ? null : compared(kind, what, recorded, replayed);
};

const isWithin = (at: Position, { from, to }: Evidence): boolean => {
  const [first, last] = [parsePosition(from), parsePosition(to)];
  return (
    first !== undefined &&
    last !== undefined &&
    comparePositions(first, at) <= 0 &&
    comparePositions(at, last) <= 0
  );
};
