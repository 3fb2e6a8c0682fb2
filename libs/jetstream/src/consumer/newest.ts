import type { BusStream } from '@interlock/contracts';
import type { MsgRequest, NatsConnection, StoredMsg } from 'nats';
import { answered } from '../connection/answered.js';
import { busProblem } from '../connection/bus-problem.js';
import { isMissing } from './wipe.js';

/** A message as its stream keeps it; `at` is RFC 3339 in UTC. */
export type KeptMessage = { readonly sequence: number; readonly at: string; readonly data: Uint8Array };

/** The number of messages that are requested at once. */
const together = 32;

/**
 * A page of the newest messages; `next` is the beginning of the next page, null if there is none.
 */
export type NewestPage<T> = { readonly items: readonly T[]; readonly next: number | null };

/**
 * The newest messages on a subject that `wanted` accepts, newest first. One call looks at `scan`
 * messages of the stream at most, whatever their subjects. It begins at the subject's newest
 * message, or at `from`, where the previous page ended. So a page may have fewer messages than
 * `limit`, or none, and still have a next page. It stops at the first message before `since` (RFC
 * 3339). It only reads the stream: it creates no consumer, and no consumer loses a message. Throws
 * `bus-unavailable`.
 */
export const newestMessages = async <T>(
  connection: NatsConnection,
  stream: BusStream,
  options: {
    readonly subject: string;
    readonly limit: number;
    readonly scan: number;
    readonly from?: number;
    readonly since?: string;
    readonly wanted: (message: KeptMessage) => T | undefined;
  },
): Promise<NewestPage<T>> => {
  const { subject, limit, scan, from = Infinity, since } = options;
  const end = { next: null } as const;
  try {
    const manager = await connection.jetstreamManager({ checkAPI: false });
    const read = (query: MsgRequest): Promise<StoredMsg | undefined> =>
      answered(() => manager.streams.getMessage(stream, query)).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
    const newest = await read({ last_by_subj: subject });
    if (newest === undefined) return { items: [], ...end };
    const { state } = await answered(() => manager.streams.info(stream));
    const start = Math.min(newest.seq, from);
    const last = Math.max(1, state.first_seq, start - scan + 1);
    const items: T[] = [];
    for (let next = start; next >= last; next -= together) {
      const sequences = Array.from({ length: Math.min(together, next - last + 1) }, (_, i) => next - i);
      const messages = await Promise.all(
        sequences.map((seq) => (seq === newest.seq ? Promise.resolve(newest) : read({ seq }))),
      );
      for (const message of messages) {
        if (message === undefined) continue;
        const at = message.time.toISOString();
        if (since !== undefined && at < since) return { items, ...end };
        if (message.subject !== subject) continue;
        const taken = options.wanted({ sequence: message.seq, at, data: message.data });
        if (taken === undefined) continue;
        items.push(taken);
        if (items.length === limit)
          return { items, next: message.seq > state.first_seq ? message.seq - 1 : null };
      }
    }
    return { items, next: last > state.first_seq ? last - 1 : null };
  } catch (error) {
    throw busProblem(error, `reading the newest messages of ${stream}`);
  }
};
