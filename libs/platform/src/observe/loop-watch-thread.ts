import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

import { LoopHolds, type HoldNews } from './loop-holds.js';

/**
 * The arguments of the thread. `beats`: the loop's counter; `fd`: the file of log lines; `fields`:
 * the members of each line.
 */
export type LoopWatchData = {
  readonly beats: SharedArrayBuffer;
  readonly fd: number;
  readonly fields: { readonly [name: string]: unknown };
  readonly everyMs: number;
  readonly mostMs: number;
};

const { beats, fd, fields, everyMs, mostMs } = workerData as LoopWatchData;
const counter = new Int32Array(beats);
const holds = new LoopHolds(everyMs, mostMs);
const texts = {
  held: 'the event loop is held: this process answers nothing',
  free: 'the event loop is free again',
} as const;

const lineOf = ({ kind, heldMs }: HoldNews): string =>
  `${JSON.stringify({
    level: kind === 'held' ? 'error' : 'warn',
    time: new Date().toISOString(),
    ...fields,
    held_ms: heldMs,
    message: texts[kind],
  })}\n`;

setInterval(() => {
  const news = holds.look(Atomics.load(counter, 0), performance.now());
  if (news === undefined) return;
  try {
    // INVARIANT: this thread writes the line itself, because its normal output goes through the
    // main thread, which is blocked.
    writeSync(fd, lineOf(news));
  } catch {
    // A full pipe accepts no line now. The metric still counts the block.
  }
}, everyMs);
