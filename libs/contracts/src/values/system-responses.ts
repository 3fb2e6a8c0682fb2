/** The account and the agent that submit posture's responses, in the tenant `_system`. */
export const postureAccount = 'posture';
/**
 * The action types of responses that only read. The built-in configuration of `_system` lets them
 * run without a person.
 */
export const readOnlyResponses = [
  'integrity_check',
  'schema_validation',
  'full_integrity_check',
  'cold_storage_verification',
] as const;
/** The number of such responses that may run per day without a person. */
export const readOnlyResponsesPerDay = 100;
