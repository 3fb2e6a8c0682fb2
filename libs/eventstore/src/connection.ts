import type { EventStoreDBClient } from '@eventstore/db-client';
import { discardClient, openClient } from './client.js';

/** Where the adapter tells what it goes through; pino's logger fits. */
export type AdapterLogger = {
  readonly info: (facts: object, message: string) => void;
  readonly warn: (facts: object, message: string) => void;
  readonly error: (facts: object, message: string) => void;
};
export const silent: AdapterLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One client, the signal that tells that it was given up, and when (monotonic, ms) it last answered an append and anything at all. */
export type Link = { readonly client: EventStoreDBClient; readonly gone: AbortSignal; answeredAt: number; heardAt: number };

/** Holds the one client of the process, and replaces it where a call got no answer in time. */
export class Connection {
  readonly #url: string;
  readonly #logger: AdapterLogger;
  #link: Link;
  #abort = new AbortController();
  #replacing: Promise<void> | undefined;
  #closed = false;

  constructor(url: string, logger: AdapterLogger) {
    this.#url = url;
    this.#logger = logger;
    this.#link = { client: openClient(url), gone: this.#abort.signal, answeredAt: 0, heardAt: 0 };
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The present client; waits while one is being replaced. */
  async link(): Promise<Link> {
    await this.#replacing;
    return this.#link;
  }

  /** Gives a client up and opens another; once per client, whoever asks. */
  replace(link: Link, reason: string): Promise<void> {
    if (this.#closed || link !== this.#link) return this.#replacing ?? Promise.resolve();
    this.#replacing ??= this.#replace(reason).finally(() => { this.#replacing = undefined; });
    return this.#replacing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#replacing;
    this.#abort.abort();
    await discardClient(this.#link.client);
  }

  async #replace(reason: string): Promise<void> {
    this.#logger.warn({ reason }, 'connection to the log replaced');
    const old = this.#link;
    const abort = this.#abort;
    this.#abort = new AbortController();
    abort.abort();
    await discardClient(old.client);
    this.#link = { client: openClient(this.#url), gone: this.#abort.signal, answeredAt: 0, heardAt: 0 };
  }
}
