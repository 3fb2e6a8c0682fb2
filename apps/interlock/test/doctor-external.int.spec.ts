import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { prepareLogAccess } from '@interlock/embedded';
import { startIdentityProvider, startNats, startS3Server } from '@interlock/testing';
import type { IdentityProvider, S3Server, TestNats } from '@interlock/testing';
import type { Result } from '../src/doctor/check.js';
import { examineEnvironment } from '../src/doctor.js';

type Given = { readonly [name: string]: string | undefined };
const examined = async (environment: Given): Promise<{ readonly [name: string]: Result | undefined }> =>
  Object.fromEntries(
    (await examineEnvironment(environment, undefined, 5000)).map((result) => [result.name, result]),
  );

describe('a bus with TLS', () => {
  const dir = mkdtempSync(join(tmpdir(), 'interlock-doctor-tls-'));
  const password = 'a password of the bus';
  let nats: TestNats;
  beforeAll(async () => {
    // The certificates that an embedded log gets serve any server on this machine.
    await prepareLogAccess(dir, {});
    nats = await startNats({
      operator: { password, tls: { caFile: join(dir, 'ca.pem') } },
      accounts: `tls { cert_file: "${join(dir, 'server.pem')}", key_file: "${join(dir, 'server-key.pem')}" }
accounts { A: { jetstream: enabled, users: [{ user: "operator", password: "${password}" }] } }\n`,
    });
  });
  afterAll(async () => {
    await nats.stop();
    rmSync(dir, { recursive: true });
  });
  const of = (over: Given): Given => ({
    NATS_URL: `nats://localhost:${nats.port}`,
    NATS_PASSWORD: password,
    ...over,
  });

  it('is sound for a client that knows its authority', async () => {
    const results = await examined(of({ NATS_CA_FILE: join(dir, 'ca.pem') }));
    expect(results['nats reachable']?.status).toBe('ok');
    expect(results['nats tls']).toMatchObject({
      status: 'ok',
      found: "TLS, and the server's certificate is verified",
    });
  });

  it('fails for a client that does not', async () => {
    expect((await examined(of({})))['nats reachable']).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('NATS_CA_FILE'),
    });
  });
});

describe('an identity provider', () => {
  let provider: IdentityProvider;
  let odd: Server | undefined;
  const of = (issuer: string, over: Given = {}): Given => ({
    INTERLOCK_ISSUER: issuer,
    INTERLOCK_AUDIENCE: 'interlock',
    INTERLOCK_JWKS_URL: `${issuer}/jwks`,
    INTERLOCK_OIDC_CLIENT_ID: 'console',
    INTERLOCK_OIDC_CLI_CLIENT_ID: 'cli',
    ...over,
  });
  /** A provider with these documents, by path. */
  const serve = async (
    documents: (origin: string) => { readonly [path: string]: unknown },
    headers: { readonly [name: string]: string } = {},
  ): Promise<string> => {
    odd = createServer((request, response) => {
      const found = documents(origin)[request.url ?? ''];
      response.writeHead(found === undefined ? 404 : 200, headers);
      response.end(JSON.stringify(found ?? null));
    });
    await new Promise<void>((resolve) => odd!.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(odd.address() as AddressInfo).port}`;
    return origin;
  };
  const discovery = '/.well-known/openid-configuration';
  beforeAll(async () => {
    provider = await startIdentityProvider({
      people: { anna: {} },
      redirectUris: ['http://127.0.0.1:1/session/callback'],
    });
  });
  afterAll(() => provider.stop());
  afterEach(() => {
    odd?.close();
    odd?.closeAllConnections();
    odd = undefined;
  });

  it('is sound as it is', async () => {
    const results = await examined(of(provider.issuer));
    for (const name of ['reachable', 'tls', 'issuer', 'keys', 'login', 'clock'])
      expect([name, results[`identity provider ${name}`]?.status]).toEqual([name, 'ok']);
  });

  it('fails if its keys are elsewhere', async () => {
    const results = await examined(
      of(provider.issuer, { INTERLOCK_JWKS_URL: `${provider.issuer}/none?key=hidden` }),
    );
    expect(results['identity provider keys']).toMatchObject({
      status: 'failed',
      found: expect.not.stringContaining('hidden'),
      remedy: expect.stringContaining('jwks_uri'),
    });
  });

  it.each([
    [[{ kty: 'RSA' }], '1 key signs with RS256'],
    [
      [
        { kty: 'OKP', crv: 'Ed25519' },
        { kty: 'RSA', alg: 'RS256' },
      ],
      '2 keys sign with EdDSA, RS256',
    ],
    [
      [{ kty: 'RSA' }, { kty: 'RSA', use: 'enc' }, { kty: 'EC', alg: 'ES256' }],
      '1 of 3 keys can be used, with RS256',
    ],
  ])('says by which algorithms its own keys sign: %j', async (keys, found) => {
    const origin = await serve((self) => ({
      [discovery]: { issuer: self, jwks_uri: `${self}/jwks` },
      '/jwks': { keys },
    }));
    expect((await examined(of(origin)))['identity provider keys']).toMatchObject({ status: 'ok', found });
  });

  it('fails if it does not answer', async () => {
    expect((await examined(of('http://127.0.0.1:9')))['identity provider reachable']).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('INTERLOCK_ISSUER'),
    });
  });

  it('fails if it has another name, signs with nothing that is accepted, or lacks a flow', async () => {
    const origin = await serve((self) => ({
      [discovery]: { issuer: `${self}/`, jwks_uri: `${self}/jwks`, authorization_endpoint: `${self}/auth` },
      '/jwks': { keys: [{ kty: 'EC', crv: 'P-256', alg: 'ES256' }] },
    }));
    const results = await examined(of(origin));
    expect(results['identity provider issuer']).toMatchObject({ status: 'failed' });
    expect(results['identity provider keys']).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('RS256'),
    });
    expect(results['identity provider login']?.found).toContain('the device flow');
  });

  it('fails if its keys come over the network without TLS', async () => {
    const keys = 'http://keys.example/jwks';
    expect(
      (await examined(of(provider.issuer, { INTERLOCK_JWKS_URL: keys })))['identity provider tls'],
    ).toMatchObject({ status: 'failed', remedy: expect.stringContaining('https:') });
  });

  it('fails if its clock is far away', async () => {
    const date = new Date(Date.now() - 60_000).toUTCString();
    const origin = await serve((self) => ({ [discovery]: { issuer: self } }), { date });
    expect((await examined(of(origin)))['identity provider clock']).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('behind'),
      remedy: expect.stringContaining('NTP'),
    });
  });

  it('fails with the variables that are missing', async () => {
    const results = await examined({ INTERLOCK_ISSUER: provider.issuer });
    expect(results['identity provider reachable']).toMatchObject({
      found: expect.stringContaining('INTERLOCK_AUDIENCE is not set'),
      remedy: 'correct the variables that are named',
    });
  });
});

describe('an archive in a bucket', () => {
  const keys = { id: 'AKIDEXAMPLE', secret: 'a secret of the bucket' };
  const servers: S3Server[] = [];
  const bucketOf = async (
    over: { readonly versioning?: boolean; readonly lock?: 'COMPLIANCE' | 'GOVERNANCE' } = {},
  ): Promise<Given> => {
    const server = await startS3Server({ bucket: 'archive', ...keys, ...over });
    servers.push(server);
    return {
      AUDIT_ARCHIVE: 's3://archive/log',
      AUDIT_ARCHIVE_S3_ENDPOINT: server.endpoint,
      AUDIT_ARCHIVE_S3_ACCESS_KEY_ID: keys.id,
      AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY: keys.secret,
    };
  };
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

  it('is sound with versions and a lock in compliance mode, and nothing is written', async () => {
    const results = await examined(await bucketOf({ versioning: true, lock: 'COMPLIANCE' }));
    for (const name of ['reachable', 'tls', 'versioning', 'object lock'])
      expect([name, results[`archive ${name}`]?.status]).toEqual([name, 'ok']);
    expect(servers[0]!.requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
  });

  it('fails without versions, and is warned of without a lock that nobody can lift', async () => {
    const bare = await examined(await bucketOf());
    expect(bare['archive versioning']).toMatchObject({
      status: 'failed',
      remedy: 'turn on versioning for the bucket',
    });
    expect(bare['archive object lock']).toMatchObject({ status: 'warning' });
    const governed = await examined(await bucketOf({ versioning: true, lock: 'GOVERNANCE' }));
    expect(governed['archive object lock']?.found).toContain('governance');
  });

  it('fails with wrong credentials, another bucket, and half of the credentials', async () => {
    const sound = await bucketOf();
    const wrong = await examined({ ...sound, AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY: 'a wrong secret' });
    expect(wrong['archive reachable']).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('credentials'),
    });
    const other = await examined({ ...sound, AUDIT_ARCHIVE: 's3://other/log' });
    expect(other['archive reachable']?.remedy).toContain('make the bucket');
    const half = await examined({ ...sound, AUDIT_ARCHIVE_S3_ACCESS_KEY_ID: '' });
    expect(half['archive reachable']?.remedy).toContain('set both');
    expect(JSON.stringify([wrong, other, half])).not.toContain('secret of the bucket');
  });
});
