import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scopes } from '@interlock/contracts';
import { until } from '@interlock/testing';
import fc from 'fast-check';
import { intentsSubject, tenant } from './names.js';
import { ask, eachOf, Forger, leakIn, raw, routesOf, type OpenApi, type Route } from './security-doors.js';
import { World } from './world.js';
import {
  bodies,
  mediaTypes,
  ids,
  tenants,
  values,
  cursors,
  queries,
  headers,
  malformedHeaders,
  requestLines,
  nasty,
} from './security-nonsense.js';
import { filled, named, faultOf, Prober } from './security-probes.js';

const world = new World({ devices: [] });
const seed = 20_261_120;
let http: string;
let token: string;
let routes: readonly Route[];
let pid: number;
let prober: Prober;

beforeAll(async () => {
  await world.start();
  ({ http, pid } = world.stack.runtime);
  const forger = new Forger(world.stack.home);
  token = forger.signed(forger.claims(tenant, scopes));
  routes = routesOf(JSON.parse((await ask(http, 'GET', '/openapi.json')).text) as OpenApi);
  prober = new Prober(http, token);
});
afterAll(() => world.end());

const withBody = (): readonly Route[] => routes.filter((route) => route.hasBody);
const is4xx = (status: number): boolean => status >= 400 && status < 500;

describe('a body', () => {
  it.each(bodies)('of %s is refused by every route, as a problem', async (what, body) => {
    expect(
      await prober.faultsOf(
        withBody().map((route) => ({ route, path: filled(route.path), what, body })),
        is4xx,
      ),
    ).toEqual([]);
  });

  it.each(mediaTypes)('of media type %s is refused by every route', async (type) => {
    expect(
      await prober.faultsOf(
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
          prober.as(),
          '{"policy_id":"proto","__proto__":{"decision":"ALLOW"}}',
        )
      ).status,
    ).toBe(422);
    expect(({} as { readonly admin?: boolean }).admin).toBeUndefined();
  });
});

describe('an address', () => {
  it('with any nonsense for an id is answered', async () => {
    expect(
      await prober.faultsOf(
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
    expect(
      await prober.faultsOf(
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
      '/api/../health/live',
      '/api/v1/alerts/../../../health/live',
      '/api/v1/alerts/..%2f..%2f..%2fhealth%2flive',
      '/api/v1/alerts/%2e%2e/%2e%2e/%2e%2e/openapi.json',
      '/api/%2e%2e/health/ready',
      '/api//health/live',
      '//health/live',
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
  it('may have any value in any parameter of any route', async () => {
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
    expect(await prober.faultsOf(probes)).toEqual([]);
  });

  it('may hold a thousand parameters, lists and prototypes', async () => {
    expect(
      await prober.faultsOf(
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
  it('may have any value', async () => {
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
      await prober.faultsOf(probes.filter(({ what }) => !what.startsWith('interlock-min-position: 9'))),
    ).toEqual([]);
    // A position ahead of the log is waited for, for a limited time.
    expect(
      await prober.faultsOf(
        probes.filter(({ what }) => what.startsWith('interlock-min-position: 9')),
        behind,
      ),
    ).toEqual([]);
  });

  it('appear in no answer, and split none', async () => {
    const answer = await raw(
      http,
      `GET /api/v1/alerts/%0d%0aset-cookie:%20a=b HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nx-request-id: a\tb\r\nconnection: close\r\n\r\n`,
    );
    const head = answer.split('\r\n\r\n')[0]!;
    expect(head).not.toMatch(/set-cookie|a\tb/i);
    expect(head).toMatch(/x-content-type-options: nosniff/i);
  });

  it.each(malformedHeaders)('with %s bypass nothing', async (_what, rest) => {
    const answer = await raw(
      http,
      `POST /api/v1/devices HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nconnection: close\r\ncontent-type: application/json\r\n${rest}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).toContain('application/problem+json');
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  });

  it.each(requestLines)('of a request that starts with %s change nothing', async (line) => {
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

describe('any input', () => {
  const jsonOf = (whole: object): string =>
    JSON.stringify(whole, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
  // An object without a prototype has no text of its own.
  const textOf = (value: unknown): string =>
    typeof value === 'object' && value !== null ? jsonOf(value) : String(value);

  it('is answered below 500, as a problem if refused, and reveals nothing', async () => {
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
        .map(([name, value]) => `${name}=${encodeURIComponent(textOf(value).toWellFormed())}`)
        .join('&');
      const body = route.hasBody
        ? jsonOf({ ...Object.fromEntries(chosen(route.fields)), ...extra })
        : undefined;
      const path = `${filled(route.path, encodeURIComponent(id))}${search === '' ? '' : `?${search}`}`;
      const fault = await ask(http, route.method, path, prober.as(), body).then(
        (answer) => faultOf(answer),
        (error: unknown) => `gives no answer: ${String(error)}`,
      );
      if (fault !== null)
        faults.push(`${named(route)} ${path.slice(0, 120)} ${body?.slice(0, 300) ?? ''} ${fault}`);
    });
    expect(faults).toEqual([]);
  });

  it('leaves every service ready, its read models current, and no unhandled rejection', async () => {
    expect(world.stack.runtime.pid).toBe(pid);
    expect(JSON.parse((await ask(http, 'GET', '/health/ready')).text)).toMatchObject({ status: 'ready' });
    const log = readFileSync(join(world.stack.home, 'logs', 'interlock.log'), 'utf8').split('\n');
    // A case above requests a position far ahead, which does not exist.
    expect(
      log
        .filter(
          (line) =>
            !line.includes('read-model-behind') &&
            /an unhandled rejection|request failed|"level":"fatal"/.test(line),
        )
        .map((line) => line.slice(0, 600)),
    ).toEqual([]);
    const made = await world.must<{ readonly position: string }>('POST', `/api/v1/policies/${tenant}`, {
      policy_id: 'after',
      name: 'after',
      action_types: ['cell_failover'],
      decision: 'DENY',
      conditions: [],
    });
    expect(
      (
        await ask(
          http,
          'GET',
          `/api/v1/policies/${tenant}/after`,
          prober.as({ 'interlock-min-position': made.position }),
        )
      ).status,
    ).toBe(200);
  });
});
