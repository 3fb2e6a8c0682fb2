import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as ask, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  listening,
  startGuarded,
  startIdentityProvider,
  startReceiver,
  until,
  type Guarded,
  type IdentityProvider,
  type Receiver,
} from '@interlock/testing';

const folder = mkdtempSync(join(tmpdir(), 'interlock-two-edges-'));
const main = new URL('../dist/main.js', import.meta.url).href;
/** The edge by itself, set up by its variables as in a container; only its ports are free ones. */
const program = `
  import { consoleFrom, createEdge } from ${JSON.stringify(main)};
  const { ISSUER, UPSTREAM, SITE } = process.env;
  const auth = { issuer: ISSUER, audience: 'interlock', jwks: { url: ISSUER + '/jwks' }, claims: { roles: 'roles' } };
  const record = () => Promise.resolve({ recorded: [], requested: [] });
  const edge = await createEdge({
    host: '127.0.0.1',
    port: 0,
    services: [{ name: 'policy-registry', prefixes: ['/api/v1/policies'], origin: UPSTREAM }],
    auth,
    console: consoleFrom(process.env, SITE, auth, record),
  });
  console.log('listening ' + edge.url);
`;
/** Seconds; tokens are renewed at half of it. */
const accessTokenS = 6;
const edges: Guarded[] = [];
const turns: string[] = [];
let environment: { readonly [name: string]: string | undefined };
let provider: IdentityProvider;
let upstream: Receiver;
let balancer: Server;
let url: string;
/** The edges that the balancer still sends to, and the place of the next one. */
let alive: number[] = [0, 1];
let turn = 0;
/** The requests that each edge has not answered yet. */
const open = [0, 0];

const pidFile = (place: number): string => join(folder, `${place}.pid`);
/** Sends each request to the other edge than the one before. */
const balance = (): Server =>
  createServer((incoming, answer) => {
    const place = alive[turn % alive.length]!;
    turn += 1;
    open[place]! += 1;
    answer.once('close', () => {
      open[place]! -= 1;
    });
    turns.push(`${place} ${incoming.method} ${incoming.url?.replace(/\?.*/, '')}`);
    const on = ask(
      `${edges[place]!.match[1]}${incoming.url}`,
      { method: incoming.method, headers: incoming.headers },
      (given) => {
        answer.writeHead(given.statusCode ?? 502, given.headers);
        given.pipe(answer);
      },
    );
    on.once('error', () => answer.writeHead(502).end());
    incoming.pipe(on);
  });

const [present, next] = [0, 1].map(() => randomBytes(32).toString('hex')) as [string, string];
const startEdge = (place: number, sessionKey: string): Promise<Guarded> =>
  startGuarded({
    program: process.execPath,
    args: ['--input-type=module', '--eval', program],
    env: { ...environment, EDGE_SESSION_KEY: sessionKey },
    pidFile: pidFile(place),
    ready: /^listening (\S+)$/m,
  });
/** Restarts one edge after the other with new keys. Requests go only to an edge that runs. */
const restartAll = async (sessionKey: string): Promise<void> => {
  for (const place of [0, 1]) {
    alive = [1 - place];
    await until(() => open[place] === 0, 'the edge has answered every request');
    await edges[place]!.stop();
    edges[place] = await startEdge(place, sessionKey);
    alive = [0, 1];
  }
};

beforeAll(async () => {
  upstream = await startReceiver();
  balancer = balance();
  url = `http://127.0.0.1:${await listening(balancer)}`;
  provider = await startIdentityProvider({
    people: { ann: { name: 'Ann', tenant: 'acme', roles: ['operator'] } },
    redirectUris: [`${url}/session/callback`],
    accessTokenS,
  });
  for (const name of ['site', 'state']) mkdirSync(join(folder, name));
  environment = {
    ...process.env,
    NODE_OPTIONS: '',
    ISSUER: provider.issuer,
    UPSTREAM: upstream.url,
    SITE: join(folder, 'site'),
    INTERLOCK_PUBLIC_URL: url,
    INTERLOCK_OIDC_CLIENT_ID: provider.client.id,
    INTERLOCK_OIDC_CLIENT_SECRET: provider.client.secret,
    INTERLOCK_OIDC_SCOPE: 'openid profile',
    INTERLOCK_OIDC_RESOURCE: provider.resources.interlock,
    EDGE_STATE_DIR: join(folder, 'state'),
  };
  edges.push(...(await Promise.all([0, 1].map((place) => startEdge(place, present)))));
});
afterAll(async () => {
  await Promise.all(edges.map((edge) => edge.stop()));
  await provider.stop();
  await upstream.stop();
  balancer.closeAllConnections();
  await new Promise((resolve) => balancer.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const cookiesOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .filter((cookie) => !/=;/.test(cookie))
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
const get = (path: string, cookie = '', method = 'GET'): Promise<Response> =>
  fetch(new URL(path, url), {
    method,
    redirect: 'manual',
    headers: { cookie, 'x-interlock-console': '1' },
  });
const begin = async (): Promise<{ readonly leave: string; readonly cookie: string }> => {
  const response = await get('/session/login?next=/actions');
  expect(response.status).toBe(303);
  return { leave: response.headers.get('location') ?? '', cookie: cookiesOf(response) };
};
const finish = async (leave: string, cookie: string): Promise<string> => {
  const back = await get(await provider.logIn(leave, 'ann'), cookie);
  expect([back.status, back.headers.get('location')]).toEqual([303, '/actions']);
  return cookiesOf(back);
};
/** The statuses of the session and of a request to a service, at each edge. */
const statuses = async (cookie: string): Promise<readonly number[]> => {
  const found: number[] = [];
  for (const path of ['/session', '/session', '/api/v1/policies/acme', '/api/v1/policies/acme'])
    found.push((await get(path, cookie)).status);
  return found;
};
const tokens = (): readonly string[] => [
  ...new Set(upstream.received.map(({ headers }) => String(headers.authorization))),
];

describe('two edges behind a balancer', () => {
  it('finish the login that the other one began, and both know its session', async () => {
    turn = 0;
    turns.length = 0;
    const { leave, cookie } = await begin();
    const session = await finish(leave, cookie);
    expect(turns).toEqual(['0 GET /session/login', '1 GET /session/callback']);
    expect(await statuses(session)).toEqual([200, 200, 200, 200]);
    expect(new Set(turns.slice(2).map((one) => one[0]))).toEqual(new Set(['0', '1']));
  });

  it('refuse a login that another browser began, whichever of them it comes to', async () => {
    const { leave } = await begin();
    const { cookie } = await begin();
    const back = await provider.logIn(leave, 'ann');
    for (const other of [cookie, cookie, '', '']) expect((await get(back, other)).status).toBe(401);
  });

  it('go on with a session while its tokens are renewed, at whichever of them', async () => {
    const { leave, cookie } = await begin();
    const session = await finish(leave, cookie);
    const before = tokens().length;
    await until(async () => {
      const both = await Promise.all([0, 1].map(() => get('/api/v1/policies/acme', session)));
      expect(both.map(({ status }) => status)).toEqual([200, 200]);
      return tokens().length >= before + 2;
    }, 'the tokens were renewed');
    expect(await statuses(session)).toEqual([200, 200, 200, 200]);
  });

  it('both refuse a session that ended at one of them', async () => {
    const { leave, cookie } = await begin();
    const session = await finish(leave, cookie);
    expect((await get('/session', session, 'DELETE')).ok).toBe(true);
    await until(async () => {
      const found = await statuses(session);
      return found.every((status) => status === 401);
    }, 'both edges refuse the session');
  });

  it('replace the key of sessions one after the other, and refuse nothing meanwhile', async () => {
    const first = await begin();
    const old = await finish(first.leave, first.cookie);
    const refused: number[] = [];
    const sent = { requests: 0, logins: 0 };
    let over = false;
    const requests = async (): Promise<void> => {
      while (!over) {
        refused.push(...(await statuses(old)).filter((status) => status !== 200));
        sent.requests += 4;
      }
    };
    const logins = async (): Promise<void> => {
      while (!over) {
        const { leave, cookie } = await begin();
        refused.push(...(await statuses(await finish(leave, cookie))).filter((status) => status !== 200));
        sent.logins += 1;
      }
    };
    const load = Promise.all([requests(), logins()]).finally(() => {
      over = true;
    });
    await restartAll(`${present},${next}`);
    await restartAll(`${next},${present}`);
    over = true;
    await load;
    expect(refused).toEqual([]);
    expect(sent.requests).toBeGreaterThan(0);
    expect(sent.logins).toBeGreaterThan(0);
    const { leave, cookie } = await begin();
    const renewed = await finish(leave, cookie);
    await restartAll(next);
    expect(await statuses(renewed)).toEqual([200, 200, 200, 200]);
    expect(await statuses(old)).toEqual([401, 401, 401, 401]);
  });

  it('finish a login, and keep a session, that began at one that was killed', async () => {
    const earlier = await begin();
    const session = await finish(earlier.leave, earlier.cookie);
    turn = 0;
    const { leave, cookie } = await begin();
    expect(turns.at(-1)).toBe('0 GET /session/login');
    process.kill(Number(readFileSync(pidFile(0), 'utf8')), 'SIGKILL');
    await edges[0]!.ended;
    alive = [1];
    expect(await statuses(await finish(leave, cookie))).toEqual([200, 200, 200, 200]);
    expect(await statuses(session)).toEqual([200, 200, 200, 200]);
  });
});
