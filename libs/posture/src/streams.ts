import { streamName, type PostureSignalName } from '@interlock/contracts';

/** The reports of one signal of a tenant, or of `_system`. */
export const signalStream = (tenantId: string, name: PostureSignalName): string =>
  streamName('signal', tenantId, name);
/** The changes of a tenant's level. */
export const levelStream = (tenantId: string): string => streamName('posture', tenantId, 'level');
/** The tenant's thresholds and what goes with them. */
export const postureConfigStream = (tenantId: string): string => streamName('posture', tenantId, 'config');
/** The tenant's evaluations, by schedule and by command. */
export const runsStream = (tenantId: string): string => streamName('posture', tenantId, 'runs');
