import { type Severity, type Timestamp } from '@interlock/contracts';
import { contentHash, positionText, uuidV5, type RecordedEvent } from '@interlock/kernel';
import type { Cause, Evidence } from './alert.js';
import type { Figures } from './figures.js';

/** A condition that holds, as a rule finds it. */
export type Condition = {
  /** Its subject, e.g. a stream: there is one alert per rule and subject. */
  readonly subject: string;
  /** The name of the occurrence; another one pages again, in an episode of its own. */
  readonly firing: string;
  readonly severity: Severity;
  readonly detail: string;
  readonly cause: Cause;
  readonly evidence: Evidence;
  readonly manual_intervention_required?: boolean;
  /** The page of the console on which a person decides, with its query; absent if there is none. */
  readonly page?: string;
};

/**
 * The definition of one alert. `events` are folded into a state per tenant. `judge` says what holds
 * at a time, from that state alone. It is called after each of its events and by the clock. Pure:
 * the same state and time give the same conditions.
 */
export type Rule<S = unknown> = {
  readonly name: string;
  /** The condition with the default figures, in a sentence. */
  readonly condition: string;
  /** Its worst severity. */
  readonly severity: Severity;
  /** A person's first step, as a link into the runbook. */
  readonly runbook: string;
  /** The event types that it folds, by their stream's category. */
  readonly events: { readonly [category: string]: readonly string[] };
  /** The figures that `judge` reads. */
  readonly figures: readonly (keyof Figures)[];
  readonly initial: S;
  readonly fold: (state: S, event: RecordedEvent) => S;
  readonly judge: (state: S, now: Timestamp, figures: Figures) => readonly Condition[];
};

/** A check of a rule's own parts, because the table holds rules with different states. */
export const rule = <S>(own: Rule<S>): Rule<S> => own;

/** The link to a runbook's first step. */
export const runbookOf = (name: string): string => `docs/runbooks/${name}.md#what-to-do`;

export const hourMs = 3_600_000;
/**
 * Milliseconds from one time to another; never negative, so that a clock that steps back makes
 * nothing older.
 */
export const elapsedMs = (from: Timestamp, now: Timestamp): number =>
  Math.max(0, Date.parse(now) - Date.parse(from));

/** The parts of an event that a rule keeps: its cause in an alert, its position and its time. */
export type Seen = { readonly cause: Cause; readonly position: string; readonly at: Timestamp };
export const seenOf = ({ id, type, stream, position, metadata }: RecordedEvent): Seen => ({
  cause: { event_id: id, type, stream },
  position: positionText(position),
  at: metadata.occurred_at,
});
/** Evidence from one event to another. */
export const between = (from: Seen, to: Seen = from): Evidence => ({ from: from.position, to: to.position });

/** A state that keeps one value per subject, with one added, or removed if `value` is undefined. */
export const withKey = <V>(
  known: { readonly [key: string]: V },
  key: string,
  value: V | undefined,
): { readonly [key: string]: V } => {
  const { [key]: _, ...others } = known;
  return value === undefined ? others : { ...others, [key]: value };
};

/** One alert per name and subject: the fingerprint. */
export const fingerprintOf = (name: string, subject: string): string => contentHash({ name, subject });
/** The id of a tenant's alert. */
export const alertIdOf = (tenant: string, fingerprint: string): string =>
  uuidV5('alert', tenant, fingerprint);
