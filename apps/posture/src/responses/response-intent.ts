import { postureAccount, systemTenant, type ActionIntentV1 } from '@interlock/contracts';
import { actionIdOf } from '@interlock/kernel';
import type { ResponseAction } from '@interlock/posture';

/**
 * Returns the intent of one response of a run. It is always the same, so a repeated submission has
 * no effect.
 */
export const intentOf = (responseId: string, action: ResponseAction): ActionIntentV1 => ({
  intent_id: `${responseId}:${action}`,
  tenant_id: systemTenant,
  account_id: postureAccount,
  agent: postureAccount,
  action_type: action,
  entity_id: 'interlock',
  parameters: {},
  affected_entity_count: 1,
  confidence_score: 1,
  trigger_type: 'response',
});

/** Returns the id of the action of one response of a run. */
export const actionOf = (responseId: string, action: ResponseAction): string =>
  actionIdOf(systemTenant, intentOf(responseId, action).intent_id);

/**
 * Returns the run that an intent belongs to; the intent's own id if it does not belong to a run.
 */
export const responseOf = (intentId: string): string => intentId.split(':')[0] ?? intentId;
