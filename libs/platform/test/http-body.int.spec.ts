import { describe, expect, it } from '@jest/globals';
import { bodyLimit } from '../src/index.js';
import { post, request, running, startDemoService, token } from './http-service.js';

startDemoService();

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

  it('that is not JSON is told apart', async () => {
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
