import { cellFailover } from './cell-failover.js';
import { alarmSilence } from './alarm-silence.js';
import { driftRestore } from './drift-restore.js';
import { connectionThrottle, qosTune } from './slice-ratios.js';
import type { NetworkHandler } from './handler.js';

/**
 * Every handler of the gateway. A new one needs a file beside this one, an entry in this list, and
 * one in the catalogue of the safety rails.
 */
const handlers: readonly NetworkHandler[] = [
  cellFailover,
  connectionThrottle,
  qosTune,
  alarmSilence,
  driftRestore,
];

const byActionType: ReadonlyMap<string, NetworkHandler> = new Map(
  handlers.map((handler) => [handler.action_type, handler]),
);

/** Returns the handler of an action type; undefined if the gateway has none. */
export const networkHandlerOf = (actionType: string): NetworkHandler | undefined =>
  byActionType.get(actionType);

/** The action types that have a handler. */
export const networkActionTypes: readonly string[] = [...byActionType.keys()];
