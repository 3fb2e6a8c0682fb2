/** The account and the agent in whose name the responses of the posture are submitted, in tenant `_system`. */
export const postureAccount = 'posture';
/** The action types of the responses that only read: the system configuration that ships lets them run by themselves. */
export const readOnlyResponses = [
  'integrity_check',
  'schema_validation',
  'full_integrity_check',
  'cold_storage_verification',
] as const;
/** How many of them a day runs by themselves. */
export const readOnlyResponsesPerDay = 100;
