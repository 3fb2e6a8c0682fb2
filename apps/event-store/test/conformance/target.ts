import { join } from 'node:path';
import process from 'node:process';
import { containerStartMs, images, loadTestcontainers, missingContainers } from '@interlock/testing';
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

/** A real server in its own container, without TLS; the container is removed when it stops. */
async function startContainer(): Promise<RunningServer> {
  const { GenericContainer, Wait } = await loadTestcontainers();
  const container = await new GenericContainer(images.eventstoredb)
    .withCommand(['--insecure', '--mem-db', '--run-projections=None'])
    .withExposedPorts(2113)
    .withWaitStrategy(Wait.forHttp('/health/live', 2113).forStatusCodeMatching((code) => code < 300))
    .withStartupTimeout(containerStartMs)
    .start();
  return {
    url: `esdb://${container.getHost()}:${container.getMappedPort(2113)}?tls=false`,
    stop: async () => {
      await container.stop();
    },
  };
}

/** A real EventStoreDB or KurrentDB: that of `EVENT_STORE_URL`, otherwise one in a container. */
export function realServer(): Target {
  const name = 'a real server';
  const url = process.env['EVENT_STORE_URL'];
  if (url !== undefined) return { name, start: async () => ({ url, stop: async () => undefined }) };
  const missing = missingContainers(process.env['INTERLOCK_CONTAINERS'], images.eventstoredb);
  return {
    name,
    start: startContainer,
    ...(missing.length === 0
      ? {}
      : { missing: `EVENT_STORE_URL names no server, and there is no ${missing.join(', no ')}` }),
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
