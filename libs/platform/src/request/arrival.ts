import type { FastifyRequest } from 'fastify';

import { activeState, stateOf } from './request-state.js';

/**
 * The header with which the edge tells a service when a request arrived at the edge, in
 * milliseconds since 1970. Only the edge sets it.
 */
export const arrivalHeader = 'x-interlock-arrived-at';
/**
 * The longest time that the edge and a service may wait before they answer. An older arrival means
 * that two clocks differ.
 */
const mostMs = 120_000;

/** Returns the value that the edge puts into `arrivalHeader`. */
export const arrivalText = (request: FastifyRequest): string =>
  `${Math.floor(Date.now() - (performance.now() - stateOf(request).arrivedAt))}`;

/**
 * Uses the arrival at the edge if it was earlier. A caller that bypasses the edge may name another
 * time. That time appears only in the caller's own receipt, and is never later than the arrival
 * here.
 */
export const takeArrival = (request: FastifyRequest): void => {
  const text = request.headers[arrivalHeader];
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text)) return;
  const waited = Date.now() - Number(text);
  if (waited < 0 || waited > mostMs) return;
  const state = stateOf(request);
  state.arrivedAt = Math.min(state.arrivedAt, performance.now() - waited);
};

/**
 * Returns the arrival of the current request, on the clock of `performance.now()`. Without a
 * request, it is the present time.
 */
export const requestArrivedAt = (): number => activeState()?.arrivedAt ?? performance.now();
