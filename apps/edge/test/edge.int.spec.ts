import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, until } from '@interlock/testing';
import { createDevIssuer, createLogger, type DevIssuer } from '@interlock/platform';
import { createEdge, type Edge } from '../src/main.js';

type ForwardedRequest = {
  readonly service: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};
const seen: ForwardedRequest[] = [];
const servers: Server[] = [];
let ready = true;
let streams = 0;

/** A simulated service behind the edge. */
const startUpstream = async (service: string): Promise<string> => {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = request.url ?? '';
    if (url === '/health/ready') {
      response.writeHead(ready ? 200 : 503, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          service,
          status: ready ? 'ready' : 'not_ready',
          checks: [
            { name: 'log', ok: true },
            { name: 'database', ok: ready },
          ],
        }),
      );
      return;
    }
    if (url === '/openapi.json') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          openapi: '3.1.0',
          info: { title: service, version: '1' },
          paths: { [`/api/v1/${service}`]: { get: {} } },
        }),
      );
      return;
    }
    if (url.endsWith('/stream')) {
      streams += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      response.on('close', () => {
        streams -= 1;
      });
      return;
    }
    if (url.endsWith('/silent')) return;
    if (url.endsWith('/cut')) {
      request.socket.destroy();
      return;
    }
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push({ service, method: request.method ?? '', url, headers: request.headers, body });
    const status = url.includes('/fails/') ? 503 : 200;
    response.writeHead(status, {
      'content-type': 'application/json',
      'x-own': 'yes',
      ...(status === 503 ? { 'retry-after': '1' } : {}),
    });
    response.end(JSON.stringify({ service }));
  };
  const server = createServer((request, response) => {
    void handle(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

let edge: Edge;
let issuer: DevIssuer;
beforeAll(async () => {
  issuer = await createDevIssuer();
  edge = await createEdge({
    host: '127.0.0.1',
    port: 0,
    auth: issuer.auth,
    answerTimeoutMs: 1000,
    logger: createLogger({ level: 'silent' }),
    services: [
      {
        name: 'policy-registry',
        prefixes: ['/api/v1/policies', '/api/v1/policy'],
        origin: await startUpstream('policy-registry'),
      },
      {
        name: 'policy-evaluator',
        prefixes: ['/api/v1/policies/:tenant/evaluate'],
        origin: await startUpstream('policy-evaluator'),
      },
      { name: 'gone', prefixes: ['/api/v1/gone'], origin: `http://127.0.0.1:${await freePort()}` },
    ],
  });
});
afterAll(async () => {
  await edge.stop();
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

const call = async (
  path: string,
  init?: RequestInit,
): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> => {
  const response = await fetch(`${edge.url}${path}`, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
};

/** The answer on a raw connection. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(edge.http.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket
      .on('data', (chunk) => {
        answer += chunk.toString();
      })
      .on('close', () => resolve(answer))
      .on('error', reject);
  });

describe('the edge', () => {
  it('sends a request to the service of its path, unchanged', async () => {
    const { status, body, headers } = await call('/api/v1/policies/demo/evaluate?x=1&y=%20a', {
      method: 'POST',
      body: '{"a": 1}',
      headers: { 'content-type': 'application/json', authorization: 'Bearer t', 'idempotency-key': 'k' },
    });
    expect([status, body, headers.get('x-own')]).toEqual([200, { service: 'policy-evaluator' }, 'yes']);
    expect(seen.at(-1)).toMatchObject({
      method: 'POST',
      url: '/api/v1/policies/demo/evaluate?x=1&y=%20a',
      body: '{"a": 1}',
      headers: { authorization: 'Bearer t', 'idempotency-key': 'k' },
    });
    expect((await call('/api/v1/policies/demo')).body).toEqual({ service: 'policy-registry' });
  });

  it("continues the caller's trace, and begins one if there is none", async () => {
    await call('/api/v1/policy/x', {
      headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    });
    expect(seen.at(-1)!.headers.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    await call('/api/v1/policy/x');
    expect(seen.at(-1)!.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('sets the forwarding headers itself, with the arrival time of the request', async () => {
    const given = { 'x-forwarded-for': '6.6.6.6', 'x-real-ip': '6.6.6.6', 'x-interlock-arrived-at': '1' };
    await call('/api/v1/policy/x', { headers: given });
    const { headers } = seen.at(-1)!;
    expect([headers['x-forwarded-for'], headers['x-real-ip']]).toEqual(['127.0.0.1', undefined]);
    expect(Number(headers['x-interlock-arrived-at'])).toBeGreaterThan(1);
    expect(Number(headers['x-interlock-arrived-at'])).toBeLessThanOrEqual(Date.now());
  });

  it('passes an answer of 503 on at once, after one attempt', async () => {
    const before = seen.length;
    const { status, headers } = await call('/api/v1/policies/fails/now');
    expect([status, headers.get('retry-after'), seen.length - before]).toEqual([503, '1', 1]);
  });

  it.each([
    ['/api/v1/gone/1', 'gone'],
    ['/api/v1/policies/cut', 'policy-registry'],
    ['/api/v1/policies/silent', 'policy-registry'],
  ])('names the service that does not answer %s', async (path, service) => {
    const { status, body, headers } = await call(path);
    expect([status, body.code, body.service, headers.get('content-type')]).toEqual([
      503,
      'service-unreachable',
      service,
      'application/problem+json; charset=utf-8',
    ]);
    expect(JSON.stringify(body)).not.toMatch(/ECONN|UND_ERR|127\.0\.0\.1/);
  });

  it.each([300 * 1024, 5 * 1024 * 1024])(
    'refuses a body of %i bytes itself, without calling a service',
    async (length) => {
      const before = seen.length;
      const { status, body } = await call('/api/v1/policies/demo', {
        method: 'POST',
        body: 'x'.repeat(length),
        headers: { 'content-type': 'application/json' },
      });
      expect([status, body.code, seen.length - before]).toEqual([413, 'payload-too-large', 0]);
      expect((await call('/api/v1/policies/demo')).status).toBe(200);
    },
  );

  it('tells each of many clients that its body is too large, though they still send', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        call('/api/v1/policies/demo', {
          method: 'PUT',
          body: 'x'.repeat(4 * 1024 * 1024),
          headers: { 'content-type': 'application/json' },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 413));
  });

  it('refuses a body in chunks that does not end', async () => {
    const before = seen.length;
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    expect(
      await raw(
        `POST /api/v1/policies/demo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${chunk.repeat(6)}`,
      ),
    ).toContain('HTTP/1.1 413 ');
    expect(seen.length).toBe(before);
  });

  it('passes bodies of any media type on unchanged', async () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xc3, 0xa4, 0x22, 0x7d]);
    for (const type of ['application/json', 'application/x-ndjson', 'text/plain']) {
      await call('/api/v1/policies/demo', { method: 'POST', body: bytes, headers: { 'content-type': type } });
      expect([seen.at(-1)!.headers['content-type'], seen.at(-1)!.body]).toEqual([type, bytes.toString()]);
    }
    await call('/api/v1/policies/demo', { method: 'POST' });
    expect(seen.at(-1)!.body).toBe('');
  });

  it('closes the connection of a client that asks for it, and keeps the others', async () => {
    const keptAlive = 'GET /api/v1/policies/demo HTTP/1.1\r\nhost: x\r\n\r\n';
    const answers = await raw(
      `${keptAlive}${keptAlive.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n')}`,
    );
    expect(answers.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
    expect(answers.match(/connection: close/gi)).toHaveLength(1);
  });

  it('answers a client that asks before it sends', async () => {
    const answer = await raw(
      'POST /api/v1/policies/demo HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });

  it.each(['/api/v1/policies/%zz', '/%zz', '/api/v1/policies/%ff'])(
    'answers with a problem if %s is not an address',
    async (path) => {
      const { status, body, headers } = await call(path);
      expect([status, body.code, headers.get('content-type')]).toEqual([
        400,
        'malformed-json',
        'application/problem+json; charset=utf-8',
      ]);
    },
  );

  it('answers with a problem if headers are too long', async () => {
    expect(
      await raw(`GET /api/v1/policies/demo HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 413 [\s\S]*application\/problem\+json[\s\S]*payload-too-large/);
  });

  it('answers other addresses as not found', async () => {
    for (const path of ['/api/v1/other', '/api', '/x', '/api/v1/policiesx']) {
      const { status, body } = await call(path);
      expect([path, status, body.code, body.instance]).toEqual([path, 404, 'not-found', path]);
    }
  });

  it('cannot be led to another service by dots in a path', async () => {
    const answer = await raw(
      'GET /api/v1/policies/%2e%2e/gone HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    );
    expect(answer).not.toContain(' 200 ');
    expect(answer).toContain('application/problem+json');
  });

  it('passes server-sent events on as they come, and ends when the client does', async () => {
    const abort = new AbortController();
    const response = await fetch(`${edge.url}/api/v1/policies/stream`, { signal: abort.signal });
    const first = await response.body!.getReader().read();
    expect(Buffer.from(first.value as Uint8Array).toString()).toBe('data: 1\n\n');
    expect(streams).toBe(1);
    abort.abort();
    await until(() => streams === 0, 'the service was told');
  });
});

describe('the edge itself', () => {
  it('answers the liveness probe', async () => {
    expect((await call('/health/live')).body).toEqual({ service: 'edge', status: 'live' });
  });

  it('names each faulty service and its fault', async () => {
    const { status, body } = await call('/health/ready');
    expect([status, body.status]).toEqual([503, 'not_ready']);
    expect(body.services).toEqual([
      { name: 'policy-registry', ok: true },
      { name: 'policy-evaluator', ok: true },
      { name: 'gone', ok: false, detail: 'is down: cannot be reached' },
    ]);
    ready = false;
    expect(((await call('/health/ready')).body.services as object[])[0]).toMatchObject({
      name: 'policy-registry',
      ok: false,
      detail: 'not ready: database',
    });
    ready = true;
  });

  it('is ready when all services are and the setup is complete', async () => {
    let undone: string | undefined = 'not ready: devices are being registered';
    const own = await createEdge({
      host: '127.0.0.1',
      port: 0,
      auth: issuer.auth,
      services: [{ name: 'one', prefixes: ['/api/v1/one'], origin: await startUpstream('one') }],
      setup: () => undone,
    });
    const early = await fetch(`${own.url}/health/ready`);
    expect([early.status, await early.json()]).toEqual([
      503,
      {
        service: 'edge',
        status: 'not_ready',
        services: [
          { name: 'one', ok: true },
          { name: 'setup', ok: false, detail: undone },
        ],
      },
    ]);
    undone = undefined;
    expect((await fetch(`${own.url}/health/ready`)).status).toBe(200);
    await own.stop();
  });

  it('has one document of all answering services', async () => {
    const { body } = await call('/openapi.json');
    expect(Object.keys(body.paths as object)).toEqual([
      '/api/v1/policy-evaluator',
      '/api/v1/policy-registry',
    ]);
    expect(body['x-unavailable-services']).toEqual(['gone']);
  });

  it('serves metrics and an index', async () => {
    const metrics = async (path = '', tenant = '_system'): Promise<Response> =>
      fetch(`${edge.url}/metrics${path}`, {
        headers: {
          authorization: `Bearer ${await issuer.token({ tenant, scopes: ['METRICS_READ'], sub: 'prometheus', kind: 'service' })}`,
        },
      });
    for (const path of ['', '/policy-registry', '/nobody']) {
      expect((await fetch(`${edge.url}/metrics${path}`)).status).toBe(401);
      expect((await metrics(path, 'acme')).status).toBe(403);
    }
    expect(await (await metrics()).text()).toContain('http_request_duration_seconds_count{service="edge"');
    expect(await (await metrics('/policy-registry')).json()).toEqual({ service: 'policy-registry' });
    expect(seen.at(-1)?.headers.authorization).toMatch(/^Bearer ey/);
    expect((await metrics('/gone')).status).toBe(503);
    expect((await metrics('/nobody')).status).toBe(404);
    expect((await call('/')).body).toMatchObject({
      name: 'Interlock',
      documents: { openapi: '/openapi.json' },
      services: [{ name: 'policy-registry', prefixes: ['/api/v1/policies', '/api/v1/policy'] }, {}, {}],
    });
    expect((await call('/')).headers.get('x-content-type-options')).toBe('nosniff');
  });
});
