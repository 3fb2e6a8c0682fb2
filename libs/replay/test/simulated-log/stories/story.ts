import type { ActionIntentV1, ActionTypeV1, Actor } from '@interlock/contracts';
import type { ActionState, PartOfPlan } from '@interlock/rails';
import { type Journal, account, tenant } from '../journal.ts';

/** A story's access to the log. */
export type Teller = {
  readonly log: Journal;
  readonly stateOf: (actionId: string) => ActionState;
  /** Returns the id of the action. */
  readonly submit: (intent: ActionIntentV1, by: Actor, type: ActionTypeV1, partOf?: PartOfPlan) => string;
  /** The action has work again after its end. */
  readonly wake: (actionId: string) => void;
};
/**
 * Begins a story. Each call of the returned function takes the next step and returns whether it was
 * the last.
 */
export type Story = (teller: Teller) => () => boolean;

/** A story of one step. */
export const moment =
  (tell: (log: Journal) => void): Story =>
  ({ log }) =>
  () => {
    tell(log);
    return true;
  };

export const intentOf = (
  over: Pick<ActionIntentV1, 'intent_id' | 'action_type'> & Partial<ActionIntentV1>,
): ActionIntentV1 => ({
  tenant_id: tenant,
  account_id: account,
  agent: 'optimizer',
  entity_id: 'cell-0',
  parameters: {},
  affected_entity_count: 1,
  confidence_score: 0.95,
  risk_level: 'LOW',
  lifecycle_state: 'ACTIVE',
  ...over,
});

/** True if the action has ended. */
export const isOver = (state: ActionState): boolean => state.status !== 'NONE' && state.ended_at !== null;
