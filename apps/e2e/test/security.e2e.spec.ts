import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scopes } from '@interlock/contracts';
import { actionIdOf } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { connect } from 'nats';
import { namedRoutes } from './named-routes.js';
import { site } from './network.js';
import { ask, eachOf, Forger, routesInCode, routesOf, type OpenApi, type Route } from './security-doors.js';
import { openFigures } from './security-figures.js';
import { findSecrets, secretsOf, secretsElsewhere } from './security-secrets.js';
import { asTenant, tenantTables } from './security-tables.js';
import { intentsSubject, tenant, unique } from './names.js';
import { World } from './world.js';
import { faultOf, foreignBodies, writesByNomad } from './security-refusals.js';
import { busyTenant } from './busy-tenant.js';

const world = new World({ devices: [site('s01'), site('s02')] });
const [other, agentOfOther] = ['umbrella', 'mallory'];
const said: string[] = [];
const used = new Set<string>();
let http: string;
let forger: Forger;
let routes: readonly Route[];

const request = async (
  method: string,
  path: string,
  authorization: string | undefined,
  options: { readonly headers?: { readonly [name: string]: string }; readonly body?: string } = {},
): ReturnType<typeof ask> => {
  if (authorization !== undefined) used.add(authorization.replace(/^\w+ /, ''));
  const answer = await ask(
    http,
    method,
    path,
    { ...(authorization === undefined ? {} : { authorization }), ...options.headers },
    options.body,
  );
  said.push(answer.text);
  return answer;
};
const bearer = (of: string, names: readonly string[] = scopes, over: object = {}): string =>
  `Bearer ${forger.signed(forger.claims(of, names, over as never))}`;
const filled = (path: string, values: { readonly [name: string]: string } = {}): string =>
  path.replaceAll(
    /\{(\w+)\}/g,
    (_all, name: string) => values[name] ?? (name === 'tenantId' ? tenant : 'x-1'),
  );
const named = ({ method, path }: Route): string => `${method} ${path}`;

beforeAll(async () => {
  await world.start();
  http = world.stack.runtime.http;
  forger = new Forger(world.stack.home);
  const document = JSON.parse((await ask(http, 'GET', '/openapi.json')).text) as OpenApi;
  expect(document['x-unavailable-services'].filter((name) => name !== 'relay')).toEqual([]);
  routes = routesOf(document);
  await world.provision();
});
afterAll(() => world.end());

/** The callers of these use a token of no person and no tenant, so no scope applies. */
const ownToken = ['POST /api/v1/alerts/alertmanager', 'POST /api/v1/autonomous/kill-switch/break-glass'];

/** Every known caller may request these, about themselves only unless they are an administrator. */
const ofOneself = [
  'DELETE /api/v1/sessions',
  'DELETE /api/v1/sessions/{id}',
  'GET /api/v1/sessions',
  'GET /api/v1/whoami',
];

/** Only a person with every scope may request these. */
const ofAdministrators = [
  'DELETE /api/v1/people/{id}',
  'GET /api/v1/people',
  'POST /api/v1/people',
  'POST /api/v1/people/{id}/link',
];

/**
 * The edge answers these without a controller; each topic of the live stream needs its own scope.
 */
const ofTheEdge = ['GET /api/v1/live', ...ofOneself, ...ofAdministrators];

describe('every route of the document', () => {
  it('is every route in the code, each with its scopes, and includes those of the issue', () => {
    const known = routes.map(named).sort();
    expect(known).toEqual(
      [...new Set([...routesInCode(), ...ofTheEdge])].filter((route) => route.includes('/api/')).sort(),
    );
    expect(
      routes
        .filter((route) => route.scopes.length === 0)
        .map(named)
        .sort(),
    ).toEqual([...ofOneself, ...ofAdministrators, ...ownToken].sort());
    expect(known).toEqual(expect.arrayContaining([...namedRoutes]));
  });

  it('accepts a token with one of its scopes: a later refusal has its own reason', async () => {
    const shut: string[] = [];
    await eachOf(
      routes.flatMap((route) => route.scopes.map((scope) => ({ route, scope }))),
      async ({ route, scope }) => {
        const answer = await request(
          route.method,
          filled(route.path, { tenantId: 'control' }),
          bearer('control', [scope]),
          route.hasBody ? { body: '[0]' } : {},
        );
        if (answer.status === 401 || answer.text.includes('"missing-scope"') || answer.status >= 500)
          shut.push(`${named(route)} with ${scope} answers ${answer.status} ${answer.text.slice(0, 100)}`);
      },
    );
    expect(shut).toEqual([]);
  });

  it('refuses an invalid token with 401', async () => {
    const open: string[] = [];
    await eachOf(routes, async (route) => {
      for (const [what, token] of Object.entries(forger.forged(tenant, scopes))) {
        const fault = faultOf(
          await request(route.method, filled(route.path), token, route.hasBody ? { body: '{}' } : {}),
          [401],
        );
        if (fault !== null) open.push(`${named(route)} with ${what} ${fault}`);
      }
    });
    expect(open).toEqual([]);
  });

  it('refuses a token with every scope but its own, and one without any, with 403', async () => {
    const open: string[] = [];
    const withScopes = routes.filter((route) => route.scopes.length > 0);
    await eachOf(withScopes, async (route) => {
      for (const names of [
        scopes.filter((scope) => !route.scopes.includes(scope)),
        [],
        route.scopes.map((scope) => scope.toLowerCase()),
        ['*'],
      ]) {
        const answer = await request(
          route.method,
          filled(route.path),
          bearer(tenant, names),
          route.hasBody ? { body: '{}' } : {},
        );
        const fault =
          faultOf(answer, [403]) ??
          (answer.text.includes('"missing-scope"') ? null : `answers ${answer.text.slice(0, 80)}`);
        if (fault !== null) open.push(`${named(route)} with \`${names.join(' ').slice(0, 40)}\` ${fault}`);
      }
    });
    expect(open).toEqual([]);
  });
});

describe('another tenant', () => {
  let ids: readonly string[];

  beforeAll(async () => {
    ids = await busyTenant(world);
    for (const [method, path, body] of [
      [
        'POST',
        `/api/v1/policies/${other}`,
        { policy_id: 'own', name: 'own', action_types: ['cell_failover'], decision: 'DENY', conditions: [] },
      ],
      [
        'POST',
        '/api/v1/policy/bundles',
        {
          version: '1.0.0',
          rules: [
            { id: 'r', agent: '*', action: '*', effect: 'deny', priority: 1, conditions: [], reason: 'no' },
          ],
        },
      ],
    ] as const)
      expect((await request(method, path, bearer(other), { body: JSON.stringify(body) })).status).toBe(201);
  });

  const bodies = foreignBodies(world);

  it('sees nothing and changes nothing by any route, whatever it names in path, query, header or body', async () => {
    const seen: string[] = [];
    await eachOf(routes, async (route) => {
      const own = /\{(?!tenantId)/.test(route.path) ? ids : [''];
      for (const id of own) {
        const path = filled(route.path, {
          id,
          policyId: id,
          version: '1.0.0',
          stream: `action-${tenant}:${id}`,
          name: 'trust_locked',
        });
        const query = route.parameters.some(({ name }) => name === 'account_id')
          ? 'account_id=ran-north&'
          : '';
        const body = route.hasBody ? { body: JSON.stringify(bodies[named(route)] ?? {}) } : {};
        for (const [where, at, headers] of [
          ['as it is', `${path}?${query}`, {}],
          ['by query', `${path}?${query}tenant_id=${tenant}`, {}],
          ['by header', `${path}?${query}`, { 'x-tenant-id': tenant }],
        ] as const) {
          for (const kind of ['person', 'service']) {
            const answer = await request(
              route.method,
              at,
              bearer(other, scopes, { principal_kind: kind, sub: agentOfOther }),
              { headers, ...body },
            );
            // The tenant's own log holds the paths that its refused calls named.
            const shown = answer.text.replaceAll(/"path":"[^"]*"/g, '');
            if (
              answer.status < 300 &&
              (shown.includes(`"${tenant}"`) ||
                (shown.includes('ran-north') && !at.includes('ran-north')) ||
                ids.some((each) => shown.includes(each) && !at.includes(each)))
            )
              seen.push(`${route.method} ${at} ${where} ${answer.status} ${answer.text.slice(0, 160)}`);
            if (answer.status >= 500)
              seen.push(`${route.method} ${at} ${where} ${answer.status} ${answer.text.slice(0, 160)}`);
          }
        }
      }
    });
    expect(seen).toEqual([]);
    const actors = new Set<string>();
    let read = 0;
    for await (const event of world.log.readAll()) {
      if (!event.stream.includes(`-${tenant}:`)) continue;
      read += 1;
      actors.add(JSON.stringify(event.metadata.actor));
      expect(event.metadata.tenant_id).toBe(tenant);
    }
    expect(read).toBeGreaterThan(50);
    expect([...actors].filter((actor) => actor.includes(agentOfOther))).toEqual([]);
    expect(await world.must('GET', '/api/v1/autonomy/config')).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ mode: 'APPROVAL_REQUIRED' })]),
    });
    expect(
      (await world.must<{ kill_switch: { engaged: boolean } }>('GET', '/api/v1/autonomous/status'))
        .kill_switch.engaged,
    ).toBe(false);
  });

  it('knows a person who works for both by a different id in each', async () => {
    const both = bearer(other, scopes, { tenants: [tenant], sub: 'nomad' });
    const idIn = async (of: string): Promise<string> => {
      const { status, text } = await request(
        'POST',
        '/api/v1/audit/people/lookup',
        bearer(of, ['PRIVACY_ADMIN']),
        { body: JSON.stringify({ subject: 'nomad' }) },
      );
      expect(status).toBe(200);
      return (JSON.parse(text) as { person_id: string }).person_id;
    };
    for (const [method, path, body, stream] of writesByNomad) {
      const answer = await request(method, path, both, {
        headers: { 'x-tenant-id': tenant },
        body: JSON.stringify(body),
      });
      expect([path, answer.status < 300]).toEqual([path, true]);
      // What loosens a setting becomes a change request first.
      const { change_id: change } = JSON.parse(answer.text) as { readonly change_id?: string };
      const written = change === undefined ? stream : `change-${tenant}:${change}`;
      if (written !== null)
        expect([written, (await world.stream(written)).at(-1)?.metadata.actor]).toEqual([
          written,
          { kind: 'person', person_id: await idIn(tenant) },
        ]);
    }
    expect(
      (await request('PUT', '/api/v1/posture/config', both, { body: JSON.stringify({ dwell_s: 600 }) }))
        .status,
    ).toBe(200);
    const foreign = await idIn(other);
    expect(foreign).not.toBe(await idIn(tenant));
    for await (const event of world.log.readAll())
      if (event.stream.includes(`-${tenant}:`))
        expect([event.type, JSON.stringify([event.data, event.metadata]).includes(foreign)]).toEqual([
          event.type,
          false,
        ]);
  });

  it('sees and writes no foreign row in any table of any read model', async () => {
    const {
      rows: [role],
      tables,
    } = await tenantTables(world.stack.runtime.postgres);
    expect(role).toEqual({ rolsuper: false, rolbypassrls: false });
    expect(tables.length).toBeGreaterThanOrEqual(6);
    let visible = 0;
    for (const { name, bound } of tables) {
      expect([name, bound]).toEqual([name, true]);
      visible += await asTenant(
        world.stack.runtime.postgres,
        tenant,
        `select 1 from ${name} where tenant_id = '${tenant}'`,
      );
      expect([
        name,
        await asTenant(
          world.stack.runtime.postgres,
          other,
          `select 1 from ${name} where tenant_id <> '${other}'`,
        ),
      ]).toEqual([name, 0]);
      expect([name, await asTenant(world.stack.runtime.postgres, '', `select 1 from ${name}`)]).toEqual([
        name,
        0,
      ]);
      expect([
        name,
        await asTenant(
          world.stack.runtime.postgres,
          other,
          `delete from ${name} where tenant_id = '${tenant}'`,
        ),
      ]).toEqual([name, 0]);
    }
    expect(visible).toBeGreaterThan(5);
    const policies = tables.find(
      ({ name }) => name.includes('policies') && name.endsWith('."policies"'),
    )!.name;
    expect(await asTenant(world.stack.runtime.postgres, other, `select 1 from ${policies}`)).toBe(1);
    await expect(
      asTenant(world.stack.runtime.postgres, other, `update ${policies} set tenant_id = '${tenant}'`),
    ).rejects.toMatchObject({ code: '42501' });
  });
});

describe('the bus', () => {
  it.each([
    ['without a password', () => ({})],
    ['with a wrong password', () => ({ user: 'interlock', pass: 'interlock' })],
    ['as another user', () => ({ user: 'admin', pass: world.stack.runtime.nats.password })],
    ['with a token', () => ({ token: world.stack.runtime.nats.password })],
  ])('lets nobody in %s', async (_how, credentials) => {
    await expect(
      connect({ servers: world.stack.runtime.nats.url, ...credentials(), reconnect: false }),
    ).rejects.toMatchObject({ code: 'AUTHORIZATION_VIOLATION' });
  });

  it('accepts no intent of one tenant on the subject of another', async () => {
    const intent = world.intent('cell-s02-1', { tenant_id: other });
    world.upstream.publish(intentsSubject, JSON.stringify(world.cloudEvent(intent)));
    const rejected = await until(async () => {
      const found = (
        await world.messages<{ readonly problem?: { readonly code: string } }>(
          'REJECTED',
          `interlock.intents.rejected.${tenant}`,
        )
      ).filter((message) => JSON.stringify(message).includes(intent.intent_id));
      return found.length > 0 && found;
    }, 'the intent is rejected');
    expect(JSON.stringify(rejected)).toContain('"wrong-tenant"');
    for (const one of [tenant, other])
      expect(await world.stream(`action-${one}:${actionIdOf(one, intent.intent_id)}`)).toEqual([]);
  });

  it('keeps text that no read model could store out of the log', async () => {
    for (const bad of ['a\u0000b', '\ud800']) {
      const intent = world.intent('cell-s02-1', {
        intent_id: unique('nul'),
        parameters: { power_raise_db: 3, cell_individual_offset: 3, note: bad },
        trigger_type: bad,
      } as never);
      world.upstream.publish(intentsSubject, JSON.stringify(world.cloudEvent(intent)));
      await until(
        async () =>
          (await world.messages('REJECTED', `interlock.intents.rejected.${tenant}`)).some((message) =>
            JSON.stringify(message).includes(intent.intent_id),
          ),
        'the intent is rejected',
      );
    }
    expect((await ask(http, 'GET', '/health/ready')).status).toBe(200);
  });
});

describe('secrets', () => {
  it('appear in no event, message, log, answer, metric or command line, and only in files of their owner', async () => {
    expect(await openFigures(http, bearer, said)).toEqual([]);
    const secrets = secretsOf(
      world.stack.home,
      [...used].filter((token) => token.length > 40),
    );
    expect(Object.keys(secrets).length).toBeGreaterThan(100);
    const { mine, foreign, open } = findSecrets(world.stack.home, secrets);
    expect(foreign).toEqual([]);
    expect(open).toEqual([]);
    expect(mine).toEqual(
      expect.arrayContaining([
        'secrets/secrets.json',
        'runtime.json',
        'nats/accounts.conf',
        'keys/dev-issuer.jwk.json',
        'credentials/acme/gnb-s01',
      ]),
    );
    expect(secretsElsewhere(secrets, { answers: said.join('\n'), launcher: world.stack.output })).toEqual([]);
  });
});
