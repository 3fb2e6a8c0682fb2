import { streamName } from '@interlock/contracts';

/**
 * The stream with all autonomy modes of a tenant, and its time zone. The stream of `_system` has
 * the global default.
 */
export const modeStream = (tenantId: string): string => streamName('autonomy', tenantId, 'config');
/** The tenant's auto-approval configuration. */
export const autoApprovalStream = (tenantId: string): string =>
  streamName('autonomy', tenantId, 'auto_approval');
/** The budget configuration of one account. */
export const budgetStream = (tenantId: string, accountId: string): string =>
  streamName('autonomy', tenantId, `budget=${accountId}`);
/** The consumption of one account on one day (`YYYY-MM-DD`, the tenant's calendar). */
export const budgetDayStream = (tenantId: string, accountId: string, day: string): string =>
  streamName('budget', tenantId, `${accountId}:${day}`);
