import { streamName } from '@interlock/contracts';

/** Returns the stream of an action. */
export const actionStream = (tenantId: string, actionId: string): string =>
  streamName('action', tenantId, actionId);
