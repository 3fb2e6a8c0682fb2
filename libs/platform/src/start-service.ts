import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { DynamicModule, INestApplication, ModuleMetadata, Type } from '@nestjs/common';
import { ModulesContainer, NestFactory, Reflector } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { trace } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import { routeEffects, type RouteEffects } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { asWriter, genuine, ProblemError, WrongRevisionError } from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import type { Projection } from '@interlock/postgres';

import { nowText } from './base/ids.js';
import { runningRelease } from './release.js';
import type { AnswerSchemas } from './openapi/answer-schemas.js';
import { AuthGuard } from './auth/auth-guard.js';
import { busTransport } from './module/bus.js';
import { ChangeStatusInterceptor } from './changes/change-answers.js';
import type { RunningService, ServiceContext } from './base/context.js';
import { addRequestRules, bodyLimit } from './auth/request-rules.js';
import { serverOptions } from './problems/framework-problems.js';
import { askDatabase, measureConnections } from './observe/connection-gauges.js';
import { HealthChecks } from './observe/health.js';
import { nestLogger } from './request/logging.js';
import { watchLoop } from './observe/loop-watch.js';
import { trackMethods } from './problems/methods-at.js';
import { addDefaultMetrics, histogramOf, registerMetrics } from './observe/metrics.js';
import { openApiDocument } from './openapi/openapi.js';
import { OpeningInterceptor } from './request/opening.js';
import { OpenApiHolder, platformModule } from './module/platform-module.js';
import { ProblemFilter } from './problems/problem-filter.js';
import { RefusedCommands } from './problems/refused-commands.js';
import { SecretWatch } from './secrets/secret-watch.js';
import type { TenantSecretsOptions } from './secrets/tenant-secrets.js';
import { readModelsModule } from './module/read-models.js';
import { addRequestHooks } from './request/request-hooks.js';
import { retentionModule } from './module/retention.js';
import { refuseUndeclaredRoutes } from './openapi/route-check.js';
import { ensureTelemetry } from './observe/telemetry.js';
import { createTokenVerifier } from './auth/token-verifier.js';
import { createValidationPipe } from './input/validation.js';

export type ServiceOptions = {
  /**
   * Returns where the service finds tenants' secrets, so that audit can record them, but never
   * their values.
   */
  readonly secrets?: (environment: ServiceContext['environment']) => TenantSecretsOptions;
  /** Title of the OpenAPI document. */
  readonly title: string;
  /** The schemas of its routes' answers, for that document. */
  readonly answers?: AnswerSchemas;
  /**
   * True keeps people's texts in answers sealed, as in the log, because proofs cover the sealed
   * form.
   */
  readonly keepsSealed?: boolean;
  /**
   * True if the service also reads forged events, because it proves the content of the log. Its own
   * deciders read through `genuine`.
   */
  readonly readsForged?: boolean;
  /** The effects of its routes. Absent: the table of all services. */
  readonly effects?: RouteEffects;
  /** The read models that audit may check. */
  readonly readModels?: readonly Projection<unknown>[];
  /** The read models whose rows tenants may keep for a limited time. */
  readonly retains?: readonly Projection<unknown>[];
  /** Called when the service accepts requests, before `startService` resolves. */
  readonly onReady?: (running: RunningService, app: INestApplication) => Promise<void> | void;
};

const addBasicChecks = (health: HealthChecks, context: ServiceContext): void => {
  const failing =
    (
      code: 'log-unavailable' | 'bus-unavailable' | 'database-unavailable',
      detail: string,
      work: () => Promise<unknown>,
    ) =>
    async (): Promise<void> => {
      try {
        await work();
      } catch (cause) {
        throw new ProblemError(code, detail, { cause });
      }
    };
  health.add(
    'log',
    failing('log-unavailable', 'the log does not answer', () => context.store.head()),
  );
  health.add(
    'bus',
    failing('bus-unavailable', 'the bus does not answer', () => context.nats.flush()),
  );
  health.add(
    'database',
    failing('database-unavailable', 'the database does not answer', () => askDatabase(context)),
  );
};

/** Measures each append to the log. A lost race counts as a conflict, which the caller resolves. */
const measuredAppends = (metrics: ServiceContext['metrics']): ((append: Promise<unknown>) => void) => {
  const duration = histogramOf(metrics, 'log_append_duration_seconds');
  return (append) => {
    const began = performance.now();
    const ended = (outcome: string): void =>
      duration.observe({ outcome }, (performance.now() - began) / 1000);
    append.then(
      () => ended('ok'),
      (error: unknown) => ended(error instanceof WrongRevisionError ? 'conflict' : 'failed'),
    );
  };
};

/** A module that is built from the service's own context, whose log signs the service's events. */
export type ModuleOf = { readonly of: (own: ServiceContext) => DynamicModule };

/**
 * Starts a service: HTTP on Fastify, the bus, guard, validation, problems, health, metrics, traces
 * and its OpenAPI document. The context's log client, connection and pool are shared and never
 * closed here. Throws if a route is neither scoped nor public or has no effect. Throws
 * `database-unavailable` if the people's tables are missing, and the errors of the module's own
 * hooks. After an error, nothing is left running.
 */
export const startService = async (
  context: ServiceContext,
  module: DynamicModule | Type | ModuleMetadata | ModuleOf,
  options: ServiceOptions,
): Promise<RunningService> => {
  ensureTelemetry(context.environment, context.service);
  await context.people.prepare(context.migrate);
  addDefaultMetrics(context.metrics);
  registerMetrics(context.metrics, context.service);
  measureConnections(context);
  const { effects = routeEffects } = options;
  const logger = context.logger.child({ service: context.service });
  const log = asWriter(
    context.store,
    context.service,
    { data: runningRelease(), now: nowText },
    measuredAppends(context.metrics),
  );
  const own: ServiceContext = {
    ...context,
    logger,
    store: options.readsForged === true ? log : genuine(log),
  };
  const health = new HealthChecks(context.service, logger);
  addBasicChecks(health, own);
  const openApi = new OpenApiHolder();
  class ServiceModule {}
  const root: DynamicModule = {
    module: ServiceModule,
    imports: [
      platformModule(own, health, openApi),
      asModule('of' in module ? module.of(own) : module),
      ...(options.readModels === undefined ? [] : [readModelsModule(context.service, options.readModels)]),
      ...(options.retains === undefined ? [] : [retentionModule(context.service, options.retains)]),
    ],
  };

  const adapter = new FastifyAdapter({
    ...serverOptions,
    bodyLimit,
    logger: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    forceCloseConnections: 'idle',
    requestTimeout: atThisPace(30_000),
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  const methodsAt = trackMethods(fastify);
  addRequestHooks(fastify, {
    service: context.service,
    logger,
    metrics: context.metrics,
    tracer: trace.getTracer(context.service),
    behindEdge: true,
  });
  const verify = createTokenVerifier(context.auth, context.store);
  await addRequestRules(fastify, context.environment, verify);

  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: nestLogger(logger),
    abortOnError: false,
    bodyParser: false,
  });
  const rpc = new RpcClient(own.nats, { caller: own.service });
  const endWatch = watchLoop(context.logger, context.metrics);
  try {
    app.useSecurityHeaders({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
      },
    });
    refuseUndeclaredRoutes(app.get(ModulesContainer), effects);
    app.useGlobalGuards(new AuthGuard(app.get(Reflector), verify, context.people, effects));
    app.useGlobalPipes(createValidationPipe());
    if (options.keepsSealed !== true) app.useGlobalInterceptors(new OpeningInterceptor());
    app.useGlobalInterceptors(new ChangeStatusInterceptor());
    const refused = new RefusedCommands(
      (request) => rpc.call('audit.record_refusal', request),
      context.people,
      logger,
    );
    app.useGlobalFilters(new ProblemFilter(logger, methodsAt, refused));
    app.connectMicroservice({ strategy: busTransport(own) }, { inheritAppConfig: true });
    openApi.make = () => openApiDocument(app, context.service, options.title, options.answers);
    await app.init();
    await app.startAllMicroservices();
    await app.listen(context.http.port, context.http.host);
  } catch (error) {
    await app.close().catch(() => undefined);
    await endWatch();
    throw error;
  }
  const { port } = app.getHttpServer().address() as AddressInfo;
  const watch =
    options.secrets &&
    new SecretWatch(
      options.secrets(context.environment),
      (request) => rpc.call('audit.record_secrets', request),
      logger,
    );
  let stopping: Promise<void> | undefined;
  const running: RunningService = {
    service: context.service,
    http: { host: context.http.host, port },
    stop: () => {
      watch?.stop();
      return (stopping ??= closeGently(app).finally(endWatch));
    },
  };
  watch?.start();
  await options.onReady?.(running, app);
  logger.info({ port }, 'service started');
  return running;
};

/** Closes the server. Requests in progress get 5 s to end. */
const closeGently = async (app: NestFastifyApplication): Promise<void> => {
  const timer = setTimeout(() => app.getHttpServer().closeAllConnections(), 5000);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
};

const asModule = (module: DynamicModule | Type | ModuleMetadata): DynamicModule | Type => {
  if (typeof module === 'function' || 'module' in module) return module;
  class AppModule {}
  return { module: AppModule, ...module };
};
