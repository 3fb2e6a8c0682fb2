import type { AddressInfo } from 'node:net';
import compress from '@fastify/compress';
import httpProxy from '@fastify/http-proxy';
import { trace } from '@opentelemetry/api';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { traceparentWithin } from '@interlock/jetstream';
import { ProblemError } from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import {
  addDefaultMetrics,
  addRateLimit,
  addRequestHooks,
  arrivalHeader,
  arrivalText,
  bearerIn,
  callerIn,
  createLogger,
  createTokenVerifier,
  defaultRateLimit,
  ensureTelemetry,
  requireMetrics,
  serverOptions,
  problemStatus,
  sendProblem,
  toProblem,
  trackMethods,
  watchLoop,
  wrongMethod,
  type AuthSettings,
  type TokenVerifier,
} from '@interlock/platform';

import { addTokenEndpoint, type AgentsOptions } from './agents/token-endpoint.js';
import { addBodies, keepWhereDrained } from './bodies.js';
import { addLogin } from './console/login.js';
import type { ConsoleOptions } from './console/options.js';
import { addSessionRoutes } from './console/session-routes.js';
import { Sessions } from './console/sessions.js';
import { Site } from './console/site.js';
import { addLive, type LiveOptions } from './live/live.js';
import { mergeOpenApi, readDocuments } from './merged-openapi.js';
import { ownDocument } from './own-openapi.js';
import { readinessOf } from './readiness.js';
import { createRouting, type EdgeService } from './routing.js';

export type EdgeOptions = {
  readonly host: string;
  /** The port; 0 takes any free one. */
  readonly port: number;
  readonly services: readonly EdgeService[];
  /** The tokens that the edge and the services accept. */
  readonly auth: AuthSettings;
  /**
   * The most requests per minute from one principal or address to the edge's own routes; default 30
   * 000.
   */
  readonly rateLimit?: number;
  readonly logger?: Logger;
  readonly metrics?: Registry;
  /** How long a service may take to begin its answer, in milliseconds; default 30 000. */
  readonly answerTimeoutMs?: number;
  /** The environment with the `OTEL_*` variables of the traces; by default nothing is exported. */
  readonly environment?: { readonly [name: string]: string | undefined };
  /** The console and its login; without it only the API is served. */
  readonly console?: ConsoleOptions;
  /**
   * Returns the remaining setup before services may be asked; undefined once it is complete. Until
   * then the edge is not ready.
   */
  readonly setup?: () => string | undefined;
  /** The log, for the live stream. */
  readonly live?: LiveOptions;
  /** Issues tokens to registered agents; requires `auth.agents` and `live`. */
  readonly agents?: AgentsOptions;
};
export type Edge = {
  readonly url: string;
  readonly http: { readonly host: string; readonly port: number };
  readonly stop: () => Promise<void>;
};

/** The headers that the edge sets if a service does not. */
const safetyHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/** The headers that only the edge may set, and `expect`, which it has already answered. */
const withheld = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'expect',
  arrivalHeader,
];

const pathOf = (request: FastifyRequest): string => new URL(request.raw.url ?? '/', 'http://edge').pathname;

type AnswerUnknown = (request: FastifyRequest, reply: FastifyReply) => void;

/** Answers where no route fits: 404, or the other methods of the address in `Allow`. */
const unknownAnswers =
  (methodsAt: (path: string) => readonly string[]): AnswerUnknown =>
  (request, reply) => {
    const path = pathOf(request);
    const methods = methodsAt(path);
    // A prefix of services takes every method, so the method is not what is wrong there.
    if (methods.length === 0 || methods.includes(request.method))
      sendProblem(reply, new ProblemError('not-found', 'there is nothing at this address'), path);
    else if (request.method === 'OPTIONS') void reply.header('allow', methods.join(', ')).status(204).send();
    else sendProblem(reply, wrongMethod(methods, reply), path);
  };

const refusalOf = (service: string, error: Error): ProblemError => {
  const late = error.name === 'GatewayTimeoutError' || /timeout/i.test(error.message);
  return new ProblemError(
    'service-unreachable',
    `the service \`${service}\` ${late ? 'did not answer in time' : 'could not be reached'}`,
    {
      members: { service },
      cause: error,
      remedy: 'try again; `/health/ready` says what is wrong',
    },
  );
};

/** JSON answers of at least this many bytes are compressed. */
const compressedFrom = 1024;

/** The prefixes of paths that belong to services; the edge serves the rest. */
const proxied = ['/api', '/mcp'] as const;

const addProxy = async (
  app: FastifyInstance,
  options: EdgeOptions,
  logger: Logger,
  answerUnknown: AnswerUnknown,
  prefix: (typeof proxied)[number],
): Promise<void> => {
  const serviceOf = createRouting(options.services);
  await app.register(httpProxy, {
    upstream: '',
    prefix,
    rewritePrefix: prefix,
    disableRequestLogging: true,
    proxyPayloads: false,
    undici: {
      connections: 128,
      pipelining: 1,
      connect: { timeout: atThisPace(3000) },
      headersTimeout: options.answerTimeoutMs ?? atThisPace(30_000),
      bodyTimeout: 0,
    },
    preHandler: (request, reply, next) => {
      if (serviceOf(pathOf(request)) === undefined) answerUnknown(request, reply);
      else next();
    },
    replyOptions: {
      getUpstream: (request) => serviceOf(pathOf(request as FastifyRequest))?.origin ?? '',
      retryDelay: () => null,
      rewriteRequestHeaders: (request, headers) => {
        const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !withheld.includes(name)));
        return {
          ...kept,
          'x-forwarded-for': request.ip,
          [arrivalHeader]: arrivalText(request as FastifyRequest),
          ...traceparentWithin(null),
        };
      },
      // These headers concern the connection to the service. The edge decides whether the client's
      // connection stays open.
      rewriteHeaders: (headers) =>
        Object.fromEntries(
          Object.entries(headers).filter(([name]) => name !== 'connection' && name !== 'keep-alive'),
        ),
      onError: (reply, { error }) => {
        const service = serviceOf(pathOf(reply.request as FastifyRequest))?.name ?? 'unknown';
        logger.warn({ err: error, upstream: service }, 'a service could not be reached');
        sendProblem(reply as never, refusalOf(service, error), pathOf(reply.request as FastifyRequest));
      },
    },
  });
};

/**
 * Returns a service's own metrics in Prometheus' text form, for scrapers that do not know its port.
 */
const metricsOf = async ({ name, origin }: EdgeService, token: string): Promise<string> => {
  try {
    const response = await fetch(`${origin}/metrics`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(3000),
    });
    if (response.ok) return await response.text();
  } catch (cause) {
    throw refusalOf(name, cause as Error);
  }
  throw refusalOf(name, new Error('no figures'));
};

/**
 * True if the edge's own rate limit does not apply. Services count forwarded requests, and a
 * liveness probe must always be answered.
 */
const isElsewhere = ({ routeOptions: { url = '' } }: FastifyRequest): boolean =>
  url === '/health/live' || proxied.some((prefix) => url.startsWith(prefix) && url.endsWith('/*'));

const addOwnRoutes = (
  app: FastifyInstance,
  { services, live, console, setup }: EdgeOptions,
  verify: TokenVerifier,
  metrics: Registry,
  site: Site | undefined,
): void => {
  app.get(
    '/',
    (request, reply) =>
      site?.page(request, reply) ?? {
        name: 'Interlock',
        documents: { openapi: '/openapi.json' },
        health: { live: '/health/live', ready: '/health/ready' },
        metrics: ['/metrics', ...services.map(({ name }) => `/metrics/${name}`)],
        services: services.map(({ name, prefixes }) => ({ name, prefixes })),
      },
  );
  app.get('/health/live', () => ({ service: 'edge', status: 'live' }));
  app.get('/health/ready', async (_request, reply) => {
    const readiness = await readinessOf(services, setup);
    return reply.status(readiness.status === 'ready' ? 200 : 503).send({ service: 'edge', ...readiness });
  });
  app.get('/metrics', async (request, reply) => {
    requireMetrics(await callerIn(request, verify));
    return reply.type(metrics.contentType).send(await metrics.metrics());
  });
  app.get<{ Params: { service: string } }>('/metrics/:service', async (request, reply) => {
    requireMetrics(await callerIn(request, verify));
    const service = services.find(({ name }) => name === request.params.service);
    if (service === undefined)
      throw new ProblemError('not-found', `there is no service \`${request.params.service.slice(0, 64)}\``);
    return reply.type(metrics.contentType).send(await metricsOf(service, bearerIn(request)));
  });
  app.get('/openapi.json', async () =>
    mergeOpenApi([
      ...(await readDocuments(services)),
      ...(live === undefined && console?.login === undefined ? [] : [ownDocument]),
    ]),
  );
};

/** Gives open answers 2 s to end, because streams do not end by themselves. */
const closeGently = async (app: FastifyInstance): Promise<void> => {
  const timer = setTimeout(() => app.server.closeAllConnections(), 2000);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Creates the single origin: every service's API by prefix, one OpenAPI document, one health check.
 * Answers are passed on unchanged.
 */
export const createEdge = async (options: EdgeOptions): Promise<Edge> => {
  ensureTelemetry(options.environment ?? {}, 'edge');
  const logger = (options.logger ?? createLogger({ level: 'warn' })).child({ service: 'edge' });
  const metrics = options.metrics ?? new Registry();
  addDefaultMetrics(metrics);
  const app = fastify({
    ...serverOptions,
    logger: false,
    forceCloseConnections: 'idle',
    requestTimeout: atThisPace(30_000),
    routerOptions: { ignoreTrailingSlash: true },
  });
  addRequestHooks(app, {
    service: 'edge',
    logger,
    metrics,
    tracer: trace.getTracer('edge'),
    behindEdge: false,
  });
  app.addHook('onSend', (request, reply, _payload, next) => {
    keepWhereDrained(request, reply);
    // The compressor does not know the length of a forwarded answer. This header makes it skip a
    // short one.
    if (Number(reply.getHeader('content-length') ?? Infinity) < compressedFrom)
      request.headers['x-no-compression'] = 'true';
    for (const [name, value] of Object.entries(safetyHeaders))
      if (!reply.hasHeader(name)) void reply.header(name, value);
    next();
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error);
    if (problemStatus[problem.code] >= 500) logger.error({ err: error }, 'request failed');
    sendProblem(reply, problem, pathOf(request));
  });
  const verify = createTokenVerifier(options.auth, options.live?.store);
  const limit = await addRateLimit(app, {
    max: options.rateLimit ?? defaultRateLimit,
    verify,
    exempt: isElsewhere,
  });
  const site = options.console === undefined ? undefined : Site.open(options.console.site);
  const answerUnknown = unknownAnswers(trackMethods(app));
  app.setNotFoundHandler({ preHandler: limit }, (request, reply) => {
    if (!/^\/(?:api|assets|health|metrics|oauth|session|\.well-known)(?:\/|$)/.test(pathOf(request)))
      if (site?.page(request, reply) !== undefined) return;
    answerUnknown(request, reply);
  });
  // Only JSON answers are compressed, because a stream of lines or events must not wait in a
  // compressor. Request bodies are passed on unchanged (`Content-Encoding` is refused).
  await app.register(compress, {
    encodings: ['br', 'gzip'],
    threshold: compressedFrom,
    customTypes: /^application\/(?:problem\+)?json(?:;|$)/,
    globalDecompression: false,
  });
  addBodies(app);
  if (options.console?.login !== undefined) {
    const sessions = new Sessions(options.console.login, options.auth);
    const login = addLogin(app, sessions, options.console, logger);
    addSessionRoutes(app, sessions, login, verify, logger);
  }
  site?.add(app);
  const { agents, auth } = options;
  if (agents !== undefined && auth.agents !== undefined && options.live !== undefined)
    await addTokenEndpoint(app, {
      ...agents,
      issuer: auth.agents.issuer,
      audience: auth.audience,
      store: options.live.store,
    });
  const live = options.live === undefined ? undefined : await addLive(app, options.live, verify, logger);
  addOwnRoutes(app, options, verify, metrics, site);
  for (const prefix of proxied) await addProxy(app, options, logger, answerUnknown, prefix);
  await app.listen({ host: options.host, port: options.port });
  const endWatch = watchLoop(logger, metrics);
  const { port } = app.server.address() as AddressInfo;
  let stopping: Promise<void> | undefined;
  return {
    url: `http://${options.host}:${port}`,
    http: { host: options.host, port },
    stop: () => (stopping ??= Promise.all([live?.stop(), closeGently(app)]).then(endWatch)),
  };
};
