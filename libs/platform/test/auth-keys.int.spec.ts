import { createServer, type Server } from 'node:http';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createDevIssuer, createTokenVerifier } from '../src/index.js';
import { issuer, startAuthService } from './auth-service.js';

startAuthService();

describe('keys by address', () => {
  let server: Server;
  let status = 200;
  let body: () => string = () => JSON.stringify(issuer.auth.jwks);
  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body());
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

  const ownKeys = (): readonly object[] => ('keys' in issuer.auth.jwks ? issuer.auth.jwks.keys : []);
  const rsaKey = async (kid?: string) => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), use: 'sig', ...(kid === undefined ? {} : { kid }) };
    const signed = (claims: object): Promise<string> =>
      new SignJWT({ ...claims, tenant: 'demo', principal_kind: 'service' })
        .setProtectedHeader({ alg: 'RS256', ...(kid === undefined ? {} : { kid }) })
        .setSubject('optimizer')
        .setIssuer(issuer.auth.issuer)
        .setAudience(['another', issuer.auth.audience])
        .setExpirationTime('1m')
        .sign(privateKey);
    return { jwk, signed };
  };

  it.each([
    ['share an id', 'k1'],
    ['have no id, like the token', undefined],
  ])('that %s are each tried', async (_, kid) => {
    const [first, second, stranger] = [await rsaKey(kid), await rsaKey(kid), await rsaKey(kid)];
    body = () => JSON.stringify({ keys: [...ownKeys(), { kty: 'unknown' }, first.jwk, second.jwk] });
    const verify = createTokenVerifier(settings());
    for (const { signed } of [first, second])
      expect(await verify(await signed({}))).toMatchObject({ subject: 'optimizer' });
    await expect(verify(await stranger.signed({}))).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: 'the token was not accepted: it is signed by none of the keys of the issuer',
    });
  });

  it.each([
    ['a page', () => '<html>'],
    ['no list of keys', () => '{"keys":null}'],
    ['more than 1 MiB', () => JSON.stringify({ keys: ownKeys(), more: 'x'.repeat(1_100_000) })],
  ])('of which %s is answered are told from a bad token', async (_, answer) => {
    body = answer;
    await expect(createTokenVerifier(settings())(await token())).rejects.toMatchObject({
      code: 'service-unreachable',
    });
  });

  it('that cannot be had are told from a bad token', async () => {
    status = 500;
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
      const started = await Promise.all(Array.from({ length: 8 }, () => createDevIssuer(join(dir, 'keys'))));
      const first = started[0]!;
      expect(new Set(started.map(({ auth }) => JSON.stringify(auth))).size).toBe(1);
      const [file, ...others] = await readdir(join(dir, 'keys'));
      expect(others).toEqual([]);
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
