import { isIP } from 'node:net';
import { EventStoreDBClient } from '@eventstore/db-client';
import { ProblemError } from '@interlock/kernel';
import { guardAnswers, guardAppendCall, guardErrors, type Call } from './guards.js';
import { within } from './timing.js';

type Creator = (grpc: unknown) => Call | Promise<Call>;
/** Of grpc-js 1.14: a channel's connections lie in a pool. */
type Subchannel = { readonly refcount: number; continueConnecting: boolean };
type SecureConnector = { readonly connectionOptions?: { servername?: string } };
type ChannelCredentials = { _createSecureConnector: (...parts: readonly unknown[]) => SecureConnector };
type Channel = {
  close: () => void;
  readonly internalChannel: {
    readonly credentials: ChannelCredentials;
    readonly subchannelPool: {
      readonly pool: { readonly [target: string]: readonly { readonly subchannel: Subchannel }[] };
    };
  };
};
/** What the adapter reaches into of the official client 6.2.1 (protected there). */
type Internals = {
  GRPCStreamCreator: (
    service: unknown,
    name: string,
    creator: Creator,
    cache?: unknown,
  ) => () => Promise<Call>;
  createChannel: () => Promise<Channel>;
  execute: (service: unknown, name: string, action: (grpc: object) => Promise<unknown>) => Promise<unknown>;
  handleError: (grpc: unknown, error: unknown) => Promise<void>;
  readonly throwOnAppendFailure: boolean;
};
const internals = (client: EventStoreDBClient): Internals => client as unknown as Internals;

/**
 * A channel that is closed while its connection waits to be tried again leaves it waiting: it connects later, for nobody, and stays. Whoever closes the channel,
 * the client or the adapter: such a connection is not tried again.
 */
const guardChannel = (channel: Channel, onClose: () => void): Channel => {
  const close = channel.close.bind(channel);
  const { subchannelPool } = channel.internalChannel;
  channel.close = () => {
    const all = Object.values(subchannelPool.pool).flat();
    close();
    onClose();
    // The pool itself holds one reference until it tidies up.
    for (const { subchannel } of all) if (subchannel.refcount <= 1) subchannel.continueConnecting = false;
  };
  return channel;
};

const guardedCredentials = new WeakSet<ChannelCredentials>();
/** TLS has no server names that are IP addresses: Node warns of one. The certificate is compared with the host all the same. */
const guardServerName = (credentials: ChannelCredentials): void => {
  if (guardedCredentials.has(credentials)) return;
  guardedCredentials.add(credentials);
  const create = credentials._createSecureConnector.bind(credentials);
  credentials._createSecureConnector = (...parts) => {
    const connector = create(...parts);
    const { connectionOptions } = connector;
    if (isIP(connectionOptions?.servername ?? '') !== 0) delete connectionOptions!.servername;
    return connector;
  };
};

/** Every channel that a client has made. INVARIANT: kept here, for the client forgets one unclosed when two of its calls break at once. */
type ClientChannels = { readonly channels: Set<Channel>; isDiscarded: boolean };
const opened = new WeakMap<EventStoreDBClient, ClientChannels>();

const remedy = 'name the log as `esdb://HOST:PORT?tls=true`';

/** The client's own complaint holds the connection string, and that a password. */
const parsed = (url: string): EventStoreDBClient => {
  try {
    return EventStoreDBClient.connectionString(url);
  } catch {
    throw new ProblemError(
      'validation-failed',
      'the connection string of the log cannot be read, or a file that it names',
      { remedy },
    );
  }
};

/**
 * Opens the official client on a connection string (`esdb://host:port?tls=true`). Nothing is sent yet. Throws `validation-failed` where it cannot be read, and where it
 * asks the client to report a lost race as if it were a success.
 */
export const openClient = (url: string): EventStoreDBClient => {
  const client = parsed(url);
  const inner = internals(client);
  if (!inner.throwOnAppendFailure)
    throw new ProblemError(
      'validation-failed',
      'the connection string of the log turns `throwOnAppendFailure` off',
      { remedy: 'leave `throwOnAppendFailure` out' },
    );
  const all: ClientChannels = { channels: new Set(), isDiscarded: false };
  opened.set(client, all);
  const createChannel = inner.createChannel;
  inner.createChannel = async () => {
    if (all.isDiscarded) throw new Error('the connection was given up');
    const channel = guardChannel(await createChannel(), () => {
      all.channels.delete(channel);
    });
    // Of a cluster it is made only when a leader has been found, which may take long.
    if (all.isDiscarded) {
      channel.close();
      throw new Error('the connection was given up');
    }
    all.channels.add(channel);
    guardServerName(channel.internalChannel.credentials);
    return channel;
  };
  // Nobody waits for it: it fails where a cluster's leader is looked for and not found, and where an error's trailers are missing.
  const handleError = inner.handleError;
  inner.handleError = (grpc, error) => handleError(grpc, error).catch(() => undefined);
  const execute = inner.execute;
  inner.execute = (service, name, action) => execute(service, name, (grpc) => action(guardAnswers(grpc)));
  const create = inner.GRPCStreamCreator;
  inner.GRPCStreamCreator = (service, name, creator, cache) =>
    create(
      service,
      name,
      async (grpc) => {
        const call = guardErrors(await creator(grpc));
        return name === 'appendToStream' ? guardAppendCall(call) : call;
      },
      cache,
    );
  return client;
};

/**
 * Ends every call of a client and closes its channel, so that what still hangs in it cannot go on later. INVARIANT: it opens no other channel afterwards: a call that
 * was under way would, and nobody would ever close that one.
 */
export const discardClient = async (client: EventStoreDBClient): Promise<void> => {
  const all = opened.get(client)!;
  all.isDiscarded = true;
  for (const channel of [...all.channels]) channel.close();
  // The client waits for each call's end; one whose consumer has gone may never report it.
  await within(client.dispose(), 500).catch(() => undefined);
};
