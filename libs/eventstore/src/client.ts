import { convertToCommandError, EventStoreDBClient } from '@eventstore/db-client';
import { ProblemError } from '@interlock/kernel';
import { within } from './timing.js';

type Emit = (name: string | symbol, ...values: unknown[]) => boolean;
type Call = { emit: Emit; write?: (message: unknown) => boolean; destroy: (error: Error) => unknown };
type Creator = (grpc: unknown) => Call | Promise<Call>;
/** Of grpc-js 1.14: a channel's connections lie in a pool. */
type Subchannel = { readonly refcount: number; continueConnecting: boolean };
type Channel = { close: () => void; readonly internalChannel: { readonly subchannelPool: { readonly pool: { readonly [target: string]: readonly { readonly subchannel: Subchannel }[] } } } };
/** What the adapter reaches into of the official client 6.2.1 (protected there). */
type Internals = {
  GRPCStreamCreator: (service: unknown, name: string, creator: Creator, cache?: unknown) => () => Promise<Call>;
  getChannel: () => Promise<Channel>;
  createChannel: () => Promise<Channel>;
  readonly throwOnAppendFailure: boolean;
};
const internals = (client: EventStoreDBClient): Internals => client as unknown as Internals;

/** The client reads an error's trailers where nobody hears what it throws, and throws where one is missing: such an error is passed on without its trailers. */
const legible = (error: unknown): unknown => {
  try {
    convertToCommandError(error as Error);
    return error;
  } catch (cause) {
    return new Error('the log ended the call with an error that cannot be read', { cause });
  }
};

const guardErrors = (call: Call): Call => {
  const emit = call.emit.bind(call) as Emit;
  call.emit = (name, ...values) => emit(name, ...(name === 'error' ? values.map(legible) : values));
  return call;
};

/**
 * The client's batch call has two ways to end the process. An answer to a call whose promise is gone (an error on any client clears
 * the one table) throws inside a `data` listener; and a write that waits for `drain` when the call breaks rejects in an async executor
 * that nobody awaits. So a late answer is dropped (its caller has been rejected and retries), and writes never report back-pressure:
 * what is in flight is bounded by the callers, each of which waits for its own append. And a call that the log ends with OK leaves those who wait in it waiting: it
 * is ended with an error instead.
 */
const guardAppendCall = (call: Call): Call => {
  const emit = call.emit.bind(call) as Emit;
  call.emit = (name, ...values) => {
    try {
      return emit(name, ...values);
    } catch (error) {
      if (name === 'data' && error instanceof TypeError) return true;
      throw error;
    } finally {
      if (name === 'status' && (values[0] as { readonly code: number }).code === 0) call.destroy(new Error('the log ended the call'));
    }
  };
  const write = call.write!.bind(call);
  call.write = (message) => {
    write(message);
    return true;
  };
  return call;
};

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

/** Every channel that a client has made. INVARIANT: kept here, for the client forgets one unclosed when two of its calls break at once. */
const opened = new WeakMap<EventStoreDBClient, Set<Channel>>();

const remedy = 'name the log as `esdb://HOST:PORT?tls=true`';

/** The client's own complaint holds the connection string, and that a password. */
const parsed = (url: string): EventStoreDBClient => {
  try {
    return EventStoreDBClient.connectionString(url);
  } catch {
    throw new ProblemError('validation-failed', 'the connection string of the log cannot be read', { remedy });
  }
};

/**
 * Opens the official client on a connection string (`esdb://host:port?tls=false`). Nothing is sent yet. Throws `validation-failed` where it cannot be read, and where it
 * asks the client to report a lost race as if it were a success.
 */
export const openClient = (url: string): EventStoreDBClient => {
  const client = parsed(url);
  const inner = internals(client);
  if (!inner.throwOnAppendFailure) throw new ProblemError('validation-failed', 'the connection string of the log turns `throwOnAppendFailure` off', { remedy: 'leave `throwOnAppendFailure` out' });
  const createChannel = inner.createChannel;
  const channels = new Set<Channel>();
  opened.set(client, channels);
  inner.createChannel = async () => {
    const channel = guardChannel(await createChannel(), () => { channels.delete(channel); });
    channels.add(channel);
    return channel;
  };
  const create = inner.GRPCStreamCreator;
  inner.GRPCStreamCreator = (service, name, creator, cache) =>
    create(service, name, async (grpc) => {
      const call = guardErrors(await creator(grpc));
      return name === 'appendToStream' ? guardAppendCall(call) : call;
    }, cache);
  return client;
};

/**
 * Ends every call of a client and closes its channel, so that what still hangs in it cannot go on later. INVARIANT: it opens no other channel afterwards: a call that
 * was under way would, and nobody would ever close that one.
 */
export const discardClient = async (client: EventStoreDBClient): Promise<void> => {
  const inner = internals(client);
  // Of a cluster it is made only when a leader has been found, which may take long.
  const last = inner.getChannel();
  inner.getChannel = () => Promise.reject(new Error('the connection was given up'));
  for (const channel of [...opened.get(client) ?? []]) channel.close();
  await within(last.then((channel) => { channel.close(); }), 500).catch(() => undefined);
  // The client waits for each call's end; one whose consumer has gone may never report it.
  await within(client.dispose(), 500).catch(() => undefined);
};
