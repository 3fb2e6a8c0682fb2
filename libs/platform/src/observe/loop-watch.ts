import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { symbols, type Logger } from 'pino';
import type { Registry } from 'prom-client';

import type { LoopWatchData } from './loop-watch-thread.js';
import { counterOf } from './metrics.js';

/** A block longer than this is reported, in milliseconds. */
const mostMs = 1000;
const beatMs = 100;
/** A beat later than this means that the loop was blocked. */
const lateMs = 2 * beatMs;

/**
 * Records blocks of this process's event loop. It remembers the last one, so that the time of an
 * arrival can be determined.
 */
export class LoopClock {
  #beatAt: number;
  #held = { from: -Infinity, to: -Infinity };

  constructor(nowMs: number) {
    this.#beatAt = nowMs;
  }

  /**
   * Records that the loop is free. Returns how long it was blocked in milliseconds; 0 if it was
   * not.
   */
  beat(nowMs: number): number {
    const from = this.#beatAt;
    this.#beatAt = nowMs;
    if (nowMs - from <= lateMs) return 0;
    // Input that waited during a block is read in parts, and may block the loop again.
    this.#held = { from: from - this.#held.to < lateMs ? this.#held.from : from, to: nowMs };
    return nowMs - from;
  }

  /**
   * Returns the earliest possible arrival of input that is read now. A blocked loop reads nothing,
   * so input right after a block may have waited since its beginning.
   */
  arrivedAt(nowMs: number): number {
    const { from, to } = this.#held;
    const isAfterHold = this.#beatAt - to < lateMs;
    if (nowMs - this.#beatAt > lateMs) return isAfterHold ? from : this.#beatAt;
    return nowMs - to < lateMs ? from : nowMs;
  }
}

type Watching = {
  readonly clock: LoopClock;
  readonly registries: Set<Registry>;
  readonly stop: () => Promise<void>;
  users: number;
};
let watching: Watching | undefined;

const countHold = (registry: Registry, heldMs: number): void => {
  counterOf(registry, 'event_loop_holds_total').inc();
  counterOf(registry, 'event_loop_held_seconds_total').inc(heldMs / 1000);
};

/**
 * Returns the file that a logger writes to, for a thread that cannot wait for the logger. Without
 * one, it returns standard error.
 */
const fdOf = (logger: Logger): number => {
  const stream: unknown = (logger as { readonly [symbols.streamSym]?: unknown })[symbols.streamSym];
  const fd = typeof stream === 'object' && stream !== null && 'fd' in stream ? stream.fd : undefined;
  return typeof fd === 'number' && fd >= 0 ? fd : 2;
};

const start = (logger: Logger): Watching => {
  const clock = new LoopClock(performance.now());
  const registries = new Set<Registry>();
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const counter = new Int32Array(beats);
  const timer = setInterval(() => {
    Atomics.add(counter, 0, 1);
    const heldMs = clock.beat(performance.now());
    if (heldMs >= mostMs) for (const registry of registries) countHold(registry, heldMs);
  }, beatMs).unref();
  const { name } = logger.bindings();
  const workerData: LoopWatchData = {
    beats,
    fd: fdOf(logger),
    fields: { ...(name === undefined ? {} : { name }), pid: process.pid },
    everyMs: 250,
    mostMs,
  };
  // The thread runs the built program, even if this code runs from its source.
  const program = createRequire(import.meta.url).resolve('@interlock/platform/loop-watch-thread');
  const worker = new Worker(pathToFileURL(program), {
    workerData,
    name: 'loop-watch',
    env: {},
    execArgv: [],
  });
  worker.on('error', (error) => {
    logger.error({ err: error }, 'a blocked event loop is no longer reported: its watchdog ended');
  });
  worker.unref();
  return {
    clock,
    registries,
    users: 0,
    stop: async () => {
      clearInterval(timer);
      await worker.terminate();
    },
  };
};

/**
 * Watches this process's event loop from a separate thread. The thread writes a log line when the
 * loop has been blocked for over a second, and another when it is free again. Then `metrics` count
 * the block. A process has one watchdog, however many services it holds. The returned function ends
 * the caller's share.
 */
export const watchLoop = (logger: Logger, metrics: Registry): (() => Promise<void>) => {
  const mine = (watching ??= start(logger));
  mine.users += 1;
  mine.registries.add(metrics);
  let ended = false;
  return async () => {
    if (ended) return;
    ended = true;
    mine.registries.delete(metrics);
    mine.users -= 1;
    if (mine.users > 0) return;
    if (watching === mine) watching = undefined;
    await mine.stop();
  };
};

/**
 * Returns the earliest possible arrival of input that is read now, on the clock of
 * `performance.now()`.
 */
export const earliestArrival = (): number => {
  const now = performance.now();
  return watching?.clock.arrivedAt(now) ?? now;
};
