import { once } from 'node:events';
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { joinParts, Replay, type ReplayedPart, type ReplayPart, type ReplayReport } from '@interlock/replay';
import { CliError, pathOf } from '../../../connection/session.js';
import { eachEventOfFile } from '../lines.js';
import { sha256Text } from '../verification/sha256.js';

/** A file, and the part of its streams whose decisions a thread makes again. */
export type PartOfFile = { readonly file: string; readonly whole: boolean; readonly part: ReplayPart };

/** A thread needs half a second to load the deciders, which is worth it from this size on. */
const leastBytes = 8 * 1024 * 1024;
/** Every thread reads all events and folds most of them, so further threads gain little. */
const threads = 2;
/**
 * The largest heap of a thread. V8 collects garbage earlier in a smaller heap, so two threads need
 * less memory. A million events need half of it.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 24, maxOldGenerationSizeMb: 1000 };

/** True if replaying a file in two threads is faster. A pipe can be read only once. */
export const isWorthThreads = (file: string): boolean => {
  const stat = file === '-' ? undefined : statSync(pathOf(file), { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size >= leastBytes && availableParallelism() >= threads;
};

/**
 * Replays a part of a file's streams while `goesOn` returns true. Null if a decision differs, or if
 * the file cannot be read.
 */
export const replayPart = async (
  { file, whole, part }: PartOfFile,
  goesOn: () => boolean = () => true,
): Promise<ReplayedPart | null> => {
  const replay = new Replay({ sha256: sha256Text, whole, part });
  try {
    await eachEventOfFile(file, (event) => goesOn() && replay.take(event));
  } catch (error) {
    if (error instanceof CliError) return null;
    throw error;
  }
  const made = replay.endPart();
  return made.report.difference === null ? made : null;
};

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';

/**
 * Replays a file in two threads. Each reads every event and makes the decisions of about half of
 * the actions again; the first also has all other streams. Null if anything differs or cannot be
 * read, or if a thread lacks memory. Then only a replay in one thread, from the beginning, finds
 * the first difference.
 */
export const replayInThreads = async (
  file: string,
  whole: boolean,
  onEvent: () => void = () => undefined,
): Promise<ReplayReport | null> => {
  const partOf = (index: number): PartOfFile => ({ file, whole, part: { index, of: threads } });
  const worker = new Worker(new URL('replay-part.js', import.meta.url), {
    workerData: partOf(1),
    name: 'replay',
    resourceLimits,
  });
  const other = once(worker, 'message').then(
    ([part]) => part as ReplayedPart | null,
    (error: unknown) => {
      if (isOutOfMemory(error)) return null;
      throw error;
    },
  );
  let isOver = false;
  void other.then(
    (part) => {
      isOver = part === null;
    },
    () => {
      isOver = true;
    },
  );
  try {
    const own = await replayPart(partOf(0), () => {
      onEvent();
      return !isOver;
    });
    const theirs = own === null ? null : await other;
    return own === null || theirs === null ? null : joinParts([own, theirs], sha256Text);
  } finally {
    await worker.terminate();
  }
};
