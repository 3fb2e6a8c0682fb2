import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { ProblemError } from '@interlock/kernel';

import { takeArrival } from './arrival.js';
import { newId } from '../base/ids.js';
import { httpDuration } from '../observe/metrics.js';
import { sendProblem } from '../problems/problem-filter.js';
import { contextWithState, stateOf } from './request-state.js';

type RequestTrace = { readonly context: Context; readonly span: Span; readonly startedAt: bigint };
type Options = {
  readonly service: string;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly tracer: Tracer;
  /** True if requests come through the edge, which passes on their arrival time. */
  readonly behindEdge: boolean;
};

/** Routes whose answers would only be noise in the log. */
const quiet = /^\/(?:health|metrics)(?:\/|$)/;

/** Returns the path of a request without the name of a person that it may contain. */
const pathOf = (request: FastifyRequest): string =>
  request.url.split('?', 1)[0]!.replace(/(\/audit\/people\/)[^/]+/, '$1:person');

/** True for a client that waits for a stream of events, however long that stays open. */
const isStream = ({ headers: { accept = '' } }: FastifyRequest): boolean =>
  accept.includes('text/event-stream');

const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'unknown';

const stopping = new ProblemError('service-unreachable', 'the service is stopping', {
  remedy: 'repeat the request',
});

/**
 * Sets the request id, server span, duration metric and one log line for each request. The span is
 * active in the handler, with or without a body. A request that arrives while the server closes is
 * refused with `service-unreachable`.
 */
export const addRequestHooks = (
  fastify: FastifyInstance,
  { service, logger, metrics, tracer, behindEdge }: Options,
): void => {
  const duration = httpDuration(metrics);
  const served = new WeakMap<object, RequestTrace>();
  let isStopping = false;
  fastify.addHook('preClose', (done) => {
    isStopping = true;
    done();
  });

  fastify.addHook('onRequest', (request, reply, next) => {
    const parent = propagation.extract(context.active(), request.headers);
    const span = tracer.startSpan(
      `${request.method} ${routeOf(request)}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': request.method,
          'http.route': routeOf(request),
          'url.path': pathOf(request),
          'url.scheme': request.protocol,
          'interlock.service': service,
        },
      },
      parent,
    );
    if (behindEdge) takeArrival(request);
    const active = contextWithState(trace.setSpan(parent, span), stateOf(request));
    served.set(request.raw, { context: active, span, startedAt: process.hrtime.bigint() });
    const given = request.headers['x-request-id'];
    void reply.header(
      'x-request-id',
      typeof given === 'string' && /^[\x21-\x7e]{1,128}$/.test(given) ? given : newId(),
    );
    if (isStopping) sendProblem(reply, stopping, request.url.split('?', 1)[0]);
    else context.with(active, next);
  });

  // The parser reads a body in its own async context, so the active span is set again afterwards.
  fastify.addHook('preValidation', (request, _reply, next) => {
    const known = served.get(request.raw);
    if (known === undefined) next();
    else context.with(known.context, next);
  });

  fastify.addHook('onResponse', (request, reply, next) => {
    const known = served.get(request.raw);
    if (known !== undefined) {
      const seconds = Number(process.hrtime.bigint() - known.startedAt) / 1e9;
      const route = routeOf(request);
      const status = reply.statusCode;
      if (!isStream(request))
        duration.observe({ service, method: request.method, route, status: `${status}` }, seconds);
      known.span.setAttribute('http.response.status_code', status);
      const { principal } = stateOf(request);
      if (principal !== undefined) known.span.setAttribute('interlock.tenant_id', principal.tenant_id);
      if (status >= 500) {
        known.span.setAttribute('error.type', `${status}`);
        known.span.setStatus({ code: SpanStatusCode.ERROR });
      }
      known.span.end();
      context.with(known.context, () => {
        logger[quiet.test(request.url) ? 'debug' : 'info'](
          {
            method: request.method,
            route,
            status,
            duration_ms: Math.round(seconds * 1e4) / 10,
            request_id: reply.getHeader('x-request-id'),
          },
          'request',
        );
      });
    }
    next();
  });
};
