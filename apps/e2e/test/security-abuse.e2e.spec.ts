import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scopes } from '@interlock/contracts';
import { until } from '@interlock/testing';
import fc from 'fast-check';
import {
  ask,
  eachOf,
  Forger,
  leakIn,
  raw,
  routesOf,
  type OpenApi,
  type Plain,
  type Route,
} from './security-doors.js';
import { intentsSubject, tenant } from './names.js';
import { World } from './world.js';

const world = new World({ devices: [] });
const seed = 20_261_120;
let http: string;
let token: string;
let routes: readonly Route[];
let pid: number;

beforeAll(async () => {
  await world.start();
  ({ http, pid } = world.stack.runtime);
  const forger = new Forger(world.stack.home);
  token = forger.signed(forger.claims(tenant, scopes));
  routes = routesOf(JSON.parse((await ask(http, 'GET', '/openapi.json')).text) as OpenApi);
});
afterAll(() => world.end());

const as = (headers: { readonly [name: string]: string } = {}): { readonly [name: string]: string } => ({
  authorization: `Bearer ${token}`,
  ...headers,
});
const filled = (path: string, id = 'x-1', of = tenant): string =>
  path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => (name === 'tenantId' ? of : id));
const named = ({ method, path }: Route): string => `${method} ${path}`;
const query = (text: string): string => encodeURIComponent(text);
const cursor = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What is wrong with an answer to nonsense, or null: it is no 5xx, every refusal is a problem document, and none tells of the inside. */
const faultOf = (
  { status, type, text }: Plain,
  allowed: (status: number) => boolean = (code) => code < 500,
): string | null => {
  if (!allowed(status)) return `answers ${status} ${text.slice(0, 160)}`;
  if (status < 400) return null;
  if (!type.startsWith('application/problem+json'))
    return `answers ${status} as ${type}: ${text.slice(0, 80)}`;
  const leak = leakIn(text);
  return leak === undefined ? null : `says \`${leak}\` in ${text.slice(0, 200)}`;
};
type Probe = {
  readonly route: Route;
  readonly path: string;
  readonly what: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array<ArrayBuffer>;
};
const faultsOf = async (
  probes: readonly Probe[],
  allowed?: (status: number) => boolean,
): Promise<readonly string[]> => {
  const faults: string[] = [];
  await eachOf(probes, async ({ route, path, what, headers, body }) => {
    const fault = await ask(http, route.method, path, as(headers), body).then(
      (answer) => faultOf(answer, allowed),
      (error: unknown) => `gives no answer: ${String(error)}`,
    );
    if (fault !== null) faults.push(`${route.method} ${path.slice(0, 80)} with ${what} ${fault}`);
  });
  return faults;
};
const withBody = (): readonly Route[] => routes.filter((route) => route.hasBody);
const is4xx = (status: number): boolean => status >= 400 && status < 500;

describe('a body', () => {
  it.each<[string, string | Uint8Array<ArrayBuffer>]>([
    ['300 KB', JSON.stringify({ note: 'n'.repeat(300 * 1024) })],
    ['5 MB', 'x'.repeat(5 * 1024 * 1024)],
    ['5,000 nested objects', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`],
    ['100,000 nested lists', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['a prototype', '{"__proto__":{"admin":true}}'],
    ['a constructor', '{"constructor":{"prototype":{"admin":true}}}'],
    ['no JSON', '{'],
    ['a number', '1'],
    ['a text', '"x"'],
    ['a list in lists', '[[[]]]'],
    ['a list of null', '[null]'],
    ['numbers without end', '{"value":1e999,"seconds":1e999,"limit":-1e999,"dwell_s":1e999,"reason":1e999}'],
    ['NUL', '{"reason":"a\\u0000b","note":"\\u0000","value":"\\u0000"}'],
    ['half a surrogate pair', '{"reason":"\\ud800","note":"\\udc00"}'],
    ['names of methods', '{"toJSON":1,"toString":1,"valueOf":2,"then":3,"length":-1,"hasOwnProperty":1}'],
    ['invalid UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ])('of %s is refused by every route, as a problem', async (what, body) => {
    expect(
      await faultsOf(
        withBody().map((route) => ({ route, path: filled(route.path), what, body })),
        is4xx,
      ),
    ).toEqual([]);
  });

  it.each([
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/merge-patch+json',
    'garbage',
    'text/html;'.repeat(100),
  ])('of media type %s is refused by every route', async (type) => {
    expect(
      await faultsOf(
        withBody().map((route) => ({
          route,
          path: filled(route.path),
          what: type.slice(0, 40),
          body: '{"x":1}',
          headers: { 'content-type': type },
        })),
        is4xx,
      ),
    ).toEqual([]);
  });

  it('makes nobody an administrator', async () => {
    expect(
      (
        await ask(
          http,
          'POST',
          `/api/v1/policies/${tenant}`,
          as(),
          '{"policy_id":"proto","__proto__":{"decision":"ALLOW"}}',
        )
      ).status,
    ).toBe(422);
    expect(({} as { readonly admin?: boolean }).admin).toBeUndefined();
  });
});

describe('an address', () => {
  const ids = [
    '..',
    '%2e%2e',
    '..%2f..%2fmetrics',
    '..%5c..%5cetc',
    '%00',
    'a%00b',
    '%ff',
    '%zz',
    '%27%3B--',
    '%22%20or%201=1',
    '_system:global',
    '%0d%0aset-cookie:%20a=b',
    '__proto__',
    'constructor',
    'a'.repeat(400),
    'a'.repeat(4000),
    '%F0%9F%98%80',
    '$all',
    '%24et-x',
    'a%3Ab',
    '%25s%25n',
    '{{7*7}}',
    '${7*7}',
  ];

  it('with any nonsense for an id is answered', async () => {
    expect(
      await faultsOf(
        routes
          .filter(({ path }) => /\{(?!tenantId)/.test(path))
          .flatMap((route) =>
            ids.map((id) => ({
              route,
              path: filled(route.path, id),
              what: 'this id',
              ...(route.hasBody ? { body: '{}' } : {}),
            })),
          ),
      ),
    ).toEqual([]);
  });

  it('with any nonsense for a tenant is refused', async () => {
    const tenants = ids.filter((id) => !id.includes('..') && !/^%2e/.test(id));
    expect(
      await faultsOf(
        routes
          .filter(({ path }) => path.includes('{tenantId}'))
          .flatMap((route) =>
            tenants.map((id) => ({
              route,
              path: filled(route.path, 'x-1', id),
              what: 'this tenant',
              ...(route.hasBody ? { body: '{}' } : {}),
            })),
          ),
        is4xx,
      ),
    ).toEqual([]);
  });

  it('reaches nothing behind the edge by dots', async () => {
    for (const path of [
      '/api/../metrics',
      '/api/v1/alerts/../../../metrics',
      '/api/v1/alerts/..%2f..%2f..%2fmetrics',
      '/api/v1/alerts/%2e%2e/%2e%2e/%2e%2e/openapi.json',
      '/api/%2e%2e/health/ready',
      '/api//metrics',
      '//metrics',
    ]) {
      const answer = await raw(
        http,
        `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`,
      );
      expect([path, /^HTTP\/1\.1 4\d\d /.test(answer)]).toEqual([path, true]);
    }
  });
});

describe('a query', () => {
  const values = [
    '',
    '%00',
    '-1',
    '0',
    '1e9',
    '9'.repeat(400),
    'NaN',
    'Infinity',
    '1;drop table',
    "'",
    '%ff',
    '\u{fffd}',
    '2026-13-45T99:99:99Z',
    '+275760-09-14T00:00:00Z',
    '9999-12-31',
    '0000-00-00',
    '_all',
    '*',
    '[]',
    '{"$gt":""}',
    '\\',
    'null',
    'true',
  ].map((value) => (value.startsWith('%') ? value : query(value)));
  const cursors = [
    'AAAA',
    'x',
    '%00',
    '99999999999999999999999',
    '1.5',
    ...[
      [],
      ['\0'],
      ['a', 'b'],
      [1, 2, 3],
      ['\0', '\0'],
      [null],
      [null, null],
      [['9'.repeat(40)], 'x'],
      [true, true],
      [1e300, 1e300],
      ['2026-01-01T00:00:00Z', '\0'],
      ['2026-01-01T00:00:00Z', 1],
      ['275760-09-14', 'x'],
      ['infinity', 'x'],
      ['\ud800', 'x'],
      { a: 1 },
    ].map(cursor),
  ];

  it('may hold anything in any parameter of any route', async () => {
    const probes = routes
      .filter(({ method }) => method === 'GET')
      .flatMap((route) =>
        route.parameters
          .filter((one) => one.in === 'query')
          .flatMap(({ name }) =>
            [...(name === 'cursor' ? cursors : values), ...(name === 'cursor' ? [] : [`1&${name}=2`])].map(
              (value) => ({ route, path: `${filled(route.path)}?${name}=${value}`, what: 'this query' }),
            ),
          ),
      );
    expect(probes.length).toBeGreaterThan(800);
    expect(await faultsOf(probes)).toEqual([]);
  });

  it('may hold a thousand parameters, lists and prototypes', async () => {
    const many = Array.from({ length: 1500 }, (_, i) => `p${i}=1`).join('&');
    const queries = [
      many,
      'a=1&'.repeat(2000),
      '__proto__[x]=1',
      '__proto__=1',
      'constructor=1',
      'limit[]=1',
      'limit[$ne]=1',
      'tenant_id[]=acme',
      'toString=1',
      '&&&===&',
      '%',
      '%zz=1',
    ];
    expect(
      await faultsOf(
        routes
          .filter(({ method }) => method === 'GET')
          .flatMap((route) =>
            queries.map((text) => ({ route, path: `${filled(route.path)}?${text}`, what: 'this query' })),
          ),
      ),
    ).toEqual([]);
  });
});

describe('headers', () => {
  it('may hold anything', async () => {
    const headers: readonly (readonly [string, string])[] = [
      ...['', '-1', '999999999999999999', '9'.repeat(40), 'x/y', '\u00ff'].map(
        (value) => ['interlock-min-position', value] as const,
      ),
      ...['*', '"x"', 'W/"1"', '"9999999999999999999"'].map((value) => ['if-match', value] as const),
      ...['..', '_all', 'other', '_system', 'a,b', tenant.toUpperCase()].map(
        (value) => ['x-tenant-id', value] as const,
      ),
      ['idempotency-key', 'k'.repeat(5000)],
      ['idempotency-key', '\u00e9'],
      ['traceparent', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`],
      ['tracestate', '='.repeat(600)],
      ['x-request-id', '<script>'],
      ['accept', 'text/html'],
      ['content-encoding', 'gzip'],
      ['x-http-method-override', 'DELETE'],
      ['x-forwarded-for', "'; drop table"],
      ['host', 'evil'],
      ['origin', 'https://evil'],
    ];
    const chosen = routes.filter(({ path }) =>
      [
        '/api/v1/devices',
        '/api/v1/policies/{tenantId}',
        '/api/v1/autonomous/kill-switch',
        '/api/v1/policy/bundles/{id}',
        '/api/v1/autonomy/budget',
        '/api/v1/posture/config',
        '/api/v1/incidents',
      ].includes(path),
    );
    const probes = chosen.flatMap((route) =>
      headers.map(([name, value]) => ({
        route,
        path: filled(route.path),
        what: `${name}: ${value.slice(0, 30)}`,
        headers: { [name]: value },
        ...(route.hasBody ? { body: '{"x":1}' } : {}),
      })),
    );
    const behind = (status: number): boolean => status < 500 || status === 503;
    expect(
      await faultsOf(probes.filter(({ what }) => !what.startsWith('interlock-min-position: 9'))),
    ).toEqual([]);
    // A position that the log has not reached is waited for, bounded.
    expect(
      await faultsOf(
        probes.filter(({ what }) => what.startsWith('interlock-min-position: 9')),
        behind,
      ),
    ).toEqual([]);
  });

  it('come back in no answer, and split none', async () => {
    const answer = await raw(
      http,
      `GET /api/v1/alerts/%0d%0aset-cookie:%20a=b HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nx-request-id: a\tb\r\nconnection: close\r\n\r\n`,
    );
    const head = answer.split('\r\n\r\n')[0]!;
    expect(head).not.toMatch(/set-cookie|a\tb/i);
    expect(head).toMatch(/x-content-type-options: nosniff/i);
  });

  it.each([
    ['two lengths', 'content-length: 2\r\ncontent-length: 3\r\n\r\n{}'],
    ['a length and chunks', 'content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
    ['a chunk that is none', 'transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n'],
    ['an encoding that hides chunks', 'transfer-encoding: xchunked\r\n\r\n{}'],
    ['20 KB of headers', `x: ${'y'.repeat(20_000)}\r\n\r\n`],
    ['NUL in a header', 'x: a\0b\r\n\r\n'],
    ['a folded line', 'x: a\r\n b: c\r\n\r\n'],
  ])('with %s let nothing through', async (_what, rest) => {
    const answer = await raw(
      http,
      `POST /api/v1/devices HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nconnection: close\r\ncontent-type: application/json\r\n${rest}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).toContain('application/problem+json');
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  });

  it.each([
    'GET http://[ HTTP/1.1',
    'GET /a b HTTP/1.1',
    'FOO / HTTP/1.1',
    'GET /\0 HTTP/1.1',
    'GET / HTTP/9.9',
    `GET /${'a'.repeat(20_000)} HTTP/1.1`,
    'TRACE /api/v1/alerts HTTP/1.1',
    'PROPFIND /api/v1/alerts HTTP/1.1',
    'GET http://evil/api/v1/alerts HTTP/1.1',
  ])('of a request that starts with %s change nothing', async (line) => {
    const answer = await raw(http, `${line}\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(leakIn(answer)).toBeUndefined();
  });
});

describe('a message on the bus', () => {
  const event = (over: object, data: object = {}): string =>
    JSON.stringify({ ...world.cloudEvent(world.intent('cell-x', data)), ...over });
  const nested = (depth: number): string =>
    event({}).replace('"power_raise_db":3', `"deep":${'['.repeat(depth)}${']'.repeat(depth)}`);

  it.each<[string, string | Uint8Array]>([
    ['no JSON', '{'],
    ['nothing', ''],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0, 1])],
    ['null', 'null'],
    ['a list', '[]'],
    ['300 KB', event({ x: 'y'.repeat(300_000) })],
    ['parameters 100 deep', nested(100)],
    ['NUL in its parameters', event({}, { parameters: { note: 'a\0b' } })],
    ['NUL in a name of a parameter', event({}, { parameters: { 'a\0b': 1 } })],
    ['half a surrogate pair in its parameters', event({}, { parameters: { note: '\ud800' } })],
    ['numbers without end', event({}).replace('"power_raise_db":3', '"power_raise_db":1e999')],
  ])('that is or holds %s is rejected, and stops nothing', async (_what, data) => {
    const before = (await world.messages('REJECTED', `interlock.intents.rejected.${tenant}`)).length;
    const dead = (await world.messages('DEAD', 'interlock.dead.>')).length;
    world.upstream.publish(intentsSubject, data);
    await until(
      async () => (await world.messages('REJECTED', `interlock.intents.rejected.${tenant}`)).length > before,
      'it is rejected',
      10_000,
    );
    expect((await world.messages('DEAD', 'interlock.dead.>')).length).toBe(dead);
    expect(JSON.parse((await ask(http, 'GET', '/health/ready')).text)).toMatchObject({ status: 'ready' });
  });
});

describe('whatever comes', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '',
      '\0',
      '\ud800',
      '../..',
      '__proto__',
      'constructor',
      '\u202e',
      `${2 ** 64}`,
      '-0',
      '1e400',
      tenant,
      '_system',
      '_all',
      '*',
      '\'"`;--',
      '<script>',
      'cell_failover',
      '2026-01-01T00:00:00Z',
    ),
    fc.double(),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom(Number.MAX_VALUE, -1, 0, 2 ** 53, 1e-300),
    fc.array(fc.anything({ maxDepth: 2, withNullPrototype: false }), { maxLength: 4 }),
    fc.object({ maxDepth: 3, maxKeys: 4 }),
  );

  it('is answered with less than 500, as a problem where it is refused, and tells nothing', async () => {
    const faults: string[] = [];
    const probe = fc.record({
      at: fc.nat(),
      id: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 30 }),
      keep: fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
      values: fc.array(nasty, { minLength: 24, maxLength: 24 }),
      extra: fc.dictionary(fc.string(), nasty, { maxKeys: 2 }),
    });
    await eachOf(fc.sample(probe, { seed, numRuns: 500 }), async ({ at, id, keep, values, extra }) => {
      const route = routes[at % routes.length]!;
      const chosen = (names: readonly string[]): readonly (readonly [string, unknown])[] =>
        names.filter((_name, i) => keep[i % keep.length]).map((name, i) => [name, values[i % values.length]]);
      const search = chosen(route.parameters.filter((one) => one.in === 'query').map(({ name }) => name))
        .map(([name, value]) => `${name}=${query(String(value).toWellFormed())}`)
        .join('&');
      const body = route.hasBody
        ? JSON.stringify({ ...Object.fromEntries(chosen(route.fields)), ...extra }, (_key, value: unknown) =>
            typeof value === 'bigint' ? `${value}` : value,
          )
        : undefined;
      const path = `${filled(route.path, query(id))}${search === '' ? '' : `?${search}`}`;
      const fault = await ask(http, route.method, path, as(), body).then(
        (answer) => faultOf(answer),
        (error: unknown) => `gives no answer: ${String(error)}`,
      );
      if (fault !== null)
        faults.push(`${named(route)} ${path.slice(0, 120)} ${body?.slice(0, 300) ?? ''} ${fault}`);
    });
    expect(faults).toEqual([]);
  });

  it('leaves every service ready, its read models current, and no rejection that nobody handled', async () => {
    expect(world.stack.runtime.pid).toBe(pid);
    expect(JSON.parse((await ask(http, 'GET', '/health/ready')).text)).toMatchObject({ status: 'ready' });
    const log = readFileSync(join(world.stack.home, 'logs', 'interlock.log'), 'utf8').split('\n');
    // A position that is far ahead is asked for above, and is not there.
    expect(
      log
        .filter(
          (line) =>
            !line.includes('read-model-behind') &&
            /a rejection that nobody handled|request failed|"level":"fatal"/.test(line),
        )
        .map((line) => line.slice(0, 600)),
    ).toEqual([]);
    const made = await world.must<{ readonly position: string }>('POST', `/api/v1/policies/${tenant}`, {
      policy_id: 'after',
      name: 'after',
      action_types: ['cell_failover'],
      decision: 'ALLOW',
      conditions: [],
    });
    expect(
      (
        await ask(
          http,
          'GET',
          `/api/v1/policies/${tenant}/after`,
          as({ 'interlock-min-position': made.position }),
        )
      ).status,
    ).toBe(200);
  });
});
