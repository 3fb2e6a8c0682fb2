import type { EventStoreDBClient, Position } from '@eventstore/db-client';
import type { Login } from './target.js';

/** The suite's tools: a client of the server, and names that no earlier run has used. */
export type Context = {
  readonly client: EventStoreDBClient;
  readonly stream: (name: string) => string;
  /**
   * The position of an event written now. Later events in `$all` belong to this test or to
   * concurrent ones.
   */
  readonly mark: () => Promise<Position>;
};

/** The tools for the section on access lists: clients of the server's users. */
export type SecureContext = {
  readonly stream: (name: string) => string;
  readonly admin: EventStoreDBClient;
  readonly ordinary: EventStoreDBClient;
  readonly ordinaryName: string;
  readonly connect: (login?: Login) => EventStoreDBClient;
};
