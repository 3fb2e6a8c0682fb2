import { createServer, type Server } from 'node:http';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDevIssuer, createTokenVerifier } from '../src/index.js';
import { issuer, startAuthService } from './auth-service.js';

startAuthService();

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
