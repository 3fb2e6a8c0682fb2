import 'reflect-metadata';
import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import { type DynamicModule, type INestApplication, type ModuleMetadata, type Type } from '@nestjs/common';
import { ModulesContainer, NestFactory, Reflector } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { trace } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from '@interlock/kernel';

import { AuthGuard } from './auth-guard.js';
import { busTransport } from './bus.js';
import type { RunningService, ServiceContext } from './context.js';
import { HealthChecks } from './health.js';
import { nestLogger } from './logging.js';
import { trackMethods } from './methods-at.js';
import { addDefaultMetrics } from './metrics.js';
import { openApiDocument } from './openapi.js';
import { OpenApiHolder, platformModule } from './platform-module.js';
import { ProblemFilter } from './problem-filter.js';
import { addRequestHooks } from './request-hooks.js';
import { refuseUndeclaredRoutes } from './route-check.js';
import { ensureTelemetry } from './telemetry.js';
import { createTokenVerifier } from './token-verifier.js';
import { createValidationPipe } from './validation.js';

/** Largest body, in bytes. */
export const bodyLimit = 256 * 1024;
/** Requests a minute from one token or address, where `INTERLOCK_RATE_LIMIT` does not say otherwise. */
export const defaultRateLimit = 6000;

export type ServiceOptions = {
  /** Title of the OpenAPI document. */
  readonly title: string;
  /** Called when the service answers, before `startService` resolves. */
  readonly onReady?: (running: RunningService, app: INestApplication) => Promise<void> | void;
};

const rateLimitOf = (environment: ServiceContext['environment']): number => {
  const text = environment.INTERLOCK_RATE_LIMIT;
  if (text === undefined || text === '') return defaultRateLimit;
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new ProblemError('validation-failed', 'INTERLOCK_RATE_LIMIT must be a whole number of requests a minute', { violations: [{ pointer: '/INTERLOCK_RATE_LIMIT', detail: 'must be a whole number ≥ 1' }] });
  }
  return Number(text);
};

const addDoor = async (fastify: FastifyInstance, context: ServiceContext): Promise<void> => {
  await fastify.register(rateLimit, {
    max: rateLimitOf(context.environment), timeWindow: 60_000, cache: 10_000,
    allowList: (request) => /^\/(?:health\/|metrics$)/.test(request.url),
    keyGenerator: (request) => {
      const { authorization } = request.headers;
      return authorization === undefined ? request.ip : createHash('sha256').update(authorization).digest('base64');
    },
    errorResponseBuilder: (_request, { ttl }) => new ProblemError('rate-limited', 'too many requests', { members: { retry_after_s: Math.ceil(ttl / 1000) } }),
  });
  fastify.options('/*', { config: { rateLimit: false } }, (_request, reply) => { void reply.status(204).send(); });
};

const addBasicChecks = (health: HealthChecks, context: ServiceContext): void => {
  const failing = (code: 'log-unavailable' | 'bus-unavailable' | 'database-unavailable', detail: string, work: () => Promise<unknown>) => async (): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      throw new ProblemError(code, detail, { cause });
    }
  };
  health.add('log', failing('log-unavailable', 'the log does not answer', () => context.store.head()));
  health.add('bus', failing('bus-unavailable', 'the bus does not answer', () => context.nats.flush()));
  health.add('database', failing('database-unavailable', 'the database does not answer', () => context.database.query('select 1')));
};

/**
 * Boots a service: HTTP on Fastify, the bus, guard, validation, problems, health, metrics, traces and its OpenAPI document.
 * The context's log client, connection and pool are shared and never closed here.
 * Throws where a route is neither scoped nor public, and what the module's own hooks throw; nothing is left running then.
 */
export const startService = async (context: ServiceContext, module: DynamicModule | Type | ModuleMetadata, options: ServiceOptions): Promise<RunningService> => {
  ensureTelemetry(context.environment);
  addDefaultMetrics(context.metrics);
  const logger = context.logger.child({ service: context.service });
  const own: ServiceContext = { ...context, logger };
  const health = new HealthChecks(context.service, logger);
  addBasicChecks(health, own);
  const openApi = new OpenApiHolder();
  class ServiceModule {}
  const root: DynamicModule = { module: ServiceModule, imports: [platformModule(own, health, openApi), asModule(module)] };

  const adapter = new FastifyAdapter({ bodyLimit, logger: false, routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 }, forceCloseConnections: true, trustProxy: 'loopback' });
  const fastify = adapter.getInstance<FastifyInstance>();
  const methodsAt = trackMethods(fastify);
  addRequestHooks(fastify, { service: context.service, logger, metrics: context.metrics, tracer: trace.getTracer(context.service) });
  await addDoor(fastify, own);

  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, { logger: nestLogger(logger), abortOnError: false, bodyParser: true });
  try {
    app.useSecurityHeaders({ contentSecurityPolicy: { useDefaults: false, directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] } } });
    refuseUndeclaredRoutes(app.get(ModulesContainer));
    app.useGlobalGuards(new AuthGuard(app.get(Reflector), createTokenVerifier(context.auth)));
    app.useGlobalPipes(createValidationPipe());
    app.useGlobalFilters(new ProblemFilter(logger, methodsAt));
    app.connectMicroservice({ strategy: busTransport(own) }, { inheritAppConfig: true });
    openApi.document = openApiDocument(app, context.service, options.title);
    await app.init();
    await app.startAllMicroservices();
    await app.listen(context.http.port, context.http.host);
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
  const { port } = app.getHttpServer().address() as AddressInfo;
  let stopping: Promise<void> | undefined;
  const running: RunningService = {
    service: context.service, http: { host: context.http.host, port },
    stop: () => (stopping ??= app.close()),
  };
  await options.onReady?.(running, app);
  logger.info({ port }, 'service started');
  return running;
};

const asModule = (module: DynamicModule | Type | ModuleMetadata): DynamicModule | Type => {
  if (typeof module === 'function' || 'module' in module) return module;
  class AppModule {}
  return { module: AppModule, ...module };
};
