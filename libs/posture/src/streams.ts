import { fileBrakeId, streamName, type PostureSignalName } from '@interlock/contracts';

/** The reports of one signal of a tenant, or of `_system`. */
export const signalStream = (tenantId: string, name: PostureSignalName): string =>
  streamName('signal', tenantId, name);
/** The changes of a tenant's level. */
export const levelStream = (tenantId: string): string => streamName('posture', tenantId, 'level');
/** The tenant's posture settings. */
export const postureConfigStream = (tenantId: string): string => streamName('posture', tenantId, 'config');
/** The tenant's evaluations, by schedule and by command. */
export const runsStream = (tenantId: string): string => streamName('posture', tenantId, 'runs');
/** The integrity checks, for the tenant `_system`. */
export const checksStream = (tenantId: string): string => streamName('posture', tenantId, 'checks');
/** The tenant's trust guard. */
export const trustLockStream = (tenantId: string): string => streamName('trust_lock', tenantId, 'guard');
/** The tenant's safety brake. */
export const brakeStream = (tenantId: string): string => streamName('brake', tenantId, 'brake');
/** The tenant's safety brake, as an input file has it. */
export const fileBrakeStream = (tenantId: string): string => streamName('brake', tenantId, fileBrakeId);
/** One run of the response runner. */
export const responseStream = (tenantId: string, responseId: string): string =>
  streamName('response', tenantId, responseId);
const work = 'work=';
/** The handler's work for one action of a response. */
export const responseWorkStream = (tenantId: string, actionId: string): string =>
  streamName('response', tenantId, `${work}${actionId}`);
/** True for the id of a stream of `responseWorkStream`. */
export const isResponseWork = (id: string): boolean => id.startsWith(work);
