import { setTimeout as delay } from 'node:timers/promises';
import {
  NotLeaderError,
  type AllStreamResolvedEvent,
  type ResolvedEvent,
  type StreamingRead,
} from '@eventstore/db-client';
import {
  checkRevision,
  comparePositions,
  ProblemError,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import type { Connection, Link } from '../connection/connection.js';
import { isNotFound, lateProblem, readProblem } from '../connection/errors.js';
import { guardRead } from '../connection/guards.js';
import { afterInput, within } from '../connection/timing.js';
import { fromWire, isReadable, isSystem } from '../connection/wire.js';

export type ReadSettings = { readonly connection: Connection; readonly deadlineMs: number };
type Resolved = ResolvedEvent | AllStreamResolvedEvent;

/**
 * How many times a read follows a redirect to the leader, and how long the client takes to connect
 * there.
 */
const mostTurns = 3;
const turnMs = 10;

/**
 * Iterates a read of the client under our own deadline. Each wait for the log is limited; the
 * consumer's own time does not count. Ends the call on the server when the consumer stops early. A
 * stream that does not exist yields nothing.
 */
export const streamed = async function* <E extends Resolved>(
  settings: ReadSettings,
  what: string,
  open: (link: Link) => StreamingRead<E>,
  turn = 1,
): AsyncGenerator<E> {
  const { connection, deadlineMs } = settings;
  let waitingSince: number | undefined = performance.now();
  const link = await within(connection.link(), deadlineMs);
  if (link === 'late') throw lateProblem(what, deadlineMs);
  const read = guardRead(open(link));
  const leftMs = (): number =>
    waitingSince === undefined ? deadlineMs : waitingSince + deadlineMs - performance.now();
  let timer: NodeJS.Timeout | undefined;
  const watch = (): void => {
    timer = setTimeout(
      () => {
        if (leftMs() > 0) watch();
        else afterInput(giveUp);
      },
      Math.max(1, leftMs()),
    );
  };
  const giveUp = (): void => {
    if (read.destroyed) return;
    if (waitingSince === undefined || leftMs() > 0) {
      watch();
      return;
    }
    // A log that has answered other calls since then is slow, not silent.
    const silent = link.heardAt <= waitingSince;
    read.destroy(lateProblem(what, deadlineMs));
    if (silent) void connection.replace(link, 'a read got no answer');
  };
  const onGone = (): void => {
    // A consumer that stopped silently never returns for the final cleanup.
    clearTimeout(timer);
    read.destroy(readProblem(new Error('the connection was given up'), what));
  };
  link.gone.addEventListener('abort', onGone, { once: true });
  read.on('error', () => undefined);
  const events = read[Symbol.asyncIterator]();
  let ended = false;
  let [came, turns] = [false, false];
  watch();
  try {
    for (;;) {
      const next = await events.next();
      waitingSince = undefined;
      link.heardAt = performance.now();
      if (next.done === true) {
        ended = true;
        return;
      }
      came = true;
      yield next.value;
      waitingSince = performance.now();
    }
  } catch (error) {
    turns = error instanceof NotLeaderError && !came && turn < mostTurns;
    if (!turns && !isNotFound(error)) throw readProblem(error, what);
    ended = true;
  } finally {
    clearTimeout(timer);
    link.gone.removeEventListener('abort', onGone);
    read.destroy();
    if (!ended) read.cancel().catch(() => undefined);
  }
  if (!turns) return;
  await delay(turnMs);
  yield* streamed(settings, what, open, turn + 1);
};

export const readStream = async function* (
  settings: ReadSettings,
  stream: string,
  options: { readonly from?: bigint; readonly limit?: number; readonly backwards?: boolean },
): AsyncGenerator<RecordedEvent> {
  checkRevision(options.from);
  if (options.limit !== undefined && options.limit <= 0) return;
  const backwards = options.backwards === true;
  const read = streamed(settings, `a read of \`${stream}\``, ({ client }) =>
    client.readStream(stream, {
      requiresLeader: true,
      direction: backwards ? 'backwards' : 'forwards',
      fromRevision: options.from ?? (backwards ? 'end' : 'start'),
      ...(options.limit === undefined || options.limit === Number.POSITIVE_INFINITY
        ? {}
        : { maxCount: options.limit }),
    }),
  );
  for await (const { event, commitPosition } of read) {
    if (event === undefined) continue;
    const recorded = fromWire(event, commitPosition);
    // INVARIANT: deciders read the stream through this, and must not decide on an incomplete state.
    if (!isReadable(recorded))
      throw new ProblemError(
        'unknown-event-type',
        `revision ${recorded.revision} of \`${stream}\` cannot be read: its data is not a JSON object`,
      );
    yield recorded;
  }
};

/** The present end of the log; null for an empty log. */
export const readHead = async (settings: ReadSettings): Promise<Position | null> => {
  let head: Position | null = null;
  const read = streamed(settings, "a read of the log's end", ({ client }) =>
    client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1, requiresLeader: true }),
  );
  // Read to its end, because leaving it early would cancel the call, which costs both sides more
  // than the read.
  for await (const { event } of read) if (event !== undefined) head ??= event.position;
  return head;
};

/**
 * Reads go to the leader of a cluster, because a follower may lack acknowledged events. INVARIANT:
 * a position names the last event that was seen. A forward read of the log includes that event, so
 * it is skipped here.
 */
export const readLog = async function* (
  settings: ReadSettings,
  options: { readonly after?: Position | null; readonly limit?: number; readonly backwards?: boolean },
): AsyncGenerator<RecordedEvent> {
  const backwards = options.backwards === true;
  let after = options.after ?? null;
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  while (left > 0) {
    const bounded = Number.isFinite(left);
    const page = bounded ? left + (after === null ? 0 : 1) : undefined;
    let seen = 0;
    const from = after;
    const read = streamed(settings, 'a read of the log', ({ client }) =>
      client.readAll({
        requiresLeader: true,
        direction: backwards ? 'backwards' : 'forwards',
        fromPosition: from ?? (backwards ? 'end' : 'start'),
        ...(page === undefined ? {} : { maxCount: page }),
      }),
    );
    for await (const { event, commitPosition } of read) {
      seen += 1;
      // The read ends by its own count, because leaving it early would cancel the call, which costs
      // both sides more.
      if (event === undefined || left === 0) continue;
      const recorded = fromWire(event, commitPosition);
      if (from !== null && comparePositions(recorded.position, from) * (backwards ? -1 : 1) <= 0) continue;
      after = recorded.position;
      if (isSystem(event)) continue;
      yield recorded;
      left -= 1;
    }
    if (page === undefined || seen < page) return;
  }
};
