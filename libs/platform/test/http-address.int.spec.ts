import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { post, request, running, startDemoService } from './http-service.js';

startDemoService();

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

  it.each([
    ['7', '7'],
    ['"7"', '7'],
    ['*', null],
    ['"x"', '9999999999999999999'],
    ['W/"7"', '9999999999999999999'],
    ['""', '9999999999999999999'],
  ])('if-match: %s is the revision %s, where a tag of another form is one of no stream', async (tag, is) => {
    const thing = JSON.stringify({ name: 'abc', inner: { size: 1 } });
    expect(await post(thing, { 'if-match': tag })).toMatchObject({ status: 201, body: { revision: is } });
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
    const socket = connect(running.http.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket
      .on('data', (chunk) => {
        answer += chunk.toString();
      })
      .on('close', () => resolve(answer))
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
  ])('with %s is not a request, and that too is a problem', async (_what, text, status) => {
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
