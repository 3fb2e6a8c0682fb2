import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { BusLogin, BusTls } from '@interlock/jetstream';
import type { NatsConnection } from 'nats';
import { freePort, startGuarded, type Guarded } from '@interlock/embedded';

const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

const findServer = async (): Promise<string> => {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...serverFolders]) {
    const file = join(folder, process.platform === 'win32' ? 'nats-server.exe' : 'nats-server');
    if (
      folder !== '' &&
      (await access(file, constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      return file;
  }
  throw new Error('there is no `nats-server` on PATH; `npm run setup` installs it');
};

export type TestNats = {
  readonly url: string;
  readonly port: number;
  /** The folder of JetStream's files. */
  readonly folder: string;
  /** A new connection; closed with the server. */
  readonly connection: () => Promise<NatsConnection>;
  /**
   * Kills the server and starts it again on the same port and files; connections return by
   * themselves.
   */
  readonly restart: () => Promise<void>;
  /** Stops the server; connections wait for it until `up`. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
  /** Kills the server at once, as `kill -9` does; `lose` also deletes its files. */
  readonly kill: (options?: { readonly lose?: boolean }) => Promise<void>;
  /** How often the server has logged this since its latest start. */
  readonly said: (pattern: RegExp) => number;
  readonly stop: () => Promise<void>;
};

export type NatsOptions = {
  /**
   * The accounts of the server's configuration. Without them every connection may do everything.
   */
  readonly accounts?: string;
  /** The name of its JetStream domain, which requests over leaf nodes need. */
  readonly domain?: string;
  /** The login of the user `operator`, who creates the streams. */
  readonly operator?: BusLogin & { readonly tls?: BusTls };
};

/** The version of the nats-server on this machine, such as `2.10.29`. */
export const natsVersion = async (): Promise<string> => {
  const { stdout } = await promisify(execFile)(await findServer(), ['--version']);
  return /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? '';
};

/** A nats-server that runs on the caller's own configuration. It ends with this process. */
export const startNatsServer = async (
  config: string,
  environment: { readonly [name: string]: string } = {},
): Promise<Guarded> =>
  startGuarded({
    program: await findServer(),
    args: ['--config', config],
    env: { ...process.env, ...environment },
    ready: /Server is ready/,
    signal: 'SIGTERM',
  });

/**
 * A nats-server with JetStream in a temporary directory, with Interlock's streams. It ends with
 * this process.
 */
export const startNats = async ({ accounts = '', domain, operator }: NatsOptions = {}): Promise<TestNats> => {
  const program = await findServer();
  const [{ connect }, { connectBus, provision }] = await Promise.all([
    import('nats'),
    import('@interlock/jetstream'),
  ]);
  const dir = await mkdtemp(join(tmpdir(), 'interlock-nats-'));
  const port = await freePort();
  const config = join(dir, 'nats.conf');
  const pidFile = join(dir, 'pid');
  const store = join(dir, 'store');
  await writeFile(
    config,
    `listen: "127.0.0.1:${port}"\nmax_payload: 1MB\njetstream { store_dir: "${store}", max_memory_store: 64MB, max_file_store: 1GB${domain === undefined ? '' : `, domain: ${domain}`} }\n${accounts}`,
  );
  const up = (): Promise<Guarded> =>
    startGuarded({ program, args: ['-c', config], pidFile, ready: /Server is ready/, signal: 'SIGTERM' });
  let server: Guarded | undefined = await up().catch(async (error: unknown) => {
    await rm(dir, { recursive: true, force: true });
    throw error;
  });
  const connections: NatsConnection[] = [];
  const down = async (): Promise<void> => {
    await server?.stop();
    server = undefined;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(connections.map((connection) => connection.close().catch(() => undefined)));
    await down();
    await rm(dir, { recursive: true, force: true });
  };
  const connection = async (): Promise<NatsConnection> => {
    const made = await connect({
      servers: `127.0.0.1:${port}`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
      waitOnFirstConnect: true,
      pingInterval: 5000,
    });
    connections.push(made);
    return made;
  };
  try {
    const first =
      operator === undefined
        ? await connection()
        : await connectBus({ url: `127.0.0.1:${port}`, user: 'operator', ...operator });
    await provision(first);
    await first.close();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    folder: store,
    down,
    up: async () => {
      server ??= await up();
    },
    kill: async ({ lose = false } = {}) => {
      if (server !== undefined) {
        process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL');
        await server.ended;
        server = undefined;
      }
      if (lose) await rm(store, { recursive: true, force: true });
    },
    restart: async () => {
      await down();
      server = await up();
    },
    said: (pattern) => [...(server?.output() ?? '').matchAll(pattern)].length,
    connection,
    stop,
  };
};
