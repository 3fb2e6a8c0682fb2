import {
  postureAccount,
  readOnlyResponses,
  readOnlyResponsesPerDay,
  systemTenant,
} from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import type { BudgetCommand } from './budget/budget-config.js';
import type { ModeCommand } from './mode/mode-config.js';
import { budgetStream, modeStream } from './streams.js';

/**
 * A setting that an installation writes by itself at its first start, once. No person approves it.
 * The id of the command is fixed, so that a repeat is recognised.
 */
export type Shipped<C> = { readonly stream: string; readonly command_id: string; readonly command: C };

const idOf = (what: string): string => uuidV5('system settings', what);

/** The responses of the posture that only read run by themselves. */
export const shippedModes: readonly Shipped<Extract<ModeCommand, { kind: 'SetMode' }>>[] =
  readOnlyResponses.map((actionType) => ({
    stream: modeStream(systemTenant),
    command_id: idOf(`mode ${actionType}`),
    command: {
      kind: 'SetMode',
      key: { account_id: postureAccount, action_type: actionType },
      mode: 'AUTO_EXECUTE',
    },
  }));

/** How many of these responses run each day. */
export const shippedBudget: Shipped<Extract<BudgetCommand, { kind: 'SetBudget' }>> = {
  stream: budgetStream(systemTenant, postureAccount),
  command_id: idOf('budget'),
  command: {
    kind: 'SetBudget',
    account_id: postureAccount,
    limits: {
      max_autonomous_per_day: readOnlyResponsesPerDay,
      max_per_action_type: {},
      decay_if_unused: false,
    },
  },
};
