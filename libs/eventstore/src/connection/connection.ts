import { setTimeout as delay } from 'node:timers/promises';
import { backOffMs } from '@interlock/kernel';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { readAddress } from './address.js';
import { discardClient, openClient } from './client.js';

/** Receives the adapter's messages; pino's logger fits. */
export type AdapterLogger = {
  readonly info: (facts: object, message: string) => void;
  readonly warn: (facts: object, message: string) => void;
  readonly error: (facts: object, message: string) => void;
};
export const silent: AdapterLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * One client, the signal that it was given up, and when (monotonic, ms) it last answered an append
 * and any call.
 */
export type Link = {
  readonly client: EventStoreDBClient;
  readonly gone: AbortSignal;
  answeredAt: number;
  heardAt: number;
};

/** Holds the one client of the process, and replaces it when a call gets no answer in time. */
export class Connection {
  readonly #url: string;
  readonly #logger: AdapterLogger;
  #link: Link;
  #abort = new AbortController();
  #replacing: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(connectionString: string, logger: AdapterLogger) {
    const { url, ignored } = readAddress(connectionString);
    if (ignored.length > 0)
      logger.warn(
        { options: ignored },
        'options of the connection string that the client of the log does not know are left out',
      );
    this.#url = url;
    this.#logger = logger;
    this.#link = this.#open();
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** The present client; waits while a client is being replaced. */
  async link(): Promise<Link> {
    await this.#replacing;
    return this.#link;
  }

  /**
   * Gives a client up and opens another, once per client, however many callers ask. Never rejects.
   */
  replace(link: Link, reason: string): Promise<void> {
    if (this.closed || link !== this.#link) return this.#replacing ?? Promise.resolve();
    this.#replacing ??= this.#replace(reason).finally(() => {
      this.#replacing = undefined;
    });
    return this.#replacing;
  }

  async close(): Promise<void> {
    this.#closing.abort();
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
    for (let attempt = 1; !this.closed; attempt += 1) {
      try {
        this.#link = this.#open();
        return;
      } catch (error) {
        // For example a certificate's file that is being replaced.
        this.#logger.error({ err: error }, 'no new connection to the log can be opened yet');
        await delay(backOffMs(attempt, 50, 2000, Math.random()), undefined, {
          signal: this.#closing.signal,
        }).catch(() => undefined);
      }
    }
  }

  #open(): Link {
    return { client: openClient(this.#url), gone: this.#abort.signal, answeredAt: 0, heardAt: 0 };
  }
}
