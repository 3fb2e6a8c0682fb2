import { streamName } from '@interlock/contracts';

/** The stream of an action. */
export const actionStream = (tenantId: string, actionId: string): string =>
  streamName('action', tenantId, actionId);
