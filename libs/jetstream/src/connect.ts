import { inboxOf, repliesOf } from '@interlock/contracts';
import { connect, createInbox, nkeyAuthenticator, nkeys, type ConnectionOptions, type NatsConnection } from 'nats';

/** Who connects to the bus, and where it is; an nkey's seed (`SU…`) in place of a password where the user has one. */
export type BusAddress = { readonly url: string; readonly user: string } & ({ readonly password: string } | { readonly seed: string });

/** A new user's nkey: the seed is the user's alone, the public part is registered. */
export const newBusKey = (): { readonly seed: string; readonly public_key: string } => {
  const pair = nkeys.createUser();
  return { seed: new TextDecoder().decode(pair.getSeed()), public_key: pair.getPublicKey() };
};

const prefixes = new WeakMap<NatsConnection, string>();

/** Connects as one user of the bus; answers come on that user's own subjects. Throws the errors of NATS. */
export const connectBus = async (address: BusAddress, options: Omit<ConnectionOptions, 'servers' | 'user' | 'pass' | 'authenticator' | 'inboxPrefix'> = {}): Promise<NatsConnection> => {
  const inboxPrefix = inboxOf(address.user);
  const secret = 'seed' in address ? { authenticator: nkeyAuthenticator(new TextEncoder().encode(address.seed)) } : { user: address.user, pass: address.password };
  const connection = await connect({ name: `interlock ${address.user}`, ...options, servers: address.url, inboxPrefix, ...secret });
  prefixes.set(connection, inboxPrefix);
  return connection;
};

/** A fresh subject for answers, on which this connection may listen. */
export const inboxFor = (connection: NatsConnection): string => createInbox(prefixes.get(connection) ?? '');

/**
 * The options of a request to a service: its answer comes on a subject on which this service alone may answer this caller. So each request has a subscription
 * of its own in place of the connection's shared one, which takes answers from anyone.
 */
export const answeredBy = (caller: string, service: string): { readonly noMux: true; readonly reply: string } => ({ noMux: true, reply: createInbox(repliesOf(caller, service)) });
