import type { ActionIntentV1, ActionTypeV1, Actor } from '@interlock/contracts';
import type { ActionState, PartOfPlan } from '@interlock/rails';
import { type Journal, account, tenant } from '../journal.ts';

/** What a story may do with the log. */
export type Teller = {
  readonly log: Journal;
  readonly stateOf: (actionId: string) => ActionState;
  /** Answers the id of the action. */
  readonly submit: (intent: ActionIntentV1, by: Actor, type: ActionTypeV1, partOf?: PartOfPlan) => string;
  /** The action has something to do again, after its end. */
  readonly wake: (actionId: string) => void;
};
/**
 * Begins a story; each call of what it answers does what is to be done now, and says whether that
 * was all.
 */
export type Story = (teller: Teller) => () => boolean;

/** Tells something that happens at one moment. */
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

/** Waits for actions to end. */
export const isOver = (state: ActionState): boolean => state.status !== 'NONE' && state.ended_at !== null;
