import { rmSync } from 'node:fs';
import { access as reach, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, prepareLogAccess, startGuarded, type Guarded, type LogAccess } from '@interlock/embedded';
import { logReader, logRights, logUnion, ownerOf, streamOwners } from '@interlock/contracts';
import type { ConnectedEventStore, EventStoreOptions } from '@interlock/eventstore';

import { buildApps } from '../build-apps.js';
import { oncePerProcess } from '../once-per-process.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const entry = `${root}apps/event-store/bin/interlock-event-store.js`;
const built = `${root}apps/event-store/dist/main.js`;

const build = async (): Promise<void> => {
  if (
    await reach(built).then(
      () => true,
      () => false,
    )
  )
    return;
  await buildApps('apps/event-store');
};

/**
 * The user that a suite writes to its log as. It has no limits, because suites also write events
 * that no service would.
 */
const suiteUser = 'suite';

/** Certificates and users, created once for the suites of this process. */
const access = (): Promise<LogAccess> =>
  oncePerProcess('log access', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'interlock-log-access-'));
    process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
    const services = [...new Set<string>(Object.values(streamOwners))];
    return prepareLogAccess(
      dir,
      {
        [logReader]: logRights([]),
        [logUnion]: logRights(services),
        ...Object.fromEntries(services.map((service) => [service, logRights([service])])),
      },
      [suiteUser],
    );
  });

/**
 * Appends without a writer are made in the name of the stream's owner, which the suite stands for.
 */
const inOwnersName = (store: ConnectedEventStore): ConnectedEventStore => {
  const append = store.append.bind(store);
  return Object.assign(store, {
    append: ((stream, events, expected) => {
      const writer = ownerOf(stream);
      const named =
        writer === undefined
          ? events
          : events.map((event) => ({ ...event, metadata: { writer, ...event.metadata } }));
      return append(stream, named, expected);
    }) satisfies ConnectedEventStore['append'],
  });
};

export type TestLog = {
  readonly url: string;
  /** The address as another user of the log, or at another port if a gate stands before the log. */
  readonly urlOf: (user: string, port?: number) => string;
  /** The address of the suite's own user at another port, if a gate stands before the log. */
  readonly urlAt: (port: number) => string;
  readonly port: number;
  /** The file with the events of a durable log. */
  readonly file: string | null;
  readonly store: ConnectedEventStore;
  /** Stops the server. Only a durable log keeps its events until `up`. */
  readonly down: () => Promise<void>;
  /** Kills the server at once, as `kill -9` does. */
  readonly kill: () => Promise<void>;
  readonly up: () => Promise<void>;
  readonly stop: () => Promise<void>;
};
export type TestLogOptions = EventStoreOptions & {
  /** true: events are kept in a file, so that the server can be stopped and started again. */
  readonly durable?: boolean;
};

/**
 * The embedded event store in its own process, in memory by default, with a connected client. It
 * ends with this process.
 */
export const startLog = async ({ durable = false, ...options }: TestLogOptions = {}): Promise<TestLog> => {
  await oncePerProcess('event-store build', build);
  const dir = await mkdtemp(join(tmpdir(), 'interlock-log-'));
  const pidFile = join(dir, 'pid');
  const file = durable ? join(dir, 'log.db') : null;
  const where = file === null ? ['--memory'] : ['--db', file];
  const users = await access();
  const start = (port: number): Promise<Guarded> =>
    startGuarded({
      program: process.execPath,
      args: ['--no-warnings', entry, ...where, '--port', `${port}`, ...users.serverArguments],
      pidFile,
      ready: /listening 127\.0\.0\.1:(\d+)/,
    });
  const port = await freePort();
  let server: Guarded | undefined = await start(port);
  const down = async (): Promise<void> => {
    await server?.stop();
    server = undefined;
  };
  const urlOf = (user: string, at = port): string => users.addressOf(at, user);
  const url = urlOf(suiteUser);
  const { connectEventStore } = await import('@interlock/eventstore');
  const store = inOwnersName(await connectEventStore(url, options));
  return {
    url,
    urlOf,
    urlAt: (at) => urlOf(suiteUser, at),
    port,
    file,
    store,
    down,
    kill: async () => {
      if (server === undefined) return;
      process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL');
      await server.ended;
      server = undefined;
    },
    up: async () => {
      server ??= await start(port);
    },
    stop: async () => {
      await store.close();
      await down();
      await rm(dir, { recursive: true, force: true });
    },
  };
};
