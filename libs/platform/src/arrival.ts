import type { FastifyRequest } from 'fastify';

import { activeState, stateOf } from './request-state.js';

/** In which the edge tells a service when a request arrived at the edge, in milliseconds since 1970. Only the edge sets it. */
export const arrivalHeader = 'x-interlock-arrived-at';
/** Both the edge and a service may wait for so long before they answer; an older arrival means that two clocks differ. */
const mostMs = 120_000;

/** What the edge puts into `arrivalHeader`. */
export const arrivalText = (request: FastifyRequest): string =>
  `${Math.floor(Date.now() - (performance.now() - stateOf(request).arrivedAt))}`;

/**
 * Takes the arrival at the edge where it was earlier. A caller who goes around the edge may name another time; it stands in that caller's own receipt, never
 * later than the arrival here.
 */
export const takeArrival = (request: FastifyRequest): void => {
  const text = request.headers[arrivalHeader];
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text)) return;
  const waited = Date.now() - Number(text);
  if (waited < 0 || waited > mostMs) return;
  const state = stateOf(request);
  state.arrivedAt = Math.min(state.arrivedAt, performance.now() - waited);
};

/** When the request that is being served arrived, on the clock of `performance.now()`; now where none is. */
export const requestArrivedAt = (): number => activeState()?.arrivedAt ?? performance.now();
