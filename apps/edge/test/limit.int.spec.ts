import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createDevIssuer } from '@interlock/platform';
import { createEdge } from '../src/main.js';

describe('the limit of requests', () => {
  it("applies to every route of the edge's own, known or not, and exempts the probe", async () => {
    const issuer = await createDevIssuer();
    const upstream = createServer((_request, response) => response.end('{}'));
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    const folder = mkdtempSync(join(tmpdir(), 'edge-limit-'));
    const own = await createEdge({
      host: '127.0.0.1',
      port: 0,
      auth: issuer.auth,
      rateLimit: 6,
      services: [{ name: 'one', prefixes: ['/api/v1/one'], origin }],
      console: {
        site: 'no-site',
        login: {
          stateFile: join(folder, 'login.json'),
          keys: [randomBytes(32)],
          record: () => Promise.resolve({ recorded: [], requested: [] }),
        },
      },
    });
    try {
      const get = async (path: string, authorization?: string): Promise<number> => {
        const headers = authorization === undefined ? {} : { authorization };
        return (await fetch(`${own.url}${path}`, { headers })).status;
      };
      const routes = [
        '/api/v1/whoami',
        '/api/v1/sessions',
        '/api/v1/people',
        '/session',
        '/session/methods',
        '/metrics',
        '/openapi.json',
        '/health/ready',
        '/',
        '/nothing',
      ];
      for (const [i, path] of routes.slice(0, 6).entries())
        expect(await get(path, `Bearer made.up.${i}`)).not.toBe(429);
      for (const path of routes) expect(await get(path)).toBe(429);
      const token = `Bearer ${await issuer.token({ tenant: 'acme', scopes: [], sub: 'ann', kind: 'person' })}`;
      for (let i = 0; i < 6; i += 1) expect(await get('/api/v1/whoami', token)).toBe(200);
      expect(await get('/api/v1/whoami', token)).toBe(429);
      expect([await get('/health/live'), await get('/api/v1/one')]).toEqual([200, 200]);
    } finally {
      await own.stop();
      upstream.closeAllConnections();
      await new Promise((resolve) => upstream.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
