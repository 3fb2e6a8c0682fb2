import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDevIssuer, createLogger } from '@interlock/platform';
import { createEdge, type Edge } from '../src/main.js';

const large = JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ action_id: i, state: 'COMPLETED' })));
const small = '{"service":"policy-registry"}';
const server = createServer((request, response) => {
  const path = request.url ?? '';
  const body = path.endsWith('/small') ? small : large;
  response.writeHead(path.includes('/missing/') ? 404 : 200, {
    'content-type': path.endsWith('/lines') ? 'application/x-ndjson' : 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
});
let edge: Edge;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  edge = await createEdge({
    host: '127.0.0.1',
    port: 0,
    auth: (await createDevIssuer()).auth,
    logger: createLogger({ level: 'silent' }),
    services: [
      {
        name: 'policy-registry',
        prefixes: ['/api/v1/policies'],
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      },
    ],
  });
});
afterAll(async () => {
  await edge.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('an answer through the edge', () => {
  const asks = (path: string, encoding: string): Promise<Response> =>
    fetch(`${edge.url}/api/v1/policies/${path}`, { headers: { 'accept-encoding': encoding } });

  it.each([
    ['large', 'br'],
    ['large', 'gzip'],
    ['missing/large', 'gzip'],
  ])('in JSON is compressed as the caller accepts: %s, %s', async (path, encoding) => {
    const answer = await asks(path, encoding);
    expect(answer.headers.get('content-encoding')).toBe(encoding);
    expect(answer.headers.get('vary')).toMatch(/accept-encoding/i);
    expect(await answer.text()).toBe(large);
  });

  it.each([
    ['large', 'identity', large],
    ['lines', 'br', large],
    ['small', 'br', small],
  ])('is unchanged: %s, %s', async (path, encoding, body) => {
    const answer = await asks(path, encoding);
    expect(answer.headers.get('content-encoding')).toBeNull();
    expect(await answer.text()).toBe(body);
  });
});
