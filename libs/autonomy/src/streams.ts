import { streamName } from '@interlock/contracts';

/**
 * The one stream that holds all autonomy modes of a tenant, and its time zone; `_system`'s holds
 * the global default.
 */
export const modeStream = (tenantId: string): string => streamName('autonomy', tenantId, 'config');
/** The tenant's auto-approval configuration. */
export const autoApprovalStream = (tenantId: string): string =>
  streamName('autonomy', tenantId, 'auto_approval');
/** The budget configuration of one account. */
export const budgetStream = (tenantId: string, accountId: string): string =>
  streamName('autonomy', tenantId, `budget=${accountId}`);
/** What one account has consumed on one day (`YYYY-MM-DD`, the tenant's calendar). */
export const budgetDayStream = (tenantId: string, accountId: string, day: string): string =>
  streamName('budget', tenantId, `${accountId}:${day}`);
