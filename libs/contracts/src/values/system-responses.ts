/** The account and the agent that submit the responses of the posture, in tenant `_system`. */
export const postureAccount = 'posture';
/**
 * The action types of the responses that only read. The built-in system configuration lets them run
 * by themselves.
 */
export const readOnlyResponses = [
  'integrity_check',
  'schema_validation',
  'full_integrity_check',
  'cold_storage_verification',
] as const;
/** How many of them may run by themselves per day. */
export const readOnlyResponsesPerDay = 100;
