import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { until } from '@interlock/testing';
import { streamLimit } from '../src/sse.js';
import {
  bodyLimit,
  createDevIssuer,
  createTelemetry,
  startService,
  type DevIssuer,
  type RunningService,
} from '../src/index.js';
import { demoModule, Journal } from './demo.js';
import { fakeContext, type FakeParts } from './fake-context.js';

const spans = new InMemorySpanExporter();
let issuer: DevIssuer;
let parts: FakeParts;
let running: RunningService;
let journal: Journal;
let token: string;

beforeAll(async () => {
  createTelemetry({ environment: {}, processors: [new SimpleSpanProcessor(spans)] });
  issuer = await createDevIssuer();
  parts = fakeContext(issuer.auth);
  token = await issuer.token({
    tenant: 'demo',
    scopes: ['POLICY_READ', 'POLICY_WRITE'],
    sub: 'anna',
    kind: 'person',
  });
  running = await startService(parts.context, demoModule, {
    title: 'Demo',
    onReady: (_running, app) => {
      journal = app.get(Journal);
    },
  });
});
afterAll(async () => {
  await running.stop();
});

type Answer = { readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers };
const request = async (
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const response = await fetch(`http://127.0.0.1:${running.http.port}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
};
const post = (body: string, headers: Record<string, string> = {}): Promise<Answer> =>
  request('POST', '/api/v1/things', body, headers);

describe('a body', () => {
  it('is refused with every fault named by its pointer, values left out', async () => {
    const { status, body } = await post(
      JSON.stringify({ name: 'Secret9', note: 7, inner: { size: 99, more: 1 }, 'odd/~name': true }),
    );
    expect([status, body.code]).toEqual([422, 'validation-failed']);
    expect(body.violations).toEqual(
      expect.arrayContaining([
        { pointer: '/name', detail: 'must be lower-case letters' },
        { pointer: '/note', detail: 'must be a string' },
        { pointer: '/inner/size', detail: 'must not be greater than 10' },
        { pointer: '/inner/more', detail: 'is not known here' },
        { pointer: '/odd~1~0name', detail: 'is not known here' },
      ]),
    );
    expect((body.violations as unknown[]).length).toBe(5);
    expect(JSON.stringify(body)).not.toContain('Secret9');
  });

  it.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a number', '1'],
  ])('that is %s is refused', async (_what, text) => {
    expect([400, 422]).toContain((await post(text)).status);
  });

  it('is refused where a nested part is missing or no object', async () => {
    const violations = async (inner: unknown): Promise<unknown> =>
      (await post(JSON.stringify({ name: 'abc', inner }))).body.violations;
    expect(await violations(undefined)).toEqual([{ pointer: '/inner', detail: 'is required' }]);
    expect(await violations(null)).toEqual([{ pointer: '/inner', detail: 'must be an object or a list' }]);
    expect(await violations([])).toEqual([{ pointer: '/inner', detail: 'must be an object' }]);
    expect(await violations('x')).toEqual(
      expect.arrayContaining([expect.objectContaining({ pointer: '/inner' })]),
    );
  });

  it('keeps numbers that are texts apart from numbers', async () => {
    expect((await post(JSON.stringify({ name: 'abc', inner: { size: '3' } }))).body.violations).toEqual(
      expect.arrayContaining([expect.objectContaining({ pointer: '/inner/size' })]),
    );
  });

  it('that is no JSON is told apart', async () => {
    const { status, body } = await post('{"name": ');
    expect([status, body.code, body.type]).toEqual([
      400,
      'malformed-json',
      'urn:interlock:problem:malformed-json',
    ]);
  });

  it('says of what is missing that it is required, once, and of nothing else', async () => {
    const { body } = await post('{}');
    expect(body.violations).toEqual([
      { pointer: '/name', detail: 'is required' },
      { pointer: '/inner', detail: 'is required' },
    ]);
    expect((await post('{"name":null,"inner":{}}')).body.violations).toEqual(
      expect.arrayContaining([
        { pointer: '/name', detail: 'must be lower-case letters' },
        { pointer: '/inner/size', detail: 'is required' },
      ]),
    );
  });

  const refusedName = (pointer: string): object => ({
    pointer,
    detail: "must have another name: this one is every object's own",
  });
  it.each([
    '__proto__',
    'constructor',
    'prototype',
    '__defineGetter__',
    '__defineSetter__',
    '__lookupGetter__',
    '__lookupSetter__',
    'hasOwnProperty',
    'isPrototypeOf',
    'propertyIsEnumerable',
    'toString',
    'toLocaleString',
    'valueOf',
  ])('has no member named %s, however deep', async (name) => {
    const { status, body } = await post(
      `{"name":"abc","${name}":{"admin":true},"inner":{"size":1,"more":[{"${name}":1}]}}`,
    );
    expect([status, body.code, body.violations]).toEqual([
      422,
      'validation-failed',
      [refusedName(`/${name}`), refusedName(`/inner/more/0/${name}`)],
    ]);
    const query = await request('GET', `/api/v1/things?${name}=1`);
    expect([query.status, query.body.violations]).toEqual([422, [refusedName(`/${name}`)]]);
  });

  it('is refused where a name is given twice or a number can not be held, each with its pointer', async () => {
    const { status, body } = await post(
      '{"name":"abc","n\\u0061me":"abd","inner":{"size":-0,"a":[1e400,12345678901234567890,-0.0]}}',
    );
    expect([status, body.violations]).toEqual([
      422,
      [
        { pointer: '/name', detail: 'must be given once' },
        { pointer: '/inner/size', detail: 'must not be negative zero' },
        { pointer: '/inner/a/0', detail: 'must be a number that can be held: it is too large' },
        {
          pointer: '/inner/a/1',
          detail: 'must be a whole number that can be held: digits of this one would be lost',
        },
        { pointer: '/inner/a/2', detail: 'must not be negative zero' },
      ],
    ]);
  });

  it('that is not UTF-8 is refused, not mended', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"name":"abc","note":"'),
      Buffer.from([0xff]),
      Buffer.from('","inner":{"size":1}}'),
    ]);
    const response = await fetch(`http://127.0.0.1:${running.http.port}/api/v1/things`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: bytes,
    });
    expect([response.status, ((await response.json()) as { code: string; detail: string }).code]).toEqual([
      400,
      'malformed-json',
    ]);
  });

  it.each([
    ['content-encoding', 'gzip'],
    ['content-encoding', 'br'],
    ['content-encoding', 'identity, gzip'],
    ['content-type', 'application/json; charset=utf-16'],
    ['content-type', 'application/json;charset="latin1"'],
  ])('sent as %s: %s is refused, for it would be read as something else', async (name, value) => {
    const { status, body } = await post(JSON.stringify({ name: 'abc', inner: { size: 3 } }), {
      [name]: value,
    });
    expect([status, body.code]).toEqual([415, 'unsupported-media-type']);
  });

  it.each([
    ['content-encoding', 'identity'],
    ['content-type', 'application/json; charset=utf-8'],
    ['content-type', 'application/json;charset="UTF-8"'],
  ])('sent as %s: %s is taken', async (name, value) => {
    expect((await post(JSON.stringify({ name: 'abc', inner: { size: 3 } }), { [name]: value })).status).toBe(
      201,
    );
  });

  it.each([
    'text/csv',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'nonsense',
  ])('of media type %s is told apart', async (type) => {
    const { status, body } = await post('name=abc', { 'content-type': type });
    expect([status, body.code]).toEqual([415, 'unsupported-media-type']);
  });

  it('that is empty is one without members, whatever its media type', async () => {
    const { body } = await request('POST', '/api/v1/things', '', { 'content-type': 'application/json' });
    expect((body.violations as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/name', '/inner']),
    );
  });

  it('that nests without end is refused', async () => {
    const { status, body } = await post(`{"name":"abc","inner":${'['.repeat(60_000)}${']'.repeat(60_000)}}`);
    expect([status, body.code]).toEqual([422, 'validation-failed']);
  });

  it.each([
    ['NUL', '\\u0000'],
    ['half a surrogate pair', '\\ud800'],
  ])('that holds %s is refused, for no read model could keep it', async (_what, text) => {
    const { status, body } = await post(`{"name":"abc","note":"a${text}b","inner":{"size":1,"${text}":1}}`);
    expect([status, body.code]).toEqual([422, 'validation-failed']);
    expect((body.violations as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/note',
      '/inner/\u{fffd}',
    ]);
  });

  it('may be as large as the limit and no larger', async () => {
    const wrap = (length: number): string => {
      const shell = JSON.stringify({ name: 'abc', note: '', inner: { size: 1 } });
      return shell.replace('"note":""', `"note":"${'n'.repeat(length - shell.length)}"`);
    };
    expect((await post(wrap(bodyLimit))).status).toBe(201);
    const { status, body } = await post(wrap(bodyLimit + 1));
    expect([status, body.code]).toEqual([413, 'payload-too-large']);
  });
});

describe('headers', () => {
  it.each([
    ['if-match', 'abc', '/headers/if-match'],
    ['if-match', '-1', '/headers/if-match'],
    ['idempotency-key', 'a b', '/headers/idempotency-key'],
    ['idempotency-key', 'x'.repeat(129), '/headers/idempotency-key'],
  ])('%s: %s is refused', async (name, value, pointer) => {
    const { status, body } = await post(JSON.stringify({ name: 'abc', inner: { size: 1 } }), {
      [name]: value,
    });
    expect([status, (body.violations as { pointer: string }[])[0]!.pointer]).toEqual([422, pointer]);
  });

  it.each(['x', '-1', '1/2/3', '1.5', '99999999999999999999999'])(
    'interlock-min-position: %s is refused',
    async (value) => {
      expect(
        (await request('GET', '/api/v1/things', undefined, { 'interlock-min-position': value })).body.code,
      ).toBe('validation-failed');
    },
  );

  it('of safety are on every answer', async () => {
    for (const path of ['/health/live', '/nowhere', '/api/v1/things/fail/error']) {
      const { headers } = await request('GET', path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('strict-transport-security')).toContain('max-age=');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it("carry a request id, the caller's where it is one", async () => {
    expect(
      (await request('GET', '/health/live', undefined, { 'x-request-id': 'abc-1' })).headers.get(
        'x-request-id',
      ),
    ).toBe('abc-1');
    expect((await request('GET', '/health/live')).headers.get('x-request-id')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7/,
    );
  });
});

/** What a bare connection answers. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(running.http.port, '127.0.0.1', () => {
      socket.write(text);
    });
    let answer = '';
    socket
      .on('data', (chunk) => {
        answer += chunk.toString();
      })
      .on('close', () => {
        resolve(answer);
      })
      .on('error', reject);
  });

describe('an address', () => {
  it.each(['/api/v1/things/of/%zz', '/api/v1/things/of/%ff', '/%'])(
    'that can not be decoded, %s, is a problem as any',
    async (path) => {
      const { status, body, headers } = await request('GET', path);
      expect([status, body.code, headers.get('content-type')]).toEqual([
        400,
        'malformed-json',
        'application/problem+json; charset=utf-8',
      ]);
      expect(JSON.stringify(body)).not.toContain('FST_');
    },
  );

  it('that is too long is a problem as any', async () => {
    const { status, body } = await request('GET', `/api/v1/things/of/${'x'.repeat(600)}`);
    expect([status, body.code, body.status]).toEqual([413, 'payload-too-large', 413]);
  });

  it.each(['/api/v1/things/of/a%00b', '/api/v1/things?x=%00'])(
    'that holds NUL, %s, is refused',
    async (path) => {
      const { status, body } = await request('GET', path);
      expect([status, body.code]).toEqual([422, 'validation-failed']);
    },
  );

  it.each([
    ['an unknown version', 'GET / HTTP/9.9\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['headers without end', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 413],
  ])('with %s is no request, and that too is a problem', async (_what, text, status) => {
    const [head, body] = (await raw(text)).split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toContain('application/problem+json');
    expect(JSON.parse(body!)).toMatchObject({
      status,
      type: expect.stringContaining('urn:interlock:problem:'),
    });
  });

  it('that is unknown is not found', async () => {
    const { status, body, headers } = await request('GET', '/api/v1/nothing?token=abc');
    expect([status, body.code, body.instance]).toEqual([404, 'not-found', '/api/v1/nothing']);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });

  it('that does not answer a method says which it does', async () => {
    const { status, body, headers } = await request('PUT', '/api/v1/things', '{}');
    expect([status, body.code, body.allow, headers.get('allow')]).toEqual([
      405,
      'method-not-allowed',
      ['GET', 'HEAD', 'POST'],
      'GET, HEAD, POST',
    ]);
  });

  it('answers OPTIONS with 204', async () => {
    expect((await request('OPTIONS', '/api/v1/things')).status).toBe(204);
  });
});

describe('an error', () => {
  it('of ours goes out with its members, which replace nothing', async () => {
    const { status, body } = await request('GET', '/api/v1/things/fail/problem');
    expect([status, body]).toEqual([
      412,
      expect.objectContaining({
        status: 412,
        code: 'stale-revision',
        detail: 'it is at revision 3',
        revision: '3',
        remedy: 'read it again',
        instance: '/api/v1/things/fail/problem',
      }),
    ]);
  });

  it('of another kind says nothing of the inside, and the log has it under the trace id', async () => {
    const { status, body } = await request('GET', '/api/v1/things/fail/error');
    expect([status, body.code, body.error]).toEqual([500, 'internal-error', 'Internal server error']);
    expect(JSON.stringify(body)).not.toMatch(/hunter2|secret|\.ts|at /);
    const line = parts.lines
      .map((text) => JSON.parse(text) as { level: string; trace_id?: string; err?: { message: string } })
      .find(({ level, trace_id: id }) => level === 'error' && id === body.trace_id);
    expect(line?.err?.message).toContain('hunter2');
  });
});

describe('a trace', () => {
  it("goes on from the caller's, through a body, to the answer", async () => {
    spans.reset();
    const { body } = await post(JSON.stringify({ name: 'abc', inner: { size: 1 } }), {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    const span = await until(
      () => spans.getFinishedSpans().find(({ name }) => name === 'POST /api/v1/things'),
      'the span has ended',
    );
    expect(span.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(span.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(span.attributes).toMatchObject({
      'http.response.status_code': 201,
      'interlock.tenant_id': 'demo',
      'interlock.service': 'demo-service',
    });
    expect((body.command as { traceparent: string }).traceparent).toBe(
      `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`,
    );
  });

  it("is the caller's alone where many ask at once", async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `${i + 1}`.padStart(32, '0'));
    const answers = await Promise.all(
      ids.map((id) =>
        post(JSON.stringify({ name: 'abc', inner: { size: 1 } }), {
          traceparent: `00-${id}-b7ad6b7169203331-01`,
        }),
      ),
    );
    expect(
      answers.map(({ body }) => (body.command as { traceparent: string }).traceparent.split('-')[1]),
    ).toEqual(ids);
  });
});

describe('what is told', () => {
  it('is a line for each request, with trace and tenant', async () => {
    const { body } = await post(JSON.stringify({ name: 'abc', inner: { size: 1 } }));
    const traceId = (body.command as { traceparent: string }).traceparent.split('-')[1];
    const line = await until(
      () =>
        parts.lines
          .map((text) => JSON.parse(text) as Record<string, unknown>)
          .find((l) => l.message === 'request' && l.trace_id === traceId),
      'the line is there',
    );
    expect(line).toMatchObject({
      level: 'info',
      service: 'demo-service',
      tenant_id: 'demo',
      method: 'POST',
      route: '/api/v1/things',
      status: 201,
    });
  });

  it('is measured by route pattern, service and status', async () => {
    await request('DELETE', '/api/v1/things/some-id');
    const text = await (await fetch(`http://127.0.0.1:${running.http.port}/metrics`)).text();
    expect(text).toMatch(
      /http_request_duration_seconds_count\{service="demo-service",method="DELETE",route="\/api\/v1\/things\/:id",status="200"\} 1/,
    );
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).not.toContain('some-id');
  });
});

describe('the OpenAPI document', () => {
  it("names every route with its scopes, and none of the platform's", async () => {
    const { body } = await request('GET', '/openapi.json');
    const document = body as unknown as {
      openapi: string;
      info: { title: string };
      paths: Record<string, Record<string, { 'x-required-scopes'?: string[]; security?: object[] }>>;
      components: { securitySchemes: object };
    };
    expect([document.openapi, document.info.title]).toEqual(['3.1.0', 'Demo']);
    expect(Object.keys(document.paths).sort()).toEqual([
      '/api/v1/things',
      '/api/v1/things/fail/{how}',
      '/api/v1/things/in/{stream}',
      '/api/v1/things/kept',
      '/api/v1/things/of/{tenantId}',
      '/api/v1/things/slow',
      '/api/v1/things/stream',
      '/api/v1/things/tenant',
      '/api/v1/things/{id}',
    ]);
    expect(document.paths['/api/v1/things']!.post).toMatchObject({
      'x-required-scopes': ['POLICY_WRITE', 'POLICY_ACTIVATE'],
      security: [{ bearer: [] }],
    });
    expect(document.components.securitySchemes).toHaveProperty('bearer');
  });
});

describe('server-sent events', () => {
  it('come one by one, and end with the client', async () => {
    const abort = new AbortController();
    const response = await fetch(`http://127.0.0.1:${running.http.port}/api/v1/things/stream`, {
      signal: abort.signal,
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    for await (const chunk of response.body!) {
      text += Buffer.from(chunk as Uint8Array).toString();
      if (text.includes('id: 3\n')) break;
    }
    abort.abort();
    expect(text).toContain('id: 2\nevent: tick\ndata: {"i":2}\n\n');
    await until(() => journal.entries.includes('stream ended'), 'the source was told');
  });

  it('are bounded in number, and one that ends makes room', async () => {
    const address = `http://127.0.0.1:${running.http.port}/api/v1/things/stream`;
    const aborts = Array.from({ length: streamLimit }, () => new AbortController());
    const opened = await Promise.all(aborts.map(({ signal }) => fetch(address, { signal })));
    expect(opened.every(({ status }) => status === 200)).toBe(true);
    const refused = await fetch(address);
    expect([
      refused.status,
      ((await refused.json()) as { code: string }).code,
      refused.headers.get('content-type'),
    ]).toEqual([429, 'rate-limited', 'application/problem+json; charset=utf-8']);
    aborts.pop()!.abort();
    const abort = new AbortController();
    await until(async () => {
      const again = await fetch(address, { signal: abort.signal });
      if (again.status !== 200) await again.text();
      return again.status === 200;
    }, 'there is room again');
    for (const one of [...aborts, abort]) one.abort();
  });
});

describe('a rate limit', () => {
  it('refuses what is too much from one token, says when to come back, and leaves health alone', async () => {
    const limited = fakeContext(issuer.auth, { INTERLOCK_RATE_LIMIT: '3' }, 'limited');
    const service = await startService(limited.context, demoModule, { title: 'Limited' });
    try {
      const call = (path: string, as: string): Promise<Response> =>
        fetch(`http://127.0.0.1:${service.http.port}${path}`, { headers: { authorization: `Bearer ${as}` } });
      const statuses: number[] = [];
      for (let i = 0; i < 4; i += 1) statuses.push((await call('/api/v1/things', token)).status);
      expect(statuses).toEqual([200, 200, 200, 429]);
      const refused = await call('/api/v1/things', token);
      expect(await refused.json()).toMatchObject({ code: 'rate-limited', status: 429 });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      const other = await issuer.token({
        tenant: 'other',
        scopes: ['POLICY_READ'],
        sub: 'bert',
        kind: 'person',
      });
      expect((await call('/api/v1/things', other)).status).toBe(200);
      for (let i = 0; i < 5; i += 1) expect((await call('/health/live', token)).status).toBe(200);
    } finally {
      await service.stop();
    }
  });

  it('that is no number keeps a service from starting', async () => {
    await expect(
      startService(fakeContext(issuer.auth, { INTERLOCK_RATE_LIMIT: 'many' }).context, demoModule, {
        title: 'x',
      }),
    ).rejects.toMatchObject({ code: 'validation-failed' });
  });
});

describe('a stop', () => {
  it("runs the module's hooks, ends open streams, and closes nothing that is shared", async () => {
    const own = fakeContext(issuer.auth, {}, 'stopping');
    let entries: string[] = [];
    const service = await startService(own.context, demoModule, {
      title: 'Stopping',
      onReady: (_running, app) => {
        entries = app.get(Journal).entries;
      },
    });
    const stream = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/things/stream`);
    const ended = (async () => {
      for await (const _chunk of stream.body!) {
        /* until it ends */
      }
    })().catch(() => undefined);
    await Promise.all([service.stop(), service.stop()]);
    await ended;
    expect(entries).toContain('shutdown');
    expect(own.closed).toEqual([]);
    await expect(
      new Promise((resolve, reject) => {
        connect(service.http.port, '127.0.0.1').once('connect', resolve).once('error', reject);
      }),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('lets what is being answered end', async () => {
    const own = fakeContext(issuer.auth, {}, 'gentle');
    let its: Journal | undefined;
    const service = await startService(own.context, demoModule, {
      title: 'Gentle',
      onReady: (_running, app) => {
        its = app.get(Journal);
      },
    });
    const answer = fetch(`http://127.0.0.1:${service.http.port}/api/v1/things/slow`);
    await until(() => its!.entries.includes('slow began'), 'it is being answered');
    const stopped = service.stop();
    its!.release();
    expect(await (await answer).json()).toEqual({ slow: true });
    await stopped;
  });

  it('leaves another service of the process alone', async () => {
    const own = { ...fakeContext(issuer.auth, {}, 'neighbour').context, metrics: parts.context.metrics };
    const neighbour = await startService(own, demoModule, { title: 'Neighbour' });
    await neighbour.stop();
    expect((await request('GET', '/health/ready')).status).toBe(200);
  });
});
