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
import { firstDifference } from './first-difference.js';

/**
 * What one decision came to: what was recorded against what comes out now, or why it could not be
 * made again.
 */
export type Finding =
  | {
      readonly kind: string;
      readonly what: string;
      readonly recorded: unknown;
      readonly replayed: unknown;
    }
  | {
      readonly kind: string;
      readonly missing: string;
      /** A whole log may lack it too: it is another tenant's, or no log holds it. */ readonly excused?: true;
      /**
       * A whole log may lack it once it is older than this, in milliseconds: the log drops it then.
       */
      readonly keptForMs?: number;
    };

/** Compared in canonical JSON. */
export const compared = (kind: string, what: string, recorded: unknown, replayed: unknown): Finding => ({
  kind,
  what,
  recorded: recorded ?? null,
  replayed: replayed ?? null,
});

/** Returns the first member in which two sides differ, with its path; null where they are equal. */
export const differing = (
  recorded: unknown,
  replayed: unknown,
): { readonly recorded: unknown; readonly replayed: unknown; readonly path: string } | null => {
  const found = firstDifference(recorded, replayed);
  return found === null ? null : { recorded: found.a, replayed: found.b, path: found.path };
};

/**
 * A sentence about what was thrown. INVARIANT: what the language itself throws is about our code,
 * and says nothing of the event to whoever reads a report.
 */
export const faultOf = (error: unknown): string => {
  if (isProblem(error)) return error.message;
  const ours = error instanceof Error && error.name === 'Error' && error.message !== '';
  return ours
    ? error.message
    : 'it lacks a member that events of its type have, or has one of another kind, or an event that it rests on does';
};

/** Quotes a name from the log for use in a sentence, or says that there is none. */
export const nameIn = (value: unknown): string =>
  typeof value === 'string' ? `\`${value}\`` : 'without a name';

/** Returns what a decider writes for a command now, or what it says where it refuses. */
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

/** Events as they were recorded, as a decider writes them. */
export const written = (
  events: readonly RecordedEvent[],
): readonly { readonly type: string; readonly data: object }[] =>
  events.map(({ type, data }) => ({ type, data }));

/**
 * Checks that the position up to which an answer knew the log is not after the event that holds the
 * answer. Null where that is so.
 */
export const namesPast = (kind: string, version: string, by: Position): Finding | null => {
  const position = parsePosition(version);
  return position !== undefined && comparePositions(position, by) <= 0
    ? null
    : compared(kind, 'an answer names a position before its own', version, `up to ${positionText(by)}`);
};
