import type { Timestamp } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';

/** The members of an event, as they are read. */
export type Data = { readonly [name: string]: unknown };

/** What an event asks of a person. */
export type Question = {
  /** Continues the subject: `waits for an approval until …`. */
  readonly text: string;
  /** null: it waits until somebody decides. */
  readonly expires_at: Timestamp | null;
  /** What a yes is bound to; null if the event names none. */
  readonly digest: string | null;
};

/**
 * One kind of decision that waits for a person. Adding a row to `matters` gives it an alert, its
 * page in messages, and its warning before it expires.
 */
export type Matter = {
  /** The kinds of the inbox (`GET /api/v1/autonomous/inbox`) that it covers. */
  readonly kinds: readonly string[];
  /** The category of its streams. */
  readonly category: string;
  /** True for the ids that it covers; absent: every id of the category. */
  readonly covers?: (id: string) => boolean;
  /** The subject in a sentence, from the stream's id. */
  readonly subject: (id: string) => string;
  /** By event type, what the event asks; null if this one asks nobody. */
  readonly asks: { readonly [type: string]: (data: Data) => Question | null };
  /** The event types that decide or withdraw it. */
  readonly ends: readonly string[];
  /** True for an event among `ends` that leaves it open. */
  readonly keeps?: (event: RecordedEvent) => boolean;
  /** True if it is over when it expires, without an event that says so. */
  readonly endsByClock?: true;
  /** The page of the console on which it is decided, from the stream's id. */
  readonly page: (id: string) => string;
};

/** A text of an event; empty if it has none. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** A question with the expiry and the digest that the event's data name. */
export const question = (words: string, data: Data): Question => ({
  text: words,
  expires_at: textOrNull(data['expires_at']),
  digest: textOrNull(data['digest']),
});

/** `waits for an approval of all its actions until …`. */
export const approvalWords = ({ approvals_required, expires_at }: Data, of = ''): string =>
  `waits for ${approvals_required === 2 ? 'two approvals' : 'an approval'}${of} until ${text(expires_at) || 'it expires'}`;
