import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { type EventStoreOptions, hashPassword, startEventStore } from '../../src/index.js';
import { selfSigned } from '../certificate.js';
import { build } from '../child.js';
import { temporaryFolder } from '../harness.js';

/** A server under test, known only by its address. */
type RunningServer = { readonly url: string; stop(): Promise<void> };

/** Two of its users, if it has any: one of `$admins`, and one without rights of its own. */
type Logins = { readonly admin: Login; readonly ordinary: Login; readonly rootCertificate?: Buffer };
export type Login = { readonly username: string; readonly password: string };

/** The target's name and start, or why it cannot be started. */
export type Target = {
  readonly name: string;
  readonly start: () => Promise<RunningServer>;
  readonly missing?: string;
};
export type SecureTarget = Omit<Target, 'start'> & { readonly start: () => Promise<RunningServer & Logins> };

/** Our own server, in this process. */
export function ourServer(name: string, options: EventStoreOptions = {}): Target {
  return {
    name,
    start: async () => {
      if (options.writerThread === true) build();
      const folder = temporaryFolder();
      const store = await startEventStore({
        ...(options.memory === true ? {} : { file: join(folder.path, 'log.db') }),
        ...options,
      });
      return {
        url: store.url,
        stop: async () => {
          await store.stop();
          folder.remove();
        },
      };
    },
  };
}

/** Our own server with TLS, and with the users of a fresh real one. */
export function ourSecureServer(name: string): SecureTarget {
  const [admin, ordinary] = [
    { username: 'admin', password: 'changeit' },
    { username: 'ops', password: 'changeit' },
  ];
  return {
    name,
    start: async () => {
      const tls = selfSigned();
      const users = [
        { name: admin.username, password_hash: await hashPassword(admin.password), groups: ['$admins'] },
        { name: ordinary.username, password_hash: await hashPassword(ordinary.password), groups: ['$ops'] },
      ];
      const store = await startEventStore({ memory: true, tls, users });
      return {
        url: store.url,
        admin,
        ordinary,
        rootCertificate: Buffer.from(tls.cert),
        stop: () => store.stop(),
      };
    },
  };
}

const IMAGE = 'eventstore/eventstore:24.6.0-jammy';

const docker = (...args: readonly string[]): string =>
  execFileSync('docker', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 300_000,
  }).trim();

function hasDocker(): boolean {
  try {
    docker('version', '--format', '{{.Server.Version}}');
    return true;
  } catch {
    return false;
  }
}

/** A real server in its own container, without TLS; the container is removed when it stops. */
async function startContainer(): Promise<RunningServer> {
  const container = docker(
    'run',
    '--rm',
    '--detach',
    '--publish',
    '127.0.0.1::2113',
    IMAGE,
    '--insecure',
    '--mem-db',
    '--run-projections=None',
  );
  const stop = async (): Promise<void> => {
    docker('rm', '--force', container);
  };
  const address = docker('port', container, '2113/tcp').split('\n')[0] ?? '';
  for (let answers = false; !answers;) {
    if (docker('inspect', '--format', '{{.State.Running}}', container) !== 'true')
      throw new Error('the container of the real server ended');
    answers = await fetch(`http://${address}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
  return { url: `esdb://${address}?tls=false`, stop };
}

/** A real EventStoreDB or KurrentDB: that of `EVENT_STORE_URL`, otherwise one in a container. */
export function realServer(): Target {
  const name = 'a real server';
  const url = process.env['EVENT_STORE_URL'];
  if (url !== undefined) return { name, start: async () => ({ url, stop: async () => undefined }) };
  return {
    name,
    start: startContainer,
    ...(hasDocker() ? {} : { missing: 'EVENT_STORE_URL names no server, and Docker does not answer' }),
  };
}

/**
 * A real server with users. `EVENT_STORE_URL` contains TLS and an administrator's login; the
 * ordinary user is `ops` of a fresh server, with its first password.
 */
export function realSecureServer(): SecureTarget {
  const name = 'a real server with users';
  const url = process.env['EVENT_STORE_URL'];
  const found = url === undefined ? null : /^(\w+(?:\+\w+)?:\/\/)([^:@/]+):([^@/]+)@(.+)$/.exec(url);
  if (found === null || /tls=false/i.test(url ?? '')) {
    return {
      name,
      missing: 'EVENT_STORE_URL names no server with TLS, name and password',
      start: async () => {
        throw new Error('there is none');
      },
    };
  }
  const [, scheme = '', username = '', password = '', rest = ''] = found;
  return {
    name,
    start: async () => ({
      url: `${scheme}${rest}`,
      admin: { username: decodeURIComponent(username), password: decodeURIComponent(password) },
      ordinary: { username: 'ops', password: 'changeit' },
      stop: async () => undefined,
    }),
  };
}
