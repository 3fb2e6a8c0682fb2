import {
  comparePositions,
  isProblem,
  parsePosition,
  positionText,
  type Position,
  type Decider,
  type DomainEvent,
  type RecordedEvent,
} from '@interlock/kernel';
import { firstDifference } from './checks/first-difference.js';

/**
 * The result for one decision: the recorded and the replayed value, or why it could not be
 * replayed.
 */
export type Finding =
  | {
      readonly kind: string;
      readonly what: string;
      readonly recorded: unknown;
      readonly replayed: unknown;
      /**
       * Set if the event was compared only with itself: the reason why no other event can confirm
       * it.
       */
      readonly itself?: string;
    }
  | {
      readonly kind: string;
      readonly missing: string;
      /**
       * Even a whole log may lack it, because it belongs to another tenant, or no log contains it.
       */
      readonly excused?: true;
      /**
       * Even a whole log may lack it once it is older than this, in milliseconds, because the log
       * then deletes it.
       */
      readonly keptForMs?: number;
    };

/** Compares two values in canonical JSON. */
export const compared = (kind: string, what: string, recorded: unknown, replayed: unknown): Finding => ({
  kind,
  what,
  recorded: recorded ?? null,
  replayed: replayed ?? null,
});

/** Returns the same comparison, marked as based on nothing but the event itself. */
export const ofItself = (finding: Finding, because: string): Finding =>
  'missing' in finding ? finding : { ...finding, itself: because };

/** Returns the first member in which two sides differ, with its path; null if they are equal. */
export const differing = (
  recorded: unknown,
  replayed: unknown,
): { readonly recorded: unknown; readonly replayed: unknown; readonly path: string } | null => {
  const found = firstDifference(recorded, replayed);
  return found === null ? null : { recorded: found.a, replayed: found.b, path: found.path };
};

/**
 * Describes a thrown value in a sentence. INVARIANT: an error of the language itself describes our
 * code, not the event, so its text is not shown.
 */
export const faultOf = (error: unknown): string => {
  if (isProblem(error)) return error.message;
  const ours = error instanceof Error && error.name === 'Error' && error.message !== '';
  return ours
    ? error.message
    : 'it lacks a member that events of its type have, or has one of another kind, or an event that it rests on does';
};

/** Quotes a name from the log for use in a sentence, or states that there is none. */
export const nameIn = (value: unknown): string =>
  typeof value === 'string' ? `\`${value}\`` : 'without a name';

/** Returns the events that a decider writes for a command now, or its refusal. */
export const decidedNow = <C, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  command: C,
  state: S,
): unknown => {
  try {
    return decider.decide(command, state);
  } catch (error) {
    return { refused: isProblem(error) ? error.code : 'it cannot be decided', because: faultOf(error) };
  }
};

/** Recorded events in the form in which a decider writes them. */
export const written = (
  events: readonly RecordedEvent[],
): readonly { readonly type: string; readonly data: object }[] =>
  events.map(({ type, data }) => ({ type, data }));

/**
 * Checks that the position up to which an answer knew the log is not after the event that contains
 * the answer. Returns null if the check passes.
 */
export const namesPast = (kind: string, version: string, by: Position): Finding | null => {
  const position = parsePosition(version);
  return position !== undefined && comparePositions(position, by) <= 0
    ? null
    : compared(kind, 'an answer names a position before its own', version, `up to ${positionText(by)}`);
};
