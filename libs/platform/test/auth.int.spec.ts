import { createServer, type Server } from 'node:http';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CompactSign, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import {
  createDevIssuer,
  createTokenVerifier,
  principalIn,
  startService,
  type DevIssuer,
  type RunningService,
} from '../src/index.js';
import { demoModule } from './demo.js';
import { fakeContext, type FakeParts } from './fake-context.js';

const good = { tenant: 'demo', scope: 'POLICY_READ', principal_kind: 'person' };
let issuer: DevIssuer;
let parts: FakeParts;
let running: RunningService;
let rsa: Awaited<ReturnType<typeof generateKeyPair>>;

beforeAll(async () => {
  issuer = await createDevIssuer();
  rsa = await generateKeyPair('RS256', { extractable: true });
  const keys = (issuer.auth.jwks as { keys: object[] }).keys;
  parts = fakeContext({
    ...issuer.auth,
    jwks: { keys: [...keys, { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' }] },
  });
  running = await startService(parts.context, demoModule, { title: 'Demo' });
});
afterAll(async () => {
  await running.stop();
});

const call = async (
  authorization: string | undefined,
  path = '/api/v1/things',
  method = 'GET',
): Promise<{ status: number; code: unknown; body: Record<string, unknown>; headers: Headers }> => {
  const response = await fetch(`http://127.0.0.1:${running.http.port}${path}`, {
    method,
    headers: authorization === undefined ? {} : { authorization },
  });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, code: body.code, body, headers: response.headers };
};
const rs256 = (
  claims: JWTPayload,
  over: { iss?: string; aud?: string; exp?: number | null; kid?: string } = {},
): Promise<string> => {
  const token = new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: over.kid ?? 'rsa' })
    .setIssuer(over.iss ?? issuer.auth.issuer)
    .setAudience(over.aud ?? issuer.auth.audience);
  if (over.exp !== null) token.setExpirationTime(over.exp ?? Math.floor(Date.now() / 1000) + 60);
  return token.sign(rsa.privateKey);
};
/** A token whose claims are exactly this text, which a JSON writer would not write. */
const signedText = (claims: string): Promise<string> =>
  new CompactSign(new TextEncoder().encode(claims))
    .setProtectedHeader({ alg: 'RS256', kid: 'rsa' })
    .sign(rsa.privateKey);

describe('a route with a scope', () => {
  it('takes EdDSA and RS256 tokens of a known key', async () => {
    expect(
      (
        await call(
          `Bearer ${await issuer.token({ tenant: 'demo', scopes: ['POLICY_READ'], sub: 'anna', kind: 'person' })}`,
        )
      ).status,
    ).toBe(200);
    expect((await call(`bearer ${await rs256({ ...good, sub: 'anna' })}`)).status).toBe(200);
  });

  it.each([
    ['no token', async () => undefined],
    ['another scheme', async () => 'Basic YTpi'],
    ['no token behind the scheme', async () => 'Bearer '],
    ['no JWT', async () => 'Bearer abc'],
    [
      'alg none',
      async () =>
        `Bearer ${new UnsecuredJWT({ ...good, sub: 'anna' }).setIssuer(issuer.auth.issuer).setAudience(issuer.auth.audience).setExpirationTime('1h').encode()}`,
    ],
    [
      'HS256 with the public key as its secret',
      async () =>
        `Bearer ${await new SignJWT({ ...good, sub: 'anna' })
          .setProtectedHeader({ alg: 'HS256' })
          .setIssuer(issuer.auth.issuer)
          .setAudience(issuer.auth.audience)
          .setExpirationTime('1h')
          .sign(new TextEncoder().encode(JSON.stringify(issuer.auth.jwks)))}`,
    ],
    [
      'another key',
      async () =>
        `Bearer ${await (await createDevIssuer()).token({ tenant: 'demo', scopes: ['POLICY_READ'], sub: 'anna', kind: 'person' })}`,
    ],
    [
      'another key under the known name',
      async () => {
        const { privateKey } = await generateKeyPair('RS256');
        return `Bearer ${await new SignJWT({ ...good, sub: 'anna' }).setProtectedHeader({ alg: 'RS256', kid: 'rsa' }).setIssuer(issuer.auth.issuer).setAudience(issuer.auth.audience).setExpirationTime('1h').sign(privateKey)}`;
      },
    ],
    ['another issuer', async () => `Bearer ${await rs256({ ...good, sub: 'anna' }, { iss: 'urn:else' })}`],
    ['another audience', async () => `Bearer ${await rs256({ ...good, sub: 'anna' }, { aud: 'else' })}`],
    ['no expiry', async () => `Bearer ${await rs256({ ...good, sub: 'anna' }, { exp: null })}`],
    [
      'an expiry that is no time',
      async () => `Bearer ${await rs256({ ...good, sub: 'anna' }, { exp: 1e300 })}`,
    ],
    [
      'an expiry after the last year',
      async () => `Bearer ${await rs256({ ...good, sub: 'anna' }, { exp: 253_402_300_800 })}`,
    ],
    [
      'an expiry beyond every number',
      async () =>
        `Bearer ${await signedText(`{"iss":"${issuer.auth.issuer}","aud":"${issuer.auth.audience}","sub":"anna","tenant":"demo","scope":"POLICY_READ","principal_kind":"person","exp":1e400}`)}`,
    ],
    [
      'an expiry that is a text',
      async () =>
        `Bearer ${await signedText(`{"iss":"${issuer.auth.issuer}","aud":"${issuer.auth.audience}","sub":"anna","tenant":"demo","scope":"POLICY_READ","principal_kind":"person","exp":"9999999999"}`)}`,
    ],
    [
      'a beginning before all time',
      async () => `Bearer ${await rs256({ ...good, sub: 'anna', nbf: -1e300 })}`,
    ],
    ['an issue before all time', async () => `Bearer ${await rs256({ ...good, sub: 'anna', iat: -1e300 })}`],
    [
      'an issue after the last year',
      async () => `Bearer ${await rs256({ ...good, sub: 'anna', iat: 1e300 })}`,
    ],
    ['no subject', async () => `Bearer ${await rs256({ ...good })}`],
    [
      'no tenant',
      async () => `Bearer ${await rs256({ scope: good.scope, principal_kind: 'person', sub: 'anna' })}`,
    ],
    [
      'a tenant that is no name',
      async () => `Bearer ${await rs256({ ...good, tenant: 'Demo Inc.', sub: 'anna' })}`,
    ],
    [
      'further tenants that are no list',
      async () => `Bearer ${await rs256({ ...good, tenants: 'a b', sub: 'anna' })}`,
    ],
    ['no kind', async () => `Bearer ${await rs256({ tenant: 'demo', scope: good.scope, sub: 'anna' })}`],
    [
      'a kind that is none',
      async () => `Bearer ${await rs256({ ...good, principal_kind: 'admin', sub: 'anna' })}`,
    ],
    [
      'a service whose name is none',
      async () => `Bearer ${await rs256({ ...good, principal_kind: 'service', sub: 'The Optimizer' })}`,
    ],
  ])('refuses %s', async (_what, make) => {
    const { status, code, headers } = await call(await make());
    expect([status, code, headers.get('www-authenticate')]).toEqual([401, 'unauthenticated', 'Bearer']);
    expect(headers.get('content-type')).toContain('application/problem+json');
  });

  it('tells an expired token from a bad one', async () => {
    expect(
      (
        await call(
          `Bearer ${await issuer.token({ tenant: 'demo', scopes: ['POLICY_READ'], sub: 'anna', kind: 'person', ttlS: -60 })}`,
        )
      ).code,
    ).toBe('token-expired');
  });

  it('refuses a token without its scope, and names it', async () => {
    const { status, body } = await call(
      `Bearer ${await issuer.token({ tenant: 'demo', scopes: ['POLICY_WRITE', 'AUDIT_READ'], sub: 'anna', kind: 'person' })}`,
    );
    expect([status, body.code, body.scopes]).toEqual([403, 'missing-scope', ['POLICY_READ']]);
  });

  it('takes no scope that is only part of a known one or unknown', async () => {
    expect(
      (
        await call(
          `Bearer ${await rs256({ ...good, scope: 'POLICY policy_read POLICY_READ_ALL *', sub: 'anna' })}`,
        )
      ).code,
    ).toBe('missing-scope');
  });

  it('takes one of several scopes', async () => {
    const token = await issuer.token({
      tenant: 'demo',
      scopes: ['POLICY_ACTIVATE'],
      sub: 'anna',
      kind: 'person',
    });
    expect((await call(`Bearer ${token}`, '/api/v1/things', 'POST')).code).toBe('validation-failed');
  });

  it('bounds a path to the tenants of the token', async () => {
    const token = `Bearer ${await issuer.token({ tenant: 'demo', scopes: ['POLICY_READ'], sub: 'anna', kind: 'person', tenants: ['other'] })}`;
    const codes = await Promise.all(
      ['demo', 'other', 'third', '_system'].map(
        async (tenant) => (await call(token, `/api/v1/things/of/${tenant}`)).code,
      ),
    );
    expect(codes).toEqual([undefined, undefined, 'wrong-tenant', 'wrong-tenant']);
  });

  it('asks for a person where one is needed', async () => {
    const remove = async (kind: 'person' | 'service'): Promise<unknown[]> => {
      const { status, body } = await call(
        `Bearer ${await issuer.token({ tenant: 'demo', scopes: ['POLICY_WRITE'], sub: 'anna', kind })}`,
        '/api/v1/things/1',
        'DELETE',
      );
      return [status, body.code ?? body.by];
    };
    expect(await remove('service')).toEqual([403, 'person-required']);
    expect(await remove('person')).toEqual([200, await parts.context.people.idOf('demo', 'anna')]);
  });

  it('never logs a token', async () => {
    const token = await issuer.token({
      tenant: 'demo',
      scopes: ['POLICY_READ'],
      sub: 'anna',
      kind: 'person',
    });
    await call(`Bearer ${token}`, `/api/v1/things?access_token=${token}`);
    await call(`Bearer ${token}x`);
    expect(parts.lines.join('')).not.toContain(token.split('.')[2]);
  });
});

describe('the tenant of a request', () => {
  const ask = async (headers: Record<string, string>, path = '/tenant', body?: object): Promise<unknown> => {
    const token = await issuer.token({
      tenant: 'demo',
      scopes: ['POLICY_READ', 'POLICY_WRITE'],
      sub: 'anna',
      kind: 'person',
      tenants: ['other'],
    });
    const response = await fetch(`http://127.0.0.1:${running.http.port}/api/v1/things${path}`, {
      method: body === undefined ? 'GET' : 'PUT',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { tenant_id?: string; code?: string };
    return answer.tenant_id ?? answer.code;
  };

  it("is the token's own, or one that it allows by header, query, path or body", async () => {
    expect([
      await ask({}),
      await ask({ 'x-tenant-id': 'other' }),
      await ask({}, '/tenant?tenant_id=other'),
      await ask({ 'x-tenant-id': 'other' }, '/tenant?tenant_id=other'),
    ]).toEqual(['demo', 'other', 'other', 'other']);
    expect([
      await ask({}, '/of/other'),
      await ask({}, '/in/action-other:1'),
      await ask({}, '/tenant', { tenant_id: 'other' }),
      await ask({}, '/tenant', { tenant_id: null }),
    ]).toEqual(['other', 'other', 'other', 'demo']);
  });

  it('is that of the person, who is another there', async () => {
    const token = await issuer.token({
      tenant: 'demo',
      scopes: ['POLICY_READ'],
      sub: 'anna',
      kind: 'person',
      tenants: ['other'],
    });
    const response = await fetch(`http://127.0.0.1:${running.http.port}/api/v1/things/tenant`, {
      headers: { authorization: `Bearer ${token}`, 'x-tenant-id': 'other' },
    });
    expect(await response.json()).toEqual({
      tenant_id: 'other',
      acting: 'other',
      person_id: await parts.context.people.idOf('other', 'anna'),
    });
  });

  it('refuses others, and what is no name', async () => {
    expect([
      await ask({ 'x-tenant-id': 'third' }),
      await ask({}, '/tenant?tenant_id=_system'),
      await ask({}, '/of/third'),
      await ask({}, '/in/action-third:1'),
      await ask({}, '/tenant', { tenant_id: 'third' }),
    ]).toEqual(Array.from({ length: 5 }, () => 'wrong-tenant'));
    expect([
      await ask({ 'x-tenant-id': 'No Name' }),
      await ask({}, '/tenant?tenant_id=demo&tenant_id=other'),
      await ask({}, '/tenant', { tenant_id: 7 }),
    ]).toEqual(Array.from({ length: 3 }, () => 'validation-failed'));
  });

  it('refuses two tenants at once, wherever they stand', async () => {
    const both = [
      await ask({ 'x-tenant-id': 'demo' }, '/tenant?tenant_id=other'),
      await ask({ 'x-tenant-id': 'demo' }, '/of/other'),
      await ask({ 'x-tenant-id': 'demo' }, '/in/action-other:1'),
      await ask({ 'x-tenant-id': 'other' }, '/tenant', { tenant_id: 'demo' }),
      await ask({}, '/of/other?tenant_id=demo'),
    ];
    expect(both).toEqual(Array.from(both, () => 'validation-failed'));
  });

  it('leaves a body to a route that keeps what it refuses: it only chooses what the token allows', async () => {
    expect([
      await ask({}, '/kept', { tenant_id: 'other' }),
      await ask({}, '/kept', { tenant_id: 'third' }),
      await ask({ 'x-tenant-id': 'other' }, '/kept', { tenant_id: 'demo' }),
    ]).toEqual(['other', 'demo', 'other']);
  });
});

describe("a person's id", () => {
  it('is the same for the same subject, and another in another tenant', async () => {
    const { people } = parts.context;
    const anna = await people.idOf('demo', 'anna');
    expect(await people.idOf('demo', 'anna')).toBe(anna);
    expect(new Set([anna, await people.idOf('other', 'anna'), await people.idOf('demo', 'bert')]).size).toBe(
      3,
    );
  });

  it('cannot be told from the subject: nobody finds a person again by guessing', async () => {
    const another = fakeContext(issuer.auth).context.people;
    expect(await another.idOf('demo', 'anna')).not.toBe(await parts.context.people.idOf('demo', 'anna'));
  });

  it('is asked for no service, and only in the tenant that is chosen', async () => {
    const nobody = {
      actorOf: () => Promise.reject(new Error('asked')),
      withNamesake: () => Promise.reject(new Error('asked')),
      seal: () => Promise.reject(new Error('asked')),
      open: () => Promise.reject(new Error('asked')),
    };
    const token = await issuer.token({ tenant: 'demo', scopes: [], sub: 'optimizer', kind: 'service' });
    const caller = await createTokenVerifier(issuer.auth)(token);
    expect(await principalIn(caller, 'demo', nobody)).toMatchObject({
      person_id: null,
      actor: { kind: 'service', service: 'optimizer' },
      requester: 'service:optimizer',
    });
  });
});

describe('keys by address', () => {
  let server: Server;
  let up = true;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.writeHead(up ? 200 : 500, { 'content-type': 'application/json' });
      response.end(JSON.stringify(issuer.auth.jwks));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
  });
  afterAll(() => {
    server.close();
  });
  const settings = (): Parameters<typeof createTokenVerifier>[0] => ({
    ...issuer.auth,
    jwks: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks` },
  });
  const token = (): Promise<string> =>
    issuer.token({ tenant: 'demo', scopes: ['POLICY_READ'], sub: 'optimizer', kind: 'service' });

  it('are fetched', async () => {
    expect(await createTokenVerifier(settings())(await token())).toMatchObject({
      kind: 'service',
      subject: 'optimizer',
      tenant_id: 'demo',
    });
  });

  it('that cannot be had are told from a bad token', async () => {
    up = false;
    await expect(createTokenVerifier(settings())(await token())).rejects.toMatchObject({
      code: 'service-unreachable',
    });
    const nowhere = { ...issuer.auth, jwks: { url: 'http://127.0.0.1:9/jwks' } };
    await expect(createTokenVerifier(nowhere)(await token())).rejects.toMatchObject({
      code: 'service-unreachable',
    });
  });
});

describe('the development issuer', () => {
  it('keeps its key in a file that only its owner reads, one for all who start at once', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'interlock-issuer-'));
    try {
      const first = await createDevIssuer(join(dir, 'keys'));
      const [file] = await readdir(join(dir, 'keys'));
      expect((await stat(join(dir, 'keys', file!))).mode & 0o777).toBe(0o600);
      const again = await createDevIssuer(join(dir, 'keys'));
      expect(again.auth).toEqual(first.auth);
      expect(JSON.stringify(first.auth)).not.toContain('"d"');
      const token = await first.token({ tenant: 'demo', scopes: [], sub: 'anna', kind: 'person' });
      expect(await createTokenVerifier(again.auth)(token)).toMatchObject({ tenant_id: 'demo', scopes: [] });
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
