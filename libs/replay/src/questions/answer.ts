import { actorKey, type Reason } from '@interlock/contracts';
import { canonicalJson, positionText, type RecordedEvent } from '@interlock/kernel';
import type { StreamOf } from '../stream-replay.js';

/** The place of an event in the log. */
type EventName = {
  readonly stream: string;
  readonly revision: string;
  readonly position: string;
  readonly id: string;
  readonly type: string;
};
/** A statement from the log, with the event that makes it. */
export type AnswerItem = {
  /** When it happened, in UTC. */
  readonly at: string;
  /** The key of the principal who did it: `person:…` or `service:…`. */
  readonly actor: string;
  readonly title: string;
  /** Texts by name; a list has one line for each member. */
  readonly facts: { readonly [name: string]: string | readonly string[] };
  readonly event: EventName;
};
/** The answer of one question's fold. */
export type FoldAnswer = {
  /** False if the events contain nothing about the subject of the question. */
  readonly found: boolean;
  readonly summary: string;
  readonly items: readonly AnswerItem[];
  /** What a full answer needs and the events do not contain. */
  readonly missing: readonly string[];
  /** The limits of the answer, whatever was read. */
  readonly notes: readonly string[];
};
/** Folds the events of one tenant into the answer to one question. */
export type QuestionFold = {
  readonly take: (event: RecordedEvent, of: StreamOf) => void;
  /** True for a stream whose gaps matter to the answer; absent if those of every stream do. */
  readonly relevant?: (of: StreamOf, stream: string) => boolean;
  readonly answer: () => FoldAnswer;
};

type Facts = { readonly [name: string]: string | number | readonly string[] | null | undefined };

/**
 * Returns a value as text: texts unchanged, anything else as canonical JSON. An altered log may
 * contain any value.
 */
const shownValue = (value: unknown): string => (typeof value === 'string' ? value : canonicalJson(value));

const factOf = (value: unknown): string | readonly string[] | null => {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) return shownValue(value);
  return value.length === 0 ? null : value.map(shownValue);
};

/** Returns an item for an event. Facts that are null, undefined or an empty list are left out. */
export const itemOf = (event: RecordedEvent, title: string, facts: Facts = {}): AnswerItem => {
  const { metadata, stream, revision, position, id, type } = event;
  return {
    at: metadata.occurred_at,
    actor: actorKey(metadata.actor),
    title,
    facts: Object.fromEntries(
      Object.entries(facts).flatMap(([name, value]) => {
        const fact = factOf(value);
        return fact === null ? [] : [[name, fact]];
      }),
    ),
    event: { stream, revision: `${revision}`, position: positionText(position), id, type },
  };
};

export const reasonTexts = (reasons: readonly Reason[]): readonly string[] =>
  reasons.map(({ code, detail }) => `${detail} (${code})`);

/** Returns the members of an event's data as facts, except those that are null. */
export const dataFacts = (data: object): Facts =>
  Object.fromEntries(
    Object.entries(data)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, shownValue(value)]),
  );

/** Returns a number with its noun: `1 event`, `2 events`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
