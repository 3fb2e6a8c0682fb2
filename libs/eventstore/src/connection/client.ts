import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { convertToCommandError, EventStoreDBClient } from '@eventstore/db-client';
import { ProblemError } from '@interlock/kernel';
import { guardAnswers, guardAppendCall, guardErrors, type Call } from './guards.js';
import { within } from './timing.js';

/** The client's generated messages are CommonJS without an exports map. */
const require = createRequire(import.meta.url);
const operationsMessages =
  require('@eventstore/db-client/generated/operations_pb.js') as typeof import('@eventstore/db-client/generated/operations_pb.js');
const { OperationsClient } = require('@eventstore/db-client/generated/operations_grpc_pb.js') as {
  readonly OperationsClient: unknown;
};
type OperationsCalls = {
  startScavenge: (
    ...given: [...request: unknown[], answered: (error: Error | null, answer: unknown) => void]
  ) => unknown;
};

type Creator = (grpc: unknown) => Call | Promise<Call>;
/** Of grpc-js 1.14: a channel takes its connections from a pool. */
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
/** The parts of the official client 6.2.1 that the adapter uses (protected there). */
type Internals = {
  GRPCStreamCreator: (
    service: unknown,
    name: string,
    creator: Creator,
    cache?: unknown,
  ) => () => Promise<Call>;
  createChannel: () => Promise<Channel>;
  execute: (service: unknown, name: string, action: (grpc: object) => Promise<unknown>) => Promise<unknown>;
  callArguments: (options: object) => readonly unknown[];
  handleError: (grpc: unknown, error: unknown) => Promise<void>;
  readonly throwOnAppendFailure: boolean;
};
const internals = (client: EventStoreDBClient): Internals => client as unknown as Internals;

/**
 * A channel that closes while its connection waits to reconnect leaves that connection behind: it
 * connects later and stays open for nobody. So such a connection is not retried, whether the client
 * or the adapter closes the channel.
 */
const guardChannel = (channel: Channel, onClose: () => void): Channel => {
  const close = channel.close.bind(channel);
  const { subchannelPool } = channel.internalChannel;
  channel.close = () => {
    const all = Object.values(subchannelPool.pool).flat();
    close();
    onClose();
    // The pool holds one reference until it cleans up.
    for (const { subchannel } of all) if (subchannel.refcount <= 1) subchannel.continueConnecting = false;
  };
  return channel;
};

const guardedCredentials = new WeakSet<ChannelCredentials>();
/**
 * IP addresses are not valid TLS server names, and Node warns about them. The certificate is still
 * compared with the host.
 */
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

/**
 * Every channel that a client has made. INVARIANT: they are kept here, because the client forgets
 * an open one when two of its calls fail at once.
 */
type ClientChannels = { readonly channels: Set<Channel>; isDiscarded: boolean };
const opened = new WeakMap<EventStoreDBClient, ClientChannels>();

const remedy = 'name the log as `esdb://HOST:PORT?tls=true`';

/** The client's own error message contains the connection string with the password. */
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
 * Opens the official client on a connection string (`esdb://host:port?tls=true`). Sends nothing
 * yet. Throws `validation-failed` if the string cannot be read, or if it asks the client to report
 * a lost race as a success.
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
    const channel = guardChannel(await createChannel(), () => all.channels.delete(channel));
    // In a cluster, it is made only when a leader has been found, which may take long.
    if (all.isDiscarded) {
      channel.close();
      throw new Error('the connection was given up');
    }
    all.channels.add(channel);
    guardServerName(channel.internalChannel.credentials);
    return channel;
  };
  // Nobody waits for it. It fails if a cluster's leader cannot be found, and if an error's trailers
  // are missing.
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
 * Ends every call of a client and closes its channels, so that no pending call continues later.
 * INVARIANT: the client opens no other channel afterwards. A pending call would do so, and nobody
 * would close that channel.
 */
export const discardClient = async (client: EventStoreDBClient): Promise<void> => {
  const all = opened.get(client)!;
  all.isDiscarded = true;
  for (const channel of [...all.channels]) channel.close();
  // The client waits for the end of each call, and a call without a consumer may never report it.
  await within(client.dispose(), 500).catch(() => undefined);
};

/** Asks the server to remove what streams no longer show. It answers when it has begun. */
export const startScavenge = (client: EventStoreDBClient): Promise<unknown> => {
  const inner = internals(client);
  const request = new operationsMessages.StartScavengeReq();
  request.setOptions(new operationsMessages.StartScavengeReq.Options());
  return inner.execute(
    OperationsClient,
    'startScavenge',
    (grpc) =>
      new Promise((resolve, reject) => {
        (grpc as OperationsCalls).startScavenge(request, ...inner.callArguments({}), (error, answer) => {
          if (error === null) resolve(answer);
          else reject(convertToCommandError(error) ?? error);
        });
      }),
  );
};
