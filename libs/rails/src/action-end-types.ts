import { actionEndTypes, type ActionEffect } from '@interlock/contracts';
import type { ActionEvent } from './action-events.js';
import type { EndStatus } from './gates/gate.js';

type EndType = (typeof actionEndTypes)[number];
/** An event that ends an action. */
export type ActionEndEvent = Extract<ActionEvent, { readonly type: EndType }>;

/** The statuses that ends leave an action in; a refusal says its own. */
const statuses: { readonly [Type in Exclude<EndType, 'ActionDenied'>]: EndStatus } = {
  ActionCompleted: 'COMPLETED',
  DryRunCompleted: 'COMPLETED',
  ActionRolledBack: 'ROLLED_BACK',
  ActionRollbackFailed: 'ROLLBACK_FAILED',
  ActionCancelled: 'CANCELLED',
  ActionCancelledByRefusal: 'CANCELLED',
  ActionRejected: 'REJECTED',
  ActionExpired: 'EXPIRED',
};
const types: ReadonlySet<string> = new Set(actionEndTypes);

/** Codes of the ends by which Interlock itself kept an action back; any other refusal is the device's or the handler's. */
const keptBack: ReadonlySet<string> = new Set([
  'confirm-timer-too-short',
  'device-too-slow',
  'executor-stopping',
  'kill-switch-engaged',
  'lease-lost',
  'plan-changed',
  'side-door',
  'turn-too-old',
  'undone',
]);

/**
 * What an ended action has left outside, from the event of its end alone. `none`: nothing was sent; `refused`: the device or the handler refused it, and nothing is left of
 * it; `applied`: it stands; `taken_back`: it was applied and taken back; `unknown`: a person must look.
 */
export const effectOf = ({ type, data }: ActionEndEvent): ActionEffect => {
  switch (type) {
    case 'ActionCompleted':
      return 'applied';
    case 'ActionRolledBack':
      return data.cause === 'execution-failed' ? 'refused' : 'taken_back';
    case 'ActionRollbackFailed':
      return 'unknown';
    case 'ActionCancelledByRefusal':
      return data.reasons.some(({ code }) => keptBack.has(code)) ? 'none' : 'refused';
    default:
      return 'none';
  }
};

/** True for an event that ends an action. */
export const isActionEnd = <E extends { readonly type: string }>(
  event: E,
): event is Extract<E, { readonly type: EndType }> => types.has(event.type);

/** The status that an end leaves the action in. */
export const endStatusOf = (event: ActionEndEvent): EndStatus =>
  event.type === 'ActionDenied' ? event.data.status : statuses[event.type];
