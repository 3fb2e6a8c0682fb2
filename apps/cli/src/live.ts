import { setTimeout as delay } from 'node:timers/promises';
import type { LiveNote, LiveTopic } from '@interlock/contracts';
import { remark } from './output/output.js';
import { answerOf, CliError, type Session } from './connection/session.js';

/**
 * An item of the live stream: an event of the log, a gap, the opening of the stream, or a
 * heartbeat.
 */
type LiveItem =
  { readonly kind: 'note'; readonly note: LiveNote } | { readonly kind: 'gap' | 'open' | 'time' };

const againMs = 1000;

/**
 * Yields the events of the session's tenant as they happen, until the signal. It reopens a broken
 * stream after the last received event. Throws `CliError` if the stream is refused.
 */
async function* listen(
  session: Session,
  topics: readonly LiveTopic[],
  signal: AbortSignal,
): AsyncGenerator<LiveItem> {
  const { createParser } = await import('eventsource-parser');
  let last: string | undefined;
  let broken = false;
  while (!signal.aborted) {
    const received: LiveItem[] = [];
    const parser = createParser({
      onEvent: ({ event, id, data }) => {
        last = id ?? last;
        if (event === 'gap' || event === 'time') received.push({ kind: event });
        else received.push({ kind: 'note', note: JSON.parse(data) as LiveNote });
      },
    });
    try {
      const response = await fetch(session.urlOf(`/api/v1/live?topics=${topics.join(',')}`), {
        headers: {
          ...(await session.headers()),
          accept: 'text/event-stream',
          ...(last === undefined ? {} : { 'last-event-id': last }),
        },
        signal,
      });
      if (!response.ok) await answerOf(response);
      if (broken) remark('the live stream is back');
      yield { kind: broken && last === undefined ? 'gap' : 'open' };
      broken = false;
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
        yield* received.splice(0);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof CliError) throw error;
    }
    if (!broken) remark('the live stream broke off; it is opened again');
    broken = true;
    await delay(againMs, undefined, { signal }).catch(() => undefined);
  }
}

/** The settings of `watching`. */
export type Watch = {
  readonly session: Session;
  readonly topics: readonly LiveTopic[];
  /** True if a note concerns the watched rows. */
  readonly concerns: (note: LiveNote) => boolean;
  /** Reads and prints. Returns whether to continue. `position` is that of the last note. */
  readonly look: (position: string | undefined) => Promise<boolean>;
  /** Prints the last read data again, because time has passed. */
  readonly again: () => void;
};

const togetherMs = 100;

/**
 * Looks once, and again whenever the live stream announces a relevant event. It ends when a look
 * returns false.
 */
export const watching = async ({ session, topics, concerns, look, again }: Watch): Promise<void> => {
  const stop = new AbortController();
  let position: string | undefined;
  let dirty = false;
  let looking: Promise<void> | undefined;
  let failed: { readonly error: unknown } | undefined;
  const lookSoon = (): void => {
    dirty = true;
    looking ??= (async () => {
      while (dirty && !stop.signal.aborted) {
        await delay(togetherMs);
        dirty = false;
        if (!(await look(position))) stop.abort();
      }
    })()
      .catch((error: unknown) => {
        failed = { error };
        stop.abort();
      })
      .finally(() => {
        looking = undefined;
      });
  };
  for await (const item of listen(session, topics, stop.signal)) {
    if (item.kind === 'time') again();
    else if (item.kind === 'note') {
      if (!concerns(item.note)) continue;
      position = item.note.position;
      lookSoon();
    } else lookSoon();
  }
  await looking;
  if (failed !== undefined) throw failed.error;
};
