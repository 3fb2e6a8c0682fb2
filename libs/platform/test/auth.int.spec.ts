import { describe, expect, it } from '@jest/globals';
import { CompactSign, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { createDevIssuer } from '../src/index.js';
import { issuer, parts, rsa, running, startAuthService } from './auth-service.js';

startAuthService();

const good = { tenant: 'demo', scope: 'POLICY_READ', principal_kind: 'person' };

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

  it.each<readonly [string, Parameters<typeof rs256>[1], string]>([
    ['another audience', { aud: 'else' }, 'it is for another audience than `{audience}`'],
    ['another issuer', { iss: 'https://else.example' }, 'it is from another issuer than '],
    ['no expiry', { exp: null }, 'its claim `exp` is missing'],
  ])('says why it refuses a token with %s', async (_what, over, says) => {
    const { body } = await call(`Bearer ${await rs256({ ...good, sub: 'anna' }, over)}`);
    expect(body['detail']).toContain(says.replace('{audience}', issuer.auth.audience));
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
      'an expiry that is not a time',
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
      'a tenant that is not a name',
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
