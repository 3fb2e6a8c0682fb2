import type { EventStoreDBClient, Position } from '@eventstore/db-client';
import type { Login } from './target.js';

/**
 * What a section of the suite has: a client of the server, and names that no run before it has
 * used.
 */
export type Context = {
  readonly client: EventStoreDBClient;
  readonly stream: (name: string) => string;
  /**
   * The position of an event that is written now: what comes after it in `$all` is of this test, or
   * of others at the same time.
   */
  readonly mark: () => Promise<Position>;
};

/** What the section on access lists has: clients of the server's users. */
export type SecureContext = {
  readonly stream: (name: string) => string;
  readonly admin: EventStoreDBClient;
  readonly ordinary: EventStoreDBClient;
  readonly ordinaryName: string;
  readonly connect: (login?: Login) => EventStoreDBClient;
};
