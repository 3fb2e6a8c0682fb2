import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { BlockDigest, Digesting } from '@interlock/verify';

export type DigestRequest = { readonly id: number; readonly block: Uint8Array };
export type DigestAnswer = { readonly id: number; readonly digest: BlockDigest };

/** More threads only wait for the one that compares their results. */
const mostThreads = 4;
/** How many blocks wait for each thread, so that it never waits for the next one. */
const blocksAThread = 3;
const program = new URL('./digest-thread.js', import.meta.url);

type Waiting = { readonly resolve: (digest: BlockDigest) => void; readonly reject: (error: Error) => void };

/** Threads that digest blocks in turn. */
class DigestPool {
  readonly #waiting = new Map<number, Waiting>();
  readonly #workers: readonly Worker[];
  #next = 0;

  constructor(threads: number) {
    this.#workers = Array.from({ length: threads }, () => this.#start());
  }

  readonly digest = (block: Uint8Array): Promise<BlockDigest> =>
    new Promise((resolve, reject) => {
      const id = this.#next;
      this.#next += 1;
      this.#waiting.set(id, { resolve, reject });
      // The thread gets bytes of its own, because the caller may need the block again.
      const copy = new Uint8Array(block);
      const request: DigestRequest = { id, block: copy };
      this.#workers[id % this.#workers.length]!.postMessage(request, [copy.buffer]);
    });

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #start(): Worker {
    const worker = new Worker(program, {
      name: 'digest',
      // Parsed lines are garbage at once, so a larger nursery makes its collection cheaper.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    worker.on('message', ({ id, digest }: DigestAnswer) => {
      this.#waiting.get(id)?.resolve(digest);
      this.#waiting.delete(id);
    });
    worker.on('error', (error: Error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
    return worker;
  }
}

/**
 * Runs work that digests lines, on threads where the machine has several cores. Code that is not
 * compiled has no program for a thread, so it digests lines itself.
 */
export const withDigesting = async <T>(
  work: (digesting: Digesting | undefined) => Promise<T>,
): Promise<T> => {
  const threads = Math.min(mostThreads, availableParallelism());
  if (threads < 2 || !existsSync(program)) return work(undefined);
  const pool = new DigestPool(threads);
  try {
    return await work({ lines: pool.digest, lanes: threads * blocksAThread });
  } finally {
    await pool.end();
  }
};
