import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceContext } from '@interlock/platform';

export type Lock = { readonly holds: () => Promise<boolean>; readonly release: () => Promise<void> };
export type OnlyOneParts = {
  /** Takes the lock. Returns null while another instance holds it. */
  readonly lock: () => Promise<Lock | null>;
  readonly begin: () => void;
  readonly end: () => Promise<void>;
  readonly logger: ServiceContext['logger'];
};

const lookMs = 1000;

/**
 * Lets one instance at a time do some work: the one that holds a database lock, while it holds it.
 */
export class OnlyOne {
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #isActive = false;

  constructor(private readonly parts: OnlyOneParts) {}

  get isActive(): boolean {
    return this.#isActive;
  }

  start(): void {
    this.#stop = new AbortController();
    this.#running = this.#run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const held = await this.parts.lock();
        if (held !== null) await this.#while(held, signal);
      } catch (error) {
        this.parts.logger.warn({ err: error }, 'the lock of the mirrors was not taken, and is tried again');
      }
      await delay(lookMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #while(held: Lock, signal: AbortSignal): Promise<void> {
    try {
      this.parts.begin();
      this.#isActive = true;
      while (!signal.aborted && (await held.holds()))
        await delay(lookMs, undefined, { signal, ref: false }).catch(() => undefined);
    } finally {
      this.#isActive = false;
      await this.parts.end();
      await held.release();
    }
  }
}
