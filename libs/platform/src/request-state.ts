import { context as otelContext, createContextKey } from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import type { Violation } from '@interlock/contracts';
import { earliestArrival } from './loop-watch.js';
import type { Caller, Principal } from './principal.js';

/** What a request carries beside itself; set by the hooks and the guard. */
export type RequestState = {
  /** Header `Idempotency-Key` as it came. */
  readonly idempotencyKey: string | undefined;
  /** When it arrived at the earliest, on the clock of `performance.now()`; at the edge, where that says so. */
  arrivedAt: number;
  /** Who the token names, once somebody has asked. */
  caller?: Promise<Caller>;
  principal?: Principal;
  /** The JSON body as it was sent. */
  bodyText?: string;
  /** What no service takes in that body. */
  bodyFaults: readonly Violation[];
};

const key = createContextKey('interlock.request');
const states = new WeakMap<object, RequestState>();

/** The state of a request, made at first use. */
export const stateOf = (request: FastifyRequest): RequestState => {
  const known = states.get(request.raw);
  if (known !== undefined) return known;
  const header = request.headers['idempotency-key'];
  const made: RequestState = {
    idempotencyKey: Array.isArray(header) ? header[0] : header,
    arrivedAt: earliestArrival(),
    bodyFaults: [],
  };
  states.set(request.raw, made);
  return made;
};

/** The context with the request's state in it. */
export const contextWithState = (
  base: ReturnType<typeof otelContext.active>,
  state: RequestState,
): ReturnType<typeof otelContext.active> => base.setValue(key, state);

/** The state of the request that is being served, if any. */
export const activeState = (): RequestState | undefined =>
  otelContext.active().getValue(key) as RequestState | undefined;
