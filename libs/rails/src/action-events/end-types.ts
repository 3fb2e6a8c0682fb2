import { actionEndTypes, type ActionEffect } from '@interlock/contracts';
import type { ActionEvent } from './events.js';
import type { EndStatus } from '../gates/gate.js';

type EndType = (typeof actionEndTypes)[number];
/** An event that ends an action. */
export type ActionEndEvent = Extract<ActionEvent, { readonly type: EndType }>;

/** The statuses in which ends leave an action. A refusal names its own status. */
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

/**
 * Codes of the ends by which Interlock itself refused an action. Any other refusal comes from the
 * device or the handler.
 */
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
 * Returns the external effect of an ended action, from its end event alone. `none`: nothing was
 * sent. `refused`: the device or the handler refused it and nothing remains. `applied`: the change
 * is in place. `taken_back`: it was applied and undone. `unknown`: a person must look.
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

/** Returns the status in which the end leaves the action. */
export const endStatusOf = (event: ActionEndEvent): EndStatus =>
  event.type === 'ActionDenied' ? event.data.status : statuses[event.type];
