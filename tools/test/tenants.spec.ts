import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Reflector, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthGuard, routesOf, type Caller, type Principal, type Route } from '@interlock/platform';

import { root } from '../run/node.mjs';

type Parameters = Readonly<Record<string, { readonly index: number; readonly data?: unknown }>>;
type Answer = {
  readonly status: number;
  readonly body: { readonly got?: readonly unknown[]; readonly code?: string };
};

const argumentsKey = '__routeArguments__';
const responseHeadersKey = '__headers__';
const requestParameter = '0';
const responseParameter = '1';
const headersParameter = '6';

/**
 * A caller verified for its own tenant, whose token allows another one, which the request chooses.
 */
const caller: Caller = {
  tenant_id: 'acme',
  tenants: ['acme', 'demo'],
  subject: 'ann',
  kind: 'person',
  scopes: [],
  roles: [],
  teams: [],
};
const people = {
  actorOf: (tenant: string, subject: string) =>
    Promise.resolve({ kind: 'person', person_id: `${subject} of ${tenant}` }),
} as unknown as Principal['people'];

/** Routes with the same answer for every tenant. */
const ofNoTenant = [
  'GET /api/v1/policy/schema',
  'GET /api/v1/policy/simulate/fixtures',
  'GET /api/v1/audit/keys',
  // One chain of checkpoints signs all tenants' trees.
  'GET /api/v1/audit/checkpoint',
  'GET /api/v1/audit/checkpoints',
  'GET /mcp/:server',
  'DELETE /mcp/:server',
];

/** Headers that a route may read; none can name a tenant. */
const harmless: ReadonlySet<string> = new Set([
  'idempotency-key',
  'interlock-account',
  'interlock-agent',
  'interlock-wait-ms',
]);

/** Routes that pass on the whole caller, with the chosen tenant. */
const ofWhoAsks = [
  'POST /api/v1/autonomous/kill-switch',
  'POST /api/v1/autonomous/agents/:name/rotate',
  'POST /api/v1/changes/:id/approve',
  'POST /api/v1/changes/:id/break-glass',
  'POST /api/v1/changes/:id/reject',
  'POST /api/v1/device-bindings',
  'DELETE /api/v1/device-bindings/:name',
  'POST /api/v1/devices',
  'PUT /api/v1/devices/:id',
  'PUT /api/v1/devices/:id/bindings',
];

const parametersOf = ({ controller, name }: Route): Parameters =>
  (Reflect.getMetadata(argumentsKey, controller, name) ?? {}) as Parameters;
const kindOf = (key: string): string => key.split(':')[0]!;
const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

/**
 * A controller with the same routes, guards and parameters, whose handlers return the caller and
 * tenant that they were given.
 */
const recorderOf = (controller: Route['controller']): new () => object => {
  class Recorder {}
  for (const key of Reflect.getMetadataKeys(controller) as readonly string[]) {
    if (!key.startsWith('design:') && !key.startsWith('self:'))
      Reflect.defineMetadata(key, Reflect.getMetadata(key, controller), Recorder);
  }
  for (const route of routesOf(controller)) {
    const parameters = Object.entries(parametersOf(route)).filter(
      ([key]) => kindOf(key) !== responseParameter,
    );
    const own = parameters
      .filter(([key]) => key.includes('__customRouteArgs__'))
      .map(([, { index }]) => index);
    const handler = (...given: readonly unknown[]): object => ({
      got: own
        .map((index) => given[index] ?? null)
        .map((value) => (isPrincipal(value) ? { ...value, tenants: [], people: null } : value)),
    });
    const original = (controller.prototype as { [name: string]: object })[route.name]!;
    for (const key of (Reflect.getMetadataKeys(original) as readonly string[]).filter(
      (one) => one !== responseHeadersKey,
    ))
      Reflect.defineMetadata(key, Reflect.getMetadata(key, original), handler);
    Object.defineProperty(Recorder.prototype, route.name, { value: handler, enumerable: false });
    Reflect.defineMetadata(argumentsKey, Object.fromEntries(parameters), Recorder, route.name);
  }
  return Recorder;
};

const isPrincipal = (value: unknown): value is Principal =>
  typeof value === 'object' && value !== null && 'person_id' in value && 'tenants' in value;

const sources = globSync('apps/*/src/**/*.ts', { cwd: root }).filter((path) =>
  readFileSync(join(root, path), 'utf8').includes('@Controller('),
);
const modules = await Promise.all(
  sources.map((path) => import(join(root, path)) as Promise<Record<string, unknown>>),
);
const controllers = modules
  .flatMap((module) => Object.values(module))
  .filter(
    (value): value is Route['controller'] =>
      typeof value === 'function' && Reflect.hasMetadata('__controller__', value),
  );
const routes = controllers
  .flatMap((controller) => routesOf(controller))
  .filter(({ declares }) => declares === 'scopes');

let app: NestFastifyApplication;
beforeAll(async () => {
  class Recorders {}
  app = await NestFactory.create<NestFastifyApplication>(
    { module: Recorders, controllers: controllers.map(recorderOf) },
    new FastifyAdapter({ routerOptions: { maxParamLength: 512 } }),
    { logger: false },
  );
  const everyScope = {
    ...caller,
    scopes: routes.flatMap(
      ({ controller, name }) =>
        (Reflect.getMetadata(
          'interlock:scopes',
          (controller.prototype as { [name: string]: object })[name]!,
        ) ?? Reflect.getMetadata('interlock:scopes', controller)) as Caller['scopes'],
    ),
  };
  app.useGlobalGuards(new AuthGuard(app.get(Reflector), () => Promise.resolve(everyScope), people));
  app.useGlobalFilters({
    catch: (
      error: { readonly code?: string },
      host: {
        readonly switchToHttp: () => {
          readonly getResponse: () => {
            readonly status: (code: number) => { readonly send: (body: object) => void };
          };
        };
      },
    ) => {
      host
        .switchToHttp()
        .getResponse()
        .status(400)
        .send({ code: error.code ?? String(error) });
    },
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});
afterAll(async () => {
  await app.close();
});

const ask = async (
  route: Route,
  {
    header,
    query,
    path = 'demo',
    body,
  }: { readonly header?: string; readonly query?: string; readonly path?: string; readonly body?: string },
): Promise<Answer> => {
  const url = route.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    name === 'tenantId' ? path : name === 'stream' ? `action-${path}:1` : 'x',
  );
  const answer = await app.inject({
    method: route.method as 'GET',
    url: query === undefined ? url : `${url}?tenant_id=${query}`,
    headers: { authorization: 'Bearer token', ...(header === undefined ? {} : { 'x-tenant-id': header }) },
    ...(body === undefined ? {} : { payload: { tenant_id: body } }),
  });
  return { status: answer.statusCode, body: answer.json<Answer['body']>() };
};
const namesInPath = ({ path }: Route): boolean => /:(?:tenantId|stream)\b/.test(path);
const takesBody = ({ method }: Route): boolean => ['POST', 'PUT', 'PATCH'].includes(method);

describe('the tenant of a request', () => {
  it('is resolved on every route of every service', () => {
    expect(new Set(sources.map((path) => path.split('/')[1])).size).toBeGreaterThanOrEqual(8);
    expect(routes.length).toBeGreaterThan(90);
    expect(ofNoTenant.filter((name) => !routes.some((route) => nameOf(route) === name))).toEqual([]);
  });

  it.each(routes.map((route) => [nameOf(route), route] as const))(
    'is the chosen one, and the caller has their identity there: %s',
    async (name, route) => {
      for (const chosen of [
        { header: 'demo' },
        { query: 'demo' },
        ...(takesBody(route) ? [{ body: 'demo' }] : []),
      ]) {
        const { status, body } = await ask(route, chosen);
        expect([name, chosen, status < 300]).toEqual([name, chosen, true]);
        const of = body.got!.filter((value) => value === 'demo' || isPrincipal(value));
        expect(of.length > 0 || ofNoTenant.includes(name)).toBe(true);
        // The tenant comes by its own decorator.
        expect([name, body.got!.includes('demo')]).toEqual([
          name,
          ![...ofNoTenant, ...ofWhoAsks].includes(name),
        ]);
        expect(JSON.stringify(body.got)).not.toContain('acme');
        for (const value of body.got!)
          if (isPrincipal(value))
            expect(value).toMatchObject({
              tenant_id: 'demo',
              person_id: 'ann of demo',
              actor: { kind: 'person', person_id: 'ann of demo' },
              requester: 'person:ann of demo',
            });
      }
    },
  );

  it.each(routes.map((route) => [nameOf(route), route] as const))(
    'is refused if the request names two: %s',
    async (name, route) => {
      const two = [
        { header: 'demo', query: 'acme' },
        ...(namesInPath(route)
          ? [
              { header: 'demo', path: 'acme' },
              { query: 'demo', path: 'acme' },
            ]
          : []),
        ...(takesBody(route) && name !== 'POST /api/v1/autonomous/actions'
          ? [
              { header: 'demo', body: 'acme' },
              { query: 'demo', body: 'acme' },
            ]
          : []),
      ];
      for (const both of two)
        expect([both, (await ask(route, both)).body.code]).toEqual([both, 'validation-failed']);
      expect((await ask(route, { header: 'third' })).body.code).toBe('wrong-tenant');
    },
  );

  it('is resolved by nothing else: no route sees the request, or a header that could name a tenant', () => {
    const seen = routes.flatMap((route) =>
      Object.entries(parametersOf(route))
        .filter(
          ([key, { data }]) =>
            kindOf(key) === requestParameter ||
            (kindOf(key) === headersParameter && !(typeof data === 'string' && harmless.has(data))),
        )
        .map(() => nameOf(route)),
    );
    expect(seen).toEqual([]);
  });
});
