import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EncryptJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore } from '@interlock/kernel';
import { createDevIssuer, createLogger, type DevIssuer } from '@interlock/platform';
import { until } from '@interlock/testing';
import { createEdge, LoginState, type ConsolePerson, type Edge } from '../src/main.js';

const people: readonly ConsolePerson[] = [
  { subject: 'ann', name: 'Ann', role: 'administrator', tenants: ['acme', '_system'] },
  { subject: 'vic', name: 'Vic', role: 'viewer', tenants: ['acme'] },
];
const folder = mkdtempSync(join(tmpdir(), 'interlock-console-'));
const stateFile = join(folder, 'login.json');
const key = randomBytes(32);
const upstream: IncomingMessage['headers'][] = [];
const store = new InMemoryEventStore(() => new Date().toISOString());
let server: Server;
let edge: Edge;
let issuer: DevIssuer;

beforeAll(async () => {
  mkdirSync(join(folder, 'site', 'assets'), { recursive: true });
  writeFileSync(
    join(folder, 'site', 'index.html'),
    '<!doctype html><script nonce="__NONCE__" src="/assets/a.js"></script>',
  );
  writeFileSync(join(folder, 'site', 'assets', 'a.js'), `export const words = '${'long '.repeat(500)}';`);
  writeFileSync(join(folder, 'secret.txt'), 'nobody reads this');
  server = createServer((request, response) => {
    upstream.push(request.headers);
    if (request.url?.endsWith('/stream') === true)
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: begun\n\n');
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = await createDevIssuer();
  edge = await createEdge({
    host: '127.0.0.1',
    port: 0,
    logger: createLogger({ level: 'silent' }),
    services: [
      {
        name: 'policy-registry',
        prefixes: ['/api/v1/policies'],
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      },
    ],
    console: {
      site: join(folder, 'site'),
      login: {
        stateFile,
        keys: [key],
        people,
        record: () => Promise.resolve({ recorded: [], requested: [] }),
        mint: ({ subject, tenants }, ttlS) =>
          issuer.token({
            tenant: tenants[0] ?? '',
            tenants,
            scopes: ['AUTONOMOUS_READ'],
            sub: subject,
            kind: 'person',
            ttlS,
          }),
      },
    },
    auth: issuer.auth,
    rateLimit: 500,
    live: { store, heartbeatMs: 50, limits: { perTenant: 3, perPrincipal: 2 } },
  });
});
afterAll(async () => {
  await edge.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const mine = { 'x-interlock-console': '1' };
const own = { ...mine, 'content-type': 'application/json' };
const signIn = (invitation: string, headers: Record<string, string> = own) =>
  fetch(`${edge.url}/session`, { method: 'POST', headers, body: JSON.stringify({ invitation }) });
const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? '';
const invite = (subject: string): string => new LoginState(stateFile).invite(subject);
const session = async (subject: string): Promise<string> => cookieOf(await signIn(invite(subject)));
const api = (cookie: string, init: RequestInit = {}) =>
  fetch(`${edge.url}/api/v1/policies/acme`, { ...init, headers: { cookie, ...init.headers } });

describe('the page', () => {
  it('is the same at every address, with a fresh nonce and nothing from other origins', async () => {
    const answers = await Promise.all(
      ['/', '/actions/7?x=1', '/no-such-page'].map((path) =>
        fetch(`${edge.url}${path}`, { headers: { accept: 'text/html' } }),
      ),
    );
    const nonces = new Set<string>();
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|https?:/);
      expect(answer.headers.get('x-frame-options')).toBe('DENY');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
      expect(await answer.text()).toContain(`nonce="${nonce}"`);
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(3);
  });

  it('is not sent to a client of the API', async () => {
    const root = await fetch(edge.url, { headers: { accept: 'application/json' } });
    expect(await root.json()).toMatchObject({ name: 'Interlock' });
    const gone = await fetch(`${edge.url}/api/v1/nothing`, { headers: { accept: 'text/html' } });
    expect(gone.status).toBe(404);
    expect(gone.headers.get('content-type')).toContain('problem+json');
  });

  it.each(['/api/v1/whoami', '/api/v1/sessions', '/api/v1/people', '/session/methods'])(
    'does not stand at an address of the API, which names its methods: %s',
    async (path) => {
      const refused = await fetch(`${edge.url}${path}`, { method: 'PUT' });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, expect.stringContaining('GET')]);
      expect(await refused.json()).toMatchObject({ code: 'method-not-allowed' });
      expect((await fetch(`${edge.url}${path}`, { method: 'OPTIONS' })).status).toBe(204);
    },
  );

  it('has its files compressed and cached forever, and serves no others', async () => {
    const file = await fetch(`${edge.url}/assets/a.js`, { headers: { 'accept-encoding': 'br' } });
    expect(file.headers.get('content-encoding')).toBe('br');
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    // A worker follows the policy of its own file, and reads the log only from here.
    const policy = file.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:/);
    expect(await file.text()).toContain('long long');
    for (const path of ['/assets/..%2f..%2fsecret.txt', '/assets/b.js', '/assets/%00'])
      expect((await fetch(`${edge.url}${path}`)).status).toBeGreaterThanOrEqual(400);
  });
});

describe('the login', () => {
  it('takes an invitation once, and keeps the token out of reach of scripts', async () => {
    const invitation = invite('ann');
    const first = await signIn(invitation);
    expect(first.status).toBe(200);
    expect(await first.json()).toMatchObject({
      name: 'Ann',
      role: 'administrator',
      tenants: ['acme', '_system'],
    });
    const cookie = first.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    // The value is encrypted. Its letters may spell a short name by chance, but its bytes do not.
    const parts = /^interlock_session=([^;]+)/.exec(cookie)![1]!.split('.');
    expect(parts).toHaveLength(5);
    const bytes = parts.map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    expect(bytes.join(' ')).not.toMatch(/"Ann"|person:ann/);
    expect((await signIn(invitation)).status).toBe(401);
    for (const name of readdirSync(folder).filter((one) => one.startsWith('login.json')))
      expect(readFileSync(join(folder, name), 'utf8')).not.toContain(invitation);
  });

  it('refuses an invalid invitation, and says what was wrong', async () => {
    for (const wrong of ['', 'x'.repeat(300)]) expect((await signIn(wrong)).status).toBe(422);
    expect((await signIn('never made')).status).toBe(401);
  });

  it("calls services with a token of the session's person, and never with the cookie", async () => {
    const cookie = await session('vic');
    expect((await api(cookie)).status).toBe(200);
    const headers = upstream.at(-1);
    expect(headers?.authorization).toMatch(/^Bearer ey/);
    expect(headers?.cookie).toBeUndefined();
    const claims: unknown = JSON.parse(
      Buffer.from(headers?.authorization?.split('.')[1] ?? '', 'base64url').toString(),
    );
    expect(claims).toMatchObject({ sub: 'vic', tenant: 'acme', principal_kind: 'person' });
  });

  it('does not change a token that the request brought itself', async () => {
    await api('', { headers: { authorization: 'Bearer mine' } });
    expect(upstream.at(-1)?.authorization).toBe('Bearer mine');
    await api('');
    expect(upstream.at(-1)?.authorization).toBeUndefined();
  });

  it('refuses forged, foreign and ended sessions', async () => {
    const cookie = await session('ann');
    const forged = `${cookie.slice(0, -4)}AAAA`;
    expect((await api(forged)).status).toBe(401);
    expect((await api('interlock_session=nonsense')).status).toBe(401);
    expect(
      (await fetch(`${edge.url}/session`, { method: 'DELETE', headers: { cookie, ...mine } })).status,
    ).toBe(204);
    expect((await api(cookie)).status).toBe(401);
    const [one, two] = [await session('vic'), await session('vic')];
    await fetch(`${edge.url}/session?all`, { method: 'DELETE', headers: { cookie: one, ...mine } });
    expect([(await api(one)).status, (await api(two)).status]).toEqual([401, 401]);
  });

  it('refuses a session that expired or names nobody, and cookies sealed for another purpose or by another key', async () => {
    const now = Math.floor(Date.now() / 1000);
    const sealed = async (
      change: {
        readonly sub?: string;
        readonly iss?: string;
        readonly until?: number;
        readonly by?: Buffer;
      } = {},
    ): Promise<string> => {
      const { sub = 'ann', iss = 'interlock-console', until = now + 600, by = key } = change;
      const cookie = await new EncryptJWT({ sub, jti: randomUUID() })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setIssuer(iss)
        .setIssuedAt(now - 600)
        .setExpirationTime(until)
        .encrypt(by);
      return `interlock_session=${cookie}`;
    };
    expect((await api(await sealed())).status).toBe(200);
    const asked = upstream.length;
    for (const change of [
      { until: now - 1 },
      { sub: 'eve' },
      { iss: 'interlock-console-login' },
      { by: randomBytes(32) },
    ]) {
      const cookie = await sealed(change);
      expect([change, (await api(cookie)).status]).toEqual([change, 401]);
      const answer = await fetch(`${edge.url}/session`, { headers: { cookie, ...mine } });
      expect([change, answer.status]).toEqual([change, 401]);
    }
    expect(upstream).toHaveLength(asked);
  });

  it("passes on only the session's tenants, whatever the request asks for", async () => {
    await api(await session('vic'), { headers: { 'x-tenant-id': 'umbrella' } });
    const headers = upstream.at(-1);
    const claims = JSON.parse(
      Buffer.from(headers?.authorization?.split('.')[1] ?? '', 'base64url').toString(),
    ) as { readonly tenants: unknown };
    expect(claims.tenants).toEqual(['acme']);
  });

  it('refuses a change that another site may have made the browser send', async () => {
    const cookie = await session('ann');
    const change = (headers: Record<string, string>) => api(cookie, { method: 'POST', body: '{}', headers });
    expect((await change({ 'content-type': 'application/json' })).status).toBe(401);
    expect((await change({ ...own, origin: 'https://evil.example' })).status).toBe(401);
    expect((await change({ ...own, 'sec-fetch-site': 'cross-site' })).status).toBe(401);
    expect((await change({ ...own, origin: edge.url })).status).toBe(200);
    expect((await signIn(invite('ann'), { 'content-type': 'application/json' })).status).toBe(401);
  });
});

describe('the live stream', () => {
  const token = (scopes: Parameters<DevIssuer['token']>[0]['scopes'], sub = 'ann') =>
    issuer.token({ tenant: 'acme', scopes, sub, kind: 'person' });
  const open = async (query: string, headers: Record<string, string>) =>
    fetch(`${edge.url}/api/v1/live${query}`, { headers });
  const append = (stream: string) =>
    store.append(
      stream,
      [
        {
          id: crypto.randomUUID(),
          type: 'IntentAccepted',
          data: {},
          metadata: {
            $correlationId: 'c',
            $causationId: 'c',
            tenant_id: 'acme',
            actor: { kind: 'service', service: 'safety-rails' },
            schema_version: 1,
            occurred_at: '2026-11-20T03:00:00.000Z',
            command_id: crypto.randomUUID(),
          },
        },
      ],
      'any',
    );
  /** Reads frames until one has the text; then the connection is closed. */
  const readUntil = async (response: Response, text: string): Promise<string> => {
    let read = '';
    if (response.body === null) throw new Error('no body');
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      read += decoder.decode(chunk as Uint8Array, { stream: true });
      if (read.includes(text)) break;
    }
    return read;
  };

  it("sends the tenant's events with their positions, sends heartbeats, and continues after a position", async () => {
    const authorization = `Bearer ${await token(['AUTONOMOUS_READ'])}`;
    const stream = await open('?topics=actions', { authorization });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    await append('action-other:1');
    await append('action-acme:1');
    const read = await readUntil(stream, 'action-acme:1');
    expect(read).toMatch(
      /event: time\ndata: \{"server_time":"[^"]+","position":(?:null|"[^"]+"),"log_age_ms":\d+\}/,
    );
    expect(read).not.toContain('action-other');
    const id = /id: (\S+)/.exec(read)?.[1] ?? '';
    await append('action-acme:2');
    const again = await readUntil(
      await open('?topics=actions', { authorization, 'last-event-id': id }),
      'action-acme:2',
    );
    expect(again).not.toContain('action-acme:1"');
    expect(again).not.toContain('event: gap');
  });

  it('refuses unknown topics, missing scopes, and a missing token', async () => {
    const authorization = `Bearer ${await token(['AUTONOMOUS_READ'])}`;
    expect((await open('?topics=weather', { authorization })).status).toBe(422);
    expect((await open('?topics=alerts', { authorization })).status).toBe(403);
    expect((await open('?tenant_id=other', { authorization })).status).toBe(403);
    expect((await open('', { authorization, 'last-event-id': 'x' })).status).toBe(422);
    expect((await open('', {})).status).toBe(401);
    expect((await open('', { authorization: `Bearer ${await token([])}` })).status).toBe(403);
  });

  it.each(['/api/v1/live', '/api/v1/policies/stream'])(
    'breaks off when another edge ends the session, though its token is still valid: %s',
    async (path) => {
      const cookie = await session('vic');
      const stream = await fetch(`${edge.url}${path}`, { headers: { cookie } });
      expect(stream.headers.get('content-type')).toContain('text/event-stream');
      const reader = stream.body?.getReader();
      expect((await reader?.read())?.done).toBe(false);
      new LoginState(stateFile).revokeAll('vic');
      const isOver = async (): Promise<boolean> =>
        (await reader?.read().catch(() => ({ done: true })))?.done !== false;
      await until(isOver, 'the stream is broken off');
      expect((await fetch(`${edge.url}${path}`, { headers: { cookie } })).status).toBe(401);
    },
  );

  it('is limited for each tenant, and more so for each principal', async () => {
    const end = new AbortController();
    const status = async (subject: string): Promise<number> => {
      const authorization = `Bearer ${await token(['AUTONOMOUS_READ'], subject)}`;
      const { signal } = end;
      return (await fetch(`${edge.url}/api/v1/live`, { headers: { authorization }, signal })).status;
    };
    const asked: number[] = [];
    for (const subject of ['bea', 'bea', 'bea', 'carl', 'dora']) asked.push(await status(subject));
    expect(asked).toEqual([200, 200, 429, 200, 429]);
    end.abort();
  });
});
