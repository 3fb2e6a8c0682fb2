import { context as otelContext, createContextKey } from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import type { Violation } from '@interlock/contracts';
import { earliestArrival } from '../observe/loop-watch.js';
import type { Caller, Principal } from './principal.js';

/** Additional data of a request, set by the hooks and the guard. */
export type RequestState = {
  /** Header `Idempotency-Key` as it was sent. */
  readonly idempotencyKey: string | undefined;
  /** Header `Interlock-Reason` as it was sent. */
  readonly reason: string | undefined;
  /**
   * The earliest possible arrival, on the clock of `performance.now()`. If the edge reports one, it
   * is the arrival at the edge.
   */
  arrivedAt: number;
  /** The identity in the token, once it has been read. */
  caller?: Promise<Caller>;
  principal?: Principal;
  /** Tells whether the token still allows what it did. A route without scopes has no such check. */
  isStillAllowed?: () => Promise<boolean>;
  /** The JSON body as it was sent. */
  bodyText?: string;
  /** The faults of that body that no service accepts. */
  bodyFaults: readonly Violation[];
};

const key = createContextKey('interlock.request');
const states = new WeakMap<object, RequestState>();

const headerOf = ({ headers }: FastifyRequest, name: string): string | undefined => {
  const header = headers[name];
  return Array.isArray(header) ? header[0] : header;
};

/** Returns the state of a request, created at first use. */
export const stateOf = (request: FastifyRequest): RequestState => {
  const known = states.get(request.raw);
  if (known !== undefined) return known;
  const made: RequestState = {
    idempotencyKey: headerOf(request, 'idempotency-key'),
    reason: headerOf(request, 'interlock-reason'),
    arrivedAt: earliestArrival(),
    bodyFaults: [],
  };
  states.set(request.raw, made);
  return made;
};

/** Returns the context with the request's state in it. */
export const contextWithState = (
  base: ReturnType<typeof otelContext.active>,
  state: RequestState,
): ReturnType<typeof otelContext.active> => base.setValue(key, state);

/** Returns the state of the current request; undefined if there is none. */
export const activeState = (): RequestState | undefined =>
  otelContext.active().getValue(key) as RequestState | undefined;
