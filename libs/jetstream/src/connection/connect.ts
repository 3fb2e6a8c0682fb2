import { setTimeout as delay } from 'node:timers/promises';
import { inboxOf, repliesOf } from '@interlock/contracts';
import { backOffMs } from '@interlock/kernel';
import {
  connect,
  createInbox,
  credsAuthenticator,
  ErrorCode,
  nkeyAuthenticator,
  nkeys,
  type ConnectionOptions,
  type NatsConnection,
} from 'nats';
import { readCreds } from './creds.js';
import { endLostDials } from './lost-dial.js';
import { quickAnswers } from './quick-answers.js';
import { writeTogether } from './write-together.js';

endLostDials();
quickAnswers();

/**
 * A user's password or its nkey's seed (`SU…`). In operator mode, its creds: their text, or a file
 * that is read again for each connection.
 */
export type BusLogin =
  | { readonly password: string }
  | { readonly seed: string }
  | { readonly creds: string }
  | { readonly credsFile: string };
/** Files in PEM for TLS to the bus. They are read again for each connection. */
export type BusTls = {
  /** The authorities of the server's certificate; by default those of Node. */
  readonly caFile?: string;
  /** The certificate that the server asks its clients for, and its key. */
  readonly certFile?: string;
  readonly keyFile?: string;
};
/**
 * The user that connects, and the address of the bus. With `tls`, a bus without TLS is refused; a
 * bus that offers TLS gets it either way.
 */
export type BusAddress = { readonly url: string; readonly user: string; readonly tls?: BusTls } & BusLogin;

/** A new user's nkey: only the user has the seed, and the public part is registered. */
export const newBusKey = (): { readonly seed: string; readonly public_key: string } => {
  const pair = nkeys.createUser();
  return { seed: new TextDecoder().decode(pair.getSeed()), public_key: pair.getPublicKey() };
};

const prefixes = new WeakMap<NatsConnection, string>();

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * INVARIANT: an unreadable file during its replacement ends no existing connection; its previous
 * content is tried.
 */
const credsOf = (file: string, user: string): (() => Uint8Array) => {
  let last = readCreds(file, user);
  return () => {
    try {
      last = readCreds(file, user);
    } catch {
      // The server decides whether the previous one is still valid.
    }
    return bytes(last);
  };
};

const loginOf = (address: BusAddress): ConnectionOptions => {
  if ('password' in address) return { user: address.user, pass: address.password };
  if ('seed' in address) return { authenticator: nkeyAuthenticator(bytes(address.seed)) };
  return {
    authenticator: credsAuthenticator(
      'creds' in address ? bytes(address.creds) : credsOf(address.credsFile, address.user),
    ),
  };
};

const turnedAway: ReadonlySet<unknown> = new Set([
  ErrorCode.AuthorizationViolation,
  ErrorCode.Disconnect,
  'ECONNRESET',
  'EPIPE',
]);
const attempts = 4;

/**
 * While the bus reads its users again, it refuses every connection. Only repeated refusals mean
 * that the user has no access.
 */
const letIn = async (dial: () => Promise<NatsConnection>): Promise<NatsConnection> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await dial();
    } catch (error) {
      if (attempt === attempts || !turnedAway.has((error as { readonly code?: unknown }).code)) throw error;
      await delay(backOffMs(attempt, 50, 200, Math.random()));
    }
  }
};

/**
 * Connects as one user of the bus; answers come on that user's own subjects. Throws the errors of
 * NATS, and `validation-failed` for an unusable creds file.
 */
export const connectBus = async (
  address: BusAddress,
  options: Omit<
    ConnectionOptions,
    'servers' | 'user' | 'pass' | 'authenticator' | 'inboxPrefix' | 'tls'
  > = {},
): Promise<NatsConnection> => {
  const inboxPrefix = inboxOf(address.user);
  const connection = await letIn(() =>
    connect({
      name: `interlock ${address.user}`,
      ...options,
      servers: address.url,
      inboxPrefix,
      ...(address.tls === undefined ? {} : { tls: address.tls }),
      ...loginOf(address),
    }),
  );
  prefixes.set(connection, inboxPrefix);
  writeTogether(connection);
  return connection;
};

/** A fresh subject for answers, to which this connection may subscribe. */
export const inboxFor = (connection: NatsConnection): string => createInbox(prefixes.get(connection) ?? '');

/**
 * The options of a request to a service. Its answer comes on a subject on which only this service
 * may answer this caller. So each request has its own subscription instead of the connection's
 * shared one, which accepts answers from anyone.
 */
export const answeredBy = (
  caller: string,
  service: string,
): { readonly noMux: true; readonly reply: string } => ({
  noMux: true,
  reply: createInbox(repliesOf(caller, service)),
});
