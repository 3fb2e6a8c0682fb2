import { cellFailover } from './cell-failover.js';
import type { NetworkHandler } from './handler.js';

/**
 * Every handler of the gateway. A new one is a file beside this one, a place in this list, and an
 * entry in the catalogue of the safety rails.
 */
const handlers: readonly NetworkHandler[] = [cellFailover];

const byActionType: ReadonlyMap<string, NetworkHandler> = new Map(
  handlers.map((handler) => [handler.action_type, handler]),
);

/** The handler of an action type; undefined where the gateway has none for it. */
export const networkHandlerOf = (actionType: string): NetworkHandler | undefined =>
  byActionType.get(actionType);

/** The action types that have a handler. */
export const networkActionTypes: readonly string[] = [...byActionType.keys()];
