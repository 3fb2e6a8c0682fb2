import { rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import { EventLog, type Report } from '../writing/event-log.js';
import { FaultBoard } from '../model/faults.js';
import { messageOf } from '../model/message-of.js';
import { TIMEOUT_MS } from './whole-requests.js';
import { Service } from './service.js';
import { type User, Users } from '../model/users.js';

/** Where the log is stored and served; without `file` it is in memory. */
export type EventStoreOptions = {
  readonly file?: string;
  readonly memory?: boolean;
  /** Write in a separate thread, so that a slow disk does not delay the rest; for a file only. */
  readonly writerThread?: boolean;
  readonly host?: string;
  readonly port?: number;
  /** A Unix socket in addition to the port. */
  readonly socket?: string;
  /** Serve the fault switches over HTTP, on a separate port. */
  readonly faults?: boolean;
  readonly faultsPort?: number;
  /** Certificate and key, in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /**
   * The users; they need TLS, because passwords would otherwise be readable. Without users everyone
   * may do everything.
   */
  readonly users?: readonly User[];
  /**
   * How long a connection may leave a ping unanswered, and a call its request unfinished, in
   * milliseconds; default 20 s.
   */
  readonly timeoutMs?: number;
  /**
   * Receives one line when the log cannot be written, which clients need not show, and when it can
   * again.
   */
  readonly report?: Report;
};

export type EventStore = {
  /** A connection string for the official client. */
  readonly url: string;
  readonly port: number;
  /** The fault switches, for tests in the same process. */
  readonly faults: FaultBoard;
  /** The address of the fault switches, if they are served. */
  readonly faultsUrl?: string;
  /** Answers accepted writes, ends open calls, and closes the log. */
  stop(): Promise<void>;
};

/**
 * How long a stop waits for clients to take the end of their calls, and then for the connections
 * whose remaining calls were reset.
 */
const STOP_TIMEOUT_MS = 2000;
const RESET_TIMEOUT_MS = 5000;

function bind(service: Service, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    service.server.bindAsync(address, credentials, (error, port) => {
      if (error === null) {
        service.streams.watch();
        resolve(port);
      } else
        reject(
          new Error(
            `cannot listen on \`${address}\`: ${/\[(.*)\]/s.exec(error.message)?.[1] ?? error.message}; name another with --port, --host or --socket`,
            { cause: error },
          ),
        );
    });
  });
}

/** A host in the form that is written before a port. */
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function credentialsOf({ tls }: EventStoreOptions): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  // An empty text counts as none, so that the check below would pass.
  if (tls.cert.trim() === '' || tls.key.trim() === '') throw new Error('the certificate or its key is empty');
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new Error(`the certificate and its key cannot be used: ${messageOf(error)}`, { cause: error });
  }
  return ServerCredentials.createSsl(null, [
    { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) },
  ]);
}

/**
 * Removes a socket left by a killed process. One that answers is left alone, and binding to it
 * fails.
 */
async function clearSocket(path: string): Promise<void> {
  const abandoned = await new Promise<boolean>((resolve) => {
    const probe = createConnection(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
  if (abandoned && statSync(path).isSocket()) rmSync(path);
}

async function isDoneWithin(work: Promise<void>, ms: number): Promise<boolean> {
  const late = new AbortController();
  const isDone = await Promise.race([work.then(() => true), delay(ms, false, { signal: late.signal })]);
  late.abort();
  return isDone;
}

async function shutDown(service: Service): Promise<void> {
  const closed = new Promise<void>((resolve) => service.server.tryShutdown(() => resolve()));
  service.endCalls();
  if (await isDoneWithin(closed, STOP_TIMEOUT_MS)) return;
  service.streams.reset();
  if (await isDoneWithin(closed, RESET_TIMEOUT_MS)) return;
  service.server.forceShutdown();
}

/** Opens the log and serves it; resolves when it answers. */
export async function startEventStore(options: EventStoreOptions): Promise<EventStore> {
  const { host = '127.0.0.1' } = options;
  if ((options.file ?? '') === '' && options.memory !== true)
    throw new Error('name a file for the event log, or ask for one in memory');
  if (options.file !== undefined && options.memory === true)
    throw new Error('a log in memory has no file: name one, or ask for memory');
  if (options.users !== undefined && options.tls === undefined)
    throw new Error('users need TLS: name a certificate and its key');
  const credentials = credentialsOf(options);
  const faults = new FaultBoard();
  const log = await EventLog.open({
    ...(options.memory === true || options.file === undefined ? {} : { file: options.file }),
    writerThread: options.writerThread === true,
    faults,
    ...(options.report === undefined ? {} : { report: options.report }),
  });
  let port = options.port ?? 0;
  const users = options.users === undefined ? undefined : new Users(options.users);
  const service = new Service({
    log,
    users,
    endpoint: () => ({ host, port }),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
  });
  try {
    port = await bind(service, `${bracketed(host)}:${port}`, credentials);
    if (options.socket !== undefined) {
      await clearSocket(options.socket);
      await bind(service, `unix:${options.socket}`, credentials);
    }
    // INVARIANT: only tests import this, because an `import` of `node:http` also loads Node's
    // `fetch`, which every start would pay for.
    const board =
      options.faults === true
        ? await (await import('./faults-http.js')).serveFaults(faults, host, options.faultsPort ?? 0)
        : undefined;
    return {
      url: `esdb://${bracketed(host)}:${port}?tls=${options.tls !== undefined}`,
      port,
      faults,
      ...(board === undefined ? {} : { faultsUrl: board.url }),
      stop: async () => {
        await log.drain();
        await shutDown(service);
        await board?.stop();
        await log.close();
      },
    };
  } catch (error) {
    service.server.forceShutdown();
    await log.close();
    throw error;
  }
}
