import { streamName } from '@interlock/contracts';

/** The stream of a plan. */
export const planStream = (tenantId: string, planId: string): string => streamName('plan', tenantId, planId);
