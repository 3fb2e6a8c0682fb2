import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  lstatSync,
  readlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LogRights } from '@interlock/contracts';
import { claimPort, freePort, postgresBinaries, prepareLogAccess, type Account } from '@interlock/embedded';
import pg from 'pg';
import type { Options } from '../bin/options.js';
import type { BusAccounts } from './bus-accounts.js';
import type { Children } from './processes/children.js';
import { writeWhole, type Device, type Home, type Secrets } from './home.js';

const run = promisify(execFile);
/** The folder of all apps, for both sources and build. */
export const appsFolder = fileURLToPath(new URL('../../', import.meta.url));

/** Returns the path of another app's program, in the workspace and in the packed runtime. */
export const programOf = (app: 'event-store' | 'device-simulator', file: string): string =>
  join(dirname(createRequire(import.meta.url).resolve(`@interlock-apps/${app}/package.json`)), file);

/**
 * Returns the part's previous port if it is still free; otherwise a new one that no other part has,
 * which is kept for the next start.
 */
export const portFor = async (home: Home, part: string): Promise<number> => {
  const { [part]: known, ...others } = home.ports();
  const taken = new Set(Object.values(others));
  const keeps = known !== undefined && !taken.has(known) && (await claimPort(known));
  let port = keeps ? known : await freePort();
  while (taken.has(port)) port = await freePort();
  home.keepPorts({ ...home.ports(), [part]: port });
  return port;
};

/**
 * Starts the log with TLS and only these users. `administrators` have all rights, which a benchmark
 * needs to fill a log.
 */
export const startEventStore = async (
  home: Home,
  children: Children,
  users: { readonly [name: string]: LogRights },
  administrators: readonly string[] = [],
): Promise<EmbeddedLog> => {
  const port = await portFor(home, 'event_store');
  const access = await prepareLogAccess(home.path('secrets', 'log'), users, administrators);
  await children.start('event-store', {
    program: process.execPath,
    args: [
      '--no-warnings',
      programOf('event-store', 'bin/interlock-event-store.js'),
      '--db',
      home.path('log', 'events.db'),
      '--port',
      `${port}`,
      ...access.serverArguments,
    ],
    ready: /listening 127\.0\.0\.1:(\d+)/,
  });
  return {
    address: access.address(port),
    addressOf: (user) => access.addressOf(port, user),
    passwordFile: access.passwordFile,
  };
};

/** The embedded log's address, and how its users connect. */
export type EmbeddedLog = {
  /** The address without a user. */
  readonly address: string;
  /** The address with a user and the password. */
  readonly addressOf: (user: string) => string;
  readonly passwordFile: (user: string) => string;
};

export type Nats = { readonly url: string };

/**
 * The operator's own file in the folder `nats` of a home, which configures the leaf nodes of sites.
 */
const leafNodes = 'leafnodes.conf';

/**
 * Starts nats-server. It sets `sync_interval: always` if the server supports it (from 2.10); 2.9
 * refuses to start with it.
 */
export const startNats = async (home: Home, children: Children, accounts: BusAccounts): Promise<Nats> => {
  const port = await portFor(home, 'nats');
  const { stdout } = await run('nats-server', ['--version']);
  const [major = 0, minor = 0] = (/v(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number);
  const sync = major > 2 || (major === 2 && minor >= 10) ? 'sync_interval: always' : '';
  const config = home.path('nats', 'nats.conf');
  accounts.write();
  const hasLeaves = existsSync(home.path('nats', leafNodes));
  const leaves = hasLeaves ? `include "${leafNodes}"\n` : '';
  // Without a domain, nats-server lets no request for JetStream pass a leaf node.
  const domain = hasLeaves ? 'domain: interlock, ' : '';
  writeWhole(
    config,
    `host: 127.0.0.1\nport: ${port}\nmax_payload: 1MB\ninclude "accounts.conf"\n${leaves}jetstream { ${domain}store_dir: "${home.path('nats')}", ${sync} }\n`,
  );
  await children.start('nats', {
    program: 'nats-server',
    args: ['--config', config],
    ready: /Server is ready/,
  });
  return { url: `nats://127.0.0.1:${port}` };
};

const reaches = (dir: string, account: Account): Promise<boolean> =>
  run('test', ['-x', dir], { cwd: '/', uid: account.uid, gid: account.gid }).then(
    () => true,
    () => false,
  );

/**
 * Returns Postgres' folder, which is in the home. If its account cannot reach that (in a private
 * folder), the folder is beside the system's data and linked from the home.
 */
const postgresFolder = async (home: Home, account: Account | undefined): Promise<string> => {
  const here = home.path('postgres');
  if (existsSync(here) && lstatSync(here).isSymbolicLink()) return readlinkSync(here);
  if (account === undefined || existsSync(here) || (await reaches(home.dir, account))) {
    mkdirSync(here, { recursive: true, mode: 0o700 });
    if (account !== undefined) chownSync(here, account.uid, account.gid);
    return here;
  }
  const there = join('/var/lib/interlock', createHash('sha256').update(home.dir).digest('hex').slice(0, 16));
  mkdirSync(there, { recursive: true });
  // The account must be able to traverse both folders, whatever the umask.
  for (const folder of ['/var/lib/interlock', there]) chmodSync(folder, 0o711);
  chownSync(there, account.uid, account.gid);
  symlinkSync(there, here);
  return there;
};

const postgresFlags = [
  'shared_buffers=64MB',
  'max_connections=120',
  'synchronous_commit=off',
  'unix_socket_directories=',
  'listen_addresses=127.0.0.1',
  'logging_collector=off',
  'log_min_messages=warning',
];

/**
 * Starts a real Postgres. The read models can be rebuilt from the log, so a commit need not wait
 * for the disk.
 */
export const startPostgres = async (home: Home, children: Children, secrets: Secrets): Promise<string> => {
  const { initdb, postgres, account } = await postgresBinaries();
  const folder = await postgresFolder(home, account);
  const data = join(folder, 'data');
  const { postgres_password: password, postgres_superuser_password: superuser } = secrets;
  if (!existsSync(join(data, 'PG_VERSION')) || !existsSync(join(folder, 'made'))) {
    rmSync(data, { recursive: true, force: true });
    const file = join(folder, 'password');
    writeWhole(file, superuser);
    if (account !== undefined) chownSync(file, account.uid, account.gid);
    await run(
      initdb,
      [
        `--pgdata=${data}`,
        '--auth=scram-sha-256',
        '--username=postgres',
        `--pwfile=${file}`,
        '--encoding=UTF8',
        '--locale=C',
      ],
      { cwd: '/', ...account },
    );
    rmSync(file);
    writeWhole(join(folder, 'made'), '');
  }
  const port = await portFor(home, 'postgres');
  const stale = join(data, 'postmaster.pid');
  if (existsSync(stale)) {
    const pid = Number(readFileSync(stale, 'utf8').split('\n')[0]);
    const commandLine = `/proc/${pid}/cmdline`;
    if (!existsSync(commandLine) || !readFileSync(commandLine, 'utf8').includes('postgres')) rmSync(stale);
  }
  await children.start('postgres', {
    program: postgres,
    args: ['-D', data, '-p', `${port}`, ...postgresFlags.flatMap((flag) => ['-c', flag])],
    ...account,
    signal: 'SIGINT',
    ready: /database system is ready to accept connections/,
  });
  const admin = new pg.Client({
    connectionString: `postgres://postgres:${superuser}@127.0.0.1:${port}/postgres`,
  });
  await admin.connect();
  try {
    const { rows } = await admin.query<{ role: boolean; database: boolean }>(
      'select exists (select from pg_roles where rolname = $1) as role, exists (select from pg_database where datname = $1) as database',
      ['interlock'],
    );
    // The operator replaces the password by removing it from the secrets, so the role gets the
    // present one at each start.
    await admin.query(
      `${rows[0]?.role === true ? 'alter' : 'create'} role interlock login password '${password}' nosuperuser nobypassrls`,
    );
    if (rows[0]?.database !== true) await admin.query('create database interlock owner interlock');
  } finally {
    await admin.end();
  }
  return `postgres://interlock:${password}@127.0.0.1:${port}/interlock`;
};

export type SimulatedDevice = Device & {
  readonly site_id: string;
  readonly host_key_fingerprint: string;
  readonly cells: readonly string[];
};
export type Simulator = { readonly control: string; readonly devices: readonly SimulatedDevice[] };

type DeviceEntry = { readonly device_id: string; readonly port?: number };
const demoDevices: readonly DeviceEntry[] = ['gnb-001', 'gnb-002', 'gnb-003', 'gnb-004', 'gnb-005'].map(
  (device_id) => ({ device_id }),
);

const devicesOf = (given: string | undefined): readonly DeviceEntry[] =>
  given === undefined || given === ''
    ? demoDevices
    : (JSON.parse(readFileSync(given, 'utf8')) as readonly DeviceEntry[]);

/**
 * Returns the ports that the user chose, each with the option that names it. All other ports are
 * chosen by the program. Throws if the devices' file cannot be read.
 */
export const fixedPorts = (
  { port }: Pick<Options, 'port'>,
  environment: NodeJS.ProcessEnv,
): readonly { readonly port: number; readonly option: string }[] => {
  const devices = devicesOf(environment['INTERLOCK_SIMULATOR_DEVICES']).flatMap((device) =>
    device.port === undefined
      ? []
      : [
          {
            port: device.port,
            option: `the file that INTERLOCK_SIMULATOR_DEVICES names (device \`${device.device_id}\`)`,
          },
        ],
  );
  return [{ port, option: '--port or INTERLOCK_PORT' }, ...devices];
};

/**
 * Writes the devices to simulate, each with its own port, which stays the same at the next start.
 */
const devicesFile = async (home: Home, given: string | undefined): Promise<string> => {
  const entries = devicesOf(given);
  const ported: DeviceEntry[] = [];
  for (const entry of entries)
    ported.push(
      entry.port === undefined ? { ...entry, port: await portFor(home, `device_${entry.device_id}`) } : entry,
    );
  const file = home.path('simulator', 'devices.json');
  writeWhole(file, JSON.stringify(ported));
  return file;
};

/** Starts the demo's fleet, or the devices of a file (`INTERLOCK_SIMULATOR_DEVICES`). */
export const startSimulator = async (
  home: Home,
  children: Children,
  secrets: Secrets,
  given: string | undefined,
): Promise<Simulator> => {
  const devices = await devicesFile(home, given);
  const control = await portFor(home, 'simulator');
  const guarded = await children.start('device-simulator', {
    program: process.execPath,
    args: [
      programOf('device-simulator', 'dist/main.js'),
      '--state',
      home.path('simulator'),
      '--seed',
      `${secrets.simulator_seed}`,
      '--devices',
      devices,
      '--control-port',
      `${control}`,
    ],
    ready: /^(\{"ready":true.*\})$/m,
  });
  return JSON.parse(guarded.match[1]!) as Simulator;
};
