import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decodeJwt, UnsecuredJWT } from 'jose';
import type { RecordPersonRequest } from '@interlock/contracts';
import { createLogger, type AuthSettings } from '@interlock/platform';
import { freePort, startIdentityProvider, until, type IdentityProvider } from '@interlock/testing';
import { createEdge, type Edge, type OidcSettings } from '../src/main.js';

const folder = mkdtempSync(join(tmpdir(), 'interlock-oidc-'));
const key = randomBytes(32);
const upstream: IncomingMessage['headers'][] = [];
let server: Server;
let provider: IdentityProvider;
let auth: AuthSettings;
const edges: Edge[] = [];
let edge: Edge;
const recorded: RecordPersonRequest[] = [];
const logged: Record<string, unknown>[] = [];
const logger = createLogger({
  level: 'warn',
  destination: { write: (line) => void logged.push(JSON.parse(line) as Record<string, unknown>) },
});
const accessTokenS = 8;
const systemNow = Date.now;
/** How far this process's clock is ahead, in milliseconds, for both the edges and the provider. */
let ahead = 0;
/**
 * Moves the clock to half of the tokens' life, when they are refreshed. It moves no further,
 * because other parts use the machine's clock.
 */
const tokensAge = (): void => {
  ahead += (accessTokenS * 1000) / 2 + 1;
};

/** `list`: the name of the list of sessions, which edges with the same name share. */
const startEdge = async (port: number, over: Partial<OidcSettings> = {}, list = `${port}`): Promise<Edge> => {
  const started = await createEdge({
    host: '127.0.0.1',
    port,
    logger,
    services: [
      {
        name: 'policy-registry',
        prefixes: ['/api/v1/policies'],
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      },
    ],
    auth,
    console: {
      site: folder,
      login: {
        stateFile: join(folder, `login-${list}.json`),
        keys: [key],
        record: (request) => {
          recorded.push(request);
          return Promise.resolve({ recorded: [], requested: [] });
        },
        provider: {
          issuer: provider.issuer,
          name: 'Example',
          clientId: provider.client.id,
          clientSecret: provider.client.secret,
          scope: 'openid profile',
          resource: provider.resources.interlock,
          publicUrl: `http://127.0.0.1:${port}`,
          device: { clientId: provider.device.id, scope: 'openid profile' },
          ...over,
        },
      },
    },
  });
  edges.push(started);
  return started;
};

beforeAll(async () => {
  jest.spyOn(Date, 'now').mockImplementation(() => systemNow.call(Date) + ahead);
  server = createServer((request, response) => {
    upstream.push(request.headers);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  provider = await startIdentityProvider({
    people: {
      ann: { name: 'Ann', tenant: 'acme', tenants: ['acme', '_system'], roles: ['administrator'] },
      olga: { name: 'Olga', tenant: 'acme', roles: ['operator', 'policy-author'] },
      otto: { name: 'Otto', tenant: 'acme', roles: ['emperor'] },
      nora: { name: 'Nora', roles: ['viewer'] },
      // A person whose tokens do not prove a login.
      nemo: { name: 'Nemo', tenant: 'acme', roles: ['approver'], auth_time: null },
    },
    redirectUris: ports.map((port) => `http://127.0.0.1:${port}/session/callback`),
    accessTokenS,
  });
  auth = {
    issuer: provider.issuer,
    audience: 'interlock',
    jwks: { url: `${provider.issuer}/jwks` },
    claims: { roles: 'roles' },
  };
  edge = await startEdge(ports[0]);
  await startEdge(ports[1], { resource: provider.resources.other });
});
afterAll(async () => {
  for (const one of edges) await one.stop();
  await provider.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
  jest.restoreAllMocks();
});

const cookiesOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .filter((cookie) => !/=;/.test(cookie))
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
const begin = async (at: Edge, next = '/'): Promise<{ url: string; cookie: string }> => {
  const response = await fetch(`${at.url}/session/login?next=${encodeURIComponent(next)}`, {
    redirect: 'manual',
  });
  expect(response.status).toBe(303);
  return { url: response.headers.get('location') ?? '', cookie: cookiesOf(response) };
};
const finish = (url: string, cookie: string, headers: Record<string, string> = {}) =>
  fetch(url, { redirect: 'manual', headers: { cookie, ...headers } });
const logIn = async (account: string, at = edge): Promise<string> => {
  const { url, cookie } = await begin(at);
  const back = await finish(await provider.logIn(url, account), cookie);
  expect(back.status).toBe(303);
  return cookiesOf(back);
};
const view = async (cookie: string, at = edge) => {
  const response = await fetch(`${at.url}/session`, { headers: { cookie } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const api = (cookie: string, path = '/api/v1/policies/acme', init: RequestInit = {}, at = edge) =>
  fetch(`${at.url}${path}`, { ...init, headers: { cookie, 'x-interlock-console': '1', ...init.headers } });

describe('the login by an identity provider', () => {
  it('redirects there with state, nonce and PKCE, and comes back to the original page', async () => {
    const { url, cookie } = await begin(edge, '/actions?x=1');
    const asked = new URL(url).searchParams;
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toMatch(/^[\w-]{43}$/);
    expect(asked.get('code_challenge_method')).toBe('S256');
    const back = await finish(await provider.logIn(url, 'ann'), cookie);
    expect(back.headers.get('location')).toBe('/actions?x=1');
    for (const set of back.headers.getSetCookie()) expect(set).toMatch(/HttpOnly; SameSite=(Strict|Lax)/);
    expect(await view(cookiesOf(back))).toMatchObject({
      status: 200,
      body: { name: 'Ann', role: 'administrator', tenants: ['acme', '_system'] },
    });
  });

  it("redirects only to the console's own addresses", async () => {
    for (const next of [
      '//evil.example',
      '/\t/evil.example',
      '/\r\\evil.example',
      '/.//evil.example',
      '/login',
    ]) {
      const { url, cookie } = await begin(edge, next);
      expect((await finish(await provider.logIn(url, 'ann'), cookie)).headers.get('location')).toBe('/');
    }
  });

  it('is recorded with the roles that the provider claimed, as a session by the provider', async () => {
    recorded.length = 0;
    await logIn('olga');
    expect(recorded.map(({ change }) => change)).toMatchObject([
      { kind: 'start_session', by: 'provider', roles: ['operator', 'policy_author'], name: 'Olga' },
    ]);
    expect(recorded[0]!.change).not.toHaveProperty('invitation');
  });

  it('gives the scopes of all roles together, and none for an unknown role', async () => {
    const olga = (await view(await logIn('olga'))).body;
    expect(olga).toMatchObject({ name: 'Olga', roles: ['operator', 'policy_author'] });
    expect(olga['scopes']).toEqual(expect.arrayContaining(['AUTONOMOUS_KILL', 'POLICY_WRITE']));
    expect(olga['scopes']).not.toContain('POLICY_ACTIVATE');
    expect((await view(await logIn('otto'))).body).toMatchObject({ role: null, roles: [], scopes: [] });
  });

  it('refuses a wrong state, a login of another browser, and a used code', async () => {
    const { url, cookie } = await begin(edge);
    const back = await provider.logIn(url, 'ann');
    const wrong = new URL(back);
    wrong.searchParams.set('state', 'x'.repeat(43));
    expect((await finish(wrong.href, cookie)).status).toBe(401);
    expect((await finish(back, '')).status).toBe(401);
    expect((await finish(back, (await begin(edge)).cookie)).status).toBe(401);
    expect((await finish(back, `${cookie.slice(0, -4)}AAAA`)).status).toBe(401);
    expect((await finish(back, cookie)).status).toBe(303);
    expect((await finish(back, cookie)).status).toBe(401);
    const page = await finish(back, cookie, { accept: 'text/html' });
    expect([page.status, page.headers.get('location')]).toEqual([303, '/login']);
  });

  it('refuses tokens for another audience, and people without a tenant', async () => {
    const other = edges[1] ?? edge;
    const { url, cookie } = await begin(other);
    expect((await finish(await provider.logIn(url, 'ann'), cookie)).status).toBe(401);
    const nora = await begin(edge);
    expect((await finish(await provider.logIn(nora.url, 'nora'), nora.cookie)).status).toBe(401);
  });

  it('shows the browser once why it was refused, and logs it with the causes and without claims', async () => {
    const methods = (cookie: string) => fetch(`${edge.url}/session/methods`, { headers: { cookie } });
    const nora = await begin(edge);
    const page = await finish(await provider.logIn(nora.url, 'nora'), nora.cookie, { accept: 'text/html' });
    logged.splice(0, logged.length - 1);
    expect(logged).toMatchObject([{ code: 'unauthenticated', detail: 'the token names no tenant' }]);
    const refused = await methods(cookiesOf(page));
    expect(await refused.json()).toMatchObject({
      refused: {
        code: 'unauthenticated',
        detail: 'the token names no tenant',
        trace_id: logged[0]?.['trace_id'],
      },
    });
    expect(refused.headers.get('set-cookie')).toContain('Max-Age=0');
    const forged = cookiesOf(page).replace(/.{4}$/, 'AAAA');
    for (const cookie of ['', forged])
      expect(await (await methods(cookie)).json()).toMatchObject({ refused: null });
    const { url, cookie } = await begin(edges[1] ?? edge);
    await finish(await provider.logIn(url, 'ann'), cookie);
    expect(logged.at(-1)).toMatchObject({ causes: ['unexpected "aud" claim value'] });
    expect(JSON.stringify(logged)).not.toContain('nora');
  });

  it("refuses tokens that do not prove a person's login", async () => {
    const { url, cookie } = await begin(edge);
    expect((await finish(await provider.logIn(url, 'nemo'), cookie)).status).toBe(401);
  });

  it('refuses a session whose cookie was forged, and a token without a signature', async () => {
    const cookie = await logIn('ann');
    expect((await api(`${cookie.slice(0, -4)}AAAA`)).status).toBe(401);
    await api(cookie);
    const claims = decodeJwt(upstream.at(-1)?.authorization?.slice('Bearer '.length) ?? '');
    const none = new UnsecuredJWT(claims).encode();
    const whoami = (token: string) =>
      fetch(`${edge.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
    expect((await whoami(none)).status).toBe(401);
    expect((await whoami(upstream.at(-1)?.authorization?.slice('Bearer '.length) ?? '')).status).toBe(200);
  });
});

describe('a session of an identity provider', () => {
  it("calls services with the provider's token, refreshed before it ends, once for all simultaneous requests", async () => {
    const cookie = await logIn('olga');
    tokensAge();
    const answers = await Promise.all(Array.from({ length: 4 }, () => api(cookie)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(upstream.slice(-4).map(({ authorization }) => authorization)).size).toBe(1);
    const next = cookiesOf(answers[0] ?? new Response());
    expect(next).not.toBe('');
    expect(decodeJwt(upstream.at(-1)?.authorization?.slice('Bearer '.length) ?? '')).toMatchObject({
      aud: 'interlock',
      sub: 'olga',
      roles: ['operator', 'policy-author'],
    });
    expect(upstream.at(-1)?.cookie).toBeUndefined();
    expect((await api(next)).status).toBe(200);
  });

  it('is refreshed by one of two edges that share their list, and the other takes the new tokens', async () => {
    const port = await freePort();
    const twin = await startEdge(port, {}, new URL(edge.url).port);
    const first = await logIn('olga');
    let cookie = first;
    for (let round = 0; round < 2; round += 1) {
      tokensAge();
      upstream.splice(0);
      const answers = await Promise.all([edge, twin, edge, twin].map((at) => api(cookie, undefined, {}, at)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(new Set(upstream.map(({ authorization }) => authorization)).size).toBe(1);
      cookie = cookiesOf(answers[round] ?? new Response());
    }
    // A browser that lost both new cookies can still continue, at either edge.
    for (const at of [edge, twin]) expect((await api(first, undefined, {}, at)).status).toBe(200);
    const out = { method: 'DELETE', headers: { cookie: first, 'x-interlock-console': '1' } };
    expect((await fetch(`${twin.url}/session`, out)).status).toBe(200);
    const after = Date.now();
    await until(() => Date.now() > after + 1000, 'every edge looks at the list again');
    for (const at of [edge, twin]) expect((await api(cookie, undefined, {}, at)).status).toBe(401);
  });

  it('ends here and at the provider, and its cookie is then refused', async () => {
    const cookie = await logIn('ann');
    const out = await fetch(`${edge.url}/session`, {
      method: 'DELETE',
      headers: { cookie, 'x-interlock-console': '1' },
    });
    expect(await out.json()).toMatchObject({
      end_session_url: expect.stringContaining(`${provider.issuer}/session/end`) as unknown,
    });
    expect([(await api(cookie)).status, (await view(cookie)).status]).toEqual([401, 401]);
  });

  it('is listed, and can be ended only by its owner or an administrator', async () => {
    const [ann, olga, otto] = [await logIn('ann'), await logIn('olga'), await logIn('otto')];
    const list = async (cookie: string) =>
      ((await (await api(cookie, '/api/v1/sessions')).json()) as { items: Record<string, unknown>[] }).items;
    const own = (await list(olga)).find(({ current }) => current === true);
    expect(own).toMatchObject({ name: 'Olga' });
    expect(new Set((await list(otto)).map(({ name }) => name))).toEqual(new Set(['Otto']));
    const end = (cookie: string, id: unknown) =>
      api(cookie, `/api/v1/sessions/${String(id)}`, { method: 'DELETE' });
    expect((await end(otto, own?.['session_id'])).status).toBe(404);
    expect(await (await end(ann, own?.['session_id'])).json()).toEqual({ ended: 1 });
    expect((await api(olga)).status).toBe(401);
    expect((await api(otto, '/api/v1/sessions', { method: 'DELETE' })).status).toBe(200);
    expect((await api(otto)).status).toBe(401);
  });

  it('shows its person, and the ways to log in here', async () => {
    const who = (await (await api(await logIn('ann'), '/api/v1/whoami')).json()) as Record<string, unknown>;
    expect(who).toMatchObject({ subject: 'ann', name: 'Ann', kind: 'person', roles: ['administrator'] });
    expect(await (await fetch(`${edge.url}/session/methods`)).json()).toEqual({
      invitation: false,
      oidc: {
        name: 'Example',
        issuer: provider.issuer,
        device: {
          client_id: provider.device.id,
          scope: 'openid profile',
          resource: provider.resources.interlock,
        },
      },
      refused: null,
    });
  });

  it("is refused for a robot's token, and while the provider is down", async () => {
    const { id, secret } = provider.robot;
    const token = (await (
      await fetch(`${provider.issuer}/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${id}:${encodeURIComponent(secret)}`).toString('base64')}`,
        },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          resource: provider.resources.interlock,
        }),
      })
    ).json()) as { access_token: string };
    const answer = await fetch(`${edge.url}/api/v1/sessions`, {
      headers: { authorization: `Bearer ${token.access_token}` },
    });
    expect(answer.status).toBeGreaterThanOrEqual(401);
    const away = await startEdge(await freePort(), { issuer: `http://127.0.0.1:${await freePort()}` });
    expect((await fetch(`${away.url}/session/login`, { redirect: 'manual' })).status).toBe(503);
  });
});
