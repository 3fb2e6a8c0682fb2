import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { elementBuilder, NETCONF_NS, serialiseXml } from '@interlock/netconf';
import type { SimulatorControl } from '../simulator.js';
import { generateHostKey } from '../device/ssh.js';
import { tlsOf } from './parse-devices.js';
import { parseFault } from './parse-fault.js';

export type ControlServer = { readonly url: string; readonly close: () => Promise<void> };

type Answer = { readonly status: number; readonly body: unknown };
type Route = {
  readonly method: string;
  readonly path: RegExp;
  readonly run: (id: string, body: unknown) => Answer | Promise<Answer>;
};

const MAX_BODY_BYTES = 64 * 1024;
const nc = elementBuilder(NETCONF_NS);
const done: Answer = { status: 200, body: { ok: true } };
const ok = (body: unknown): Answer => ({ status: 200, body });

const mostUsers = 100_000;

const usersOf = (body: unknown): number => {
  const users = typeof body === 'object' && body !== null && 'users' in body ? body.users : undefined;
  if (typeof users !== 'number' || !Number.isInteger(users) || users < 0 || users > mostUsers)
    throw new RangeError(`\`users\` must be a whole number from 0 to ${mostUsers}`);
  return users;
};

/** Returns the private key in a request; a new one if it has none. */
const hostKeyOf = (body: unknown): string => {
  const key = typeof body === 'object' && body !== null && 'host_key' in body ? body.host_key : undefined;
  if (key === undefined) return generateHostKey();
  if (typeof key !== 'string') throw new RangeError('`host_key` must be a private key in OpenSSH format');
  return key;
};

const routes = (control: SimulatorControl): readonly Route[] => [
  { method: 'GET', path: /^\/health$/, run: () => done },
  { method: 'GET', path: /^\/devices$/, run: () => ok({ devices: control.devices() }) },
  { method: 'GET', path: /^\/cells$/, run: () => ok({ cells: control.cells() }) },
  { method: 'GET', path: /^\/topology$/, run: () => ok(control.topology()) },
  { method: 'GET', path: /^\/cells\/([^/]+)\/kpis$/, run: (id) => ok(control.kpis(id)) },
  {
    method: 'POST',
    path: /^\/cells\/([^/]+)\/degrade$/,
    run: (id) => {
      control.degrade(id);
      return done;
    },
  },
  {
    method: 'POST',
    path: /^\/cells\/([^/]+)\/heal$/,
    run: (id) => {
      control.heal(id);
      return done;
    },
  },
  {
    method: 'POST',
    path: /^\/cells\/([^/]+)\/load$/,
    run: (id, body) => {
      control.load(id, usersOf(body));
      return done;
    },
  },
  { method: 'GET', path: /^\/devices\/([^/]+)\/faults$/, run: (id) => ok({ faults: control.faults(id) }) },
  {
    method: 'POST',
    path: /^\/devices\/([^/]+)\/faults$/,
    run: async (id, body) => {
      const fault = parseFault(body);
      if (fault.kind === 'restart') await control.restart(id);
      else control.fault(id, fault);
      return done;
    },
  },
  {
    method: 'DELETE',
    path: /^\/devices\/([^/]+)\/faults$/,
    run: (id) => {
      control.clearFaults(id);
      return done;
    },
  },
  {
    method: 'GET',
    path: /^\/devices\/([^/]+)\/running$/,
    run: (id) =>
      ok({
        config: serialiseXml(nc('config', ...control.runningConfig(id))),
        tentative: control.tentative(id),
        sessions: control.sessions(id),
      }),
  },
  {
    method: 'POST',
    path: /^\/devices\/([^/]+)\/restart$/,
    run: async (id) => {
      await control.restart(id);
      return done;
    },
  },
  {
    method: 'POST',
    path: /^\/devices\/([^/]+)\/host-key$/,
    run: async (id, body) => ok({ host_key_fingerprint: await control.replaceHostKey(id, hostKeyOf(body)) }),
  },
  {
    method: 'POST',
    path: /^\/devices\/([^/]+)\/tls$/,
    run: async (id, body) => ok({ host_key_fingerprint: await control.speakTls(id, tlsOf(body)) }),
  },
  {
    method: 'POST',
    path: /^\/devices\/([^/]+)\/drop-sessions$/,
    run: (id) => {
      control.dropSessions(id);
      return done;
    },
  },
];

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    const bytes = piece as Buffer;
    size += bytes.length;
    if (size > MAX_BODY_BYTES) throw new RangeError(`the body is larger than ${MAX_BODY_BYTES} bytes`);
    pieces.push(bytes);
  }
  const text = Buffer.concat(pieces).toString('utf8');
  return text === '' ? undefined : (JSON.parse(text) as unknown);
};

const answer = async (table: readonly Route[], request: IncomingMessage, path: string): Promise<Answer> => {
  try {
    const body = await readBody(request);
    for (const route of table) {
      const match = route.path.exec(path);
      if (match !== null && route.method === request.method)
        return await route.run(decodeURIComponent(match[1] ?? ''), body);
    }
    return { status: 404, body: { error: `there is no route \`${request.method ?? ''} ${path}\`` } };
  } catch (error) {
    if (error instanceof RangeError)
      return { status: error.message.startsWith('there is no ') ? 404 : 400, body: { error: error.message } };
    if (error instanceof SyntaxError || error instanceof URIError)
      return { status: 400, body: { error: 'the body or the path cannot be read' } };
    return { status: 500, body: { error: 'internal fault' } };
  }
};

const send = (response: ServerResponse, { status, body }: Answer): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Returns the path below the key; undefined if the address does not begin with the key. */
const pathBelow = (key: string, url: string): string | undefined => {
  const [, first = '', rest = '/'] = /^\/([^/?]*)(\/[^?]*)?/.exec(url) ?? [];
  return timingSafeEqual(digestOf(first), digestOf(key)) ? rest : undefined;
};

/**
 * Serves the control API as JSON on 127.0.0.1, below the path of its key. The key is needed because
 * every user of the machine can reach the port, and the API shows the devices' passwords and
 * changes the devices. Without it, every address answers 401.
 */
export const startControlServer = async (
  control: SimulatorControl,
  port: number,
  key: string,
): Promise<ControlServer> => {
  const table = routes(control);
  const server = createServer((request, response) => {
    const path = pathBelow(key, request.url ?? '/');
    if (path === undefined) {
      request.resume();
      send(response, { status: 401, body: { error: 'the address does not begin with the key' } });
      return;
    }
    void answer(table, request, path).then((result) => send(response, result));
  });
  // Idle connections stay open, because a request on a connection that the server has just closed
  // would fail.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${key}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
