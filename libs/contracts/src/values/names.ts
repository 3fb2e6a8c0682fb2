/** The patterns of names and ids. */
export const namePattern = /^[a-z0-9][a-z0-9_.-]{0,62}$/;
/** The pattern of a tenant: a name without a dot. The reserved `_system` does not match. */
export const tenantPattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;
/** The pattern of a tenant, including the reserved `_system`. */
export const anyTenantPattern = /^(?:_system|[a-z0-9][a-z0-9_-]{0,62})$/;
/** The reserved tenant for everything that belongs to no other tenant. */
export const systemTenant = '_system';
/** The pattern of an entity: 1 to 256 printable characters. */
export const entityPattern = /^[\P{C}]{1,256}$/u;
/** The pattern of a model's name or version: 1 to 128 printable characters. */
export const modelPattern = /^[\P{C}]{1,128}$/u;
/** The pattern of an intent's id: 1 to 128 printable characters. */
export const intentIdPattern = /^[\P{C}]{1,128}$/u;

/** RFC 3339 in UTC with milliseconds, e.g. `2026-11-20T07:28:00.000Z`. */
export type Timestamp = string;

const rfc3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * True for a time of RFC 3339 that `Date` reads as it is. A leap second and a day that does not
 * exist, such as 30 February, are none.
 */
export const isTimestamp = (text: string): boolean => {
  const day = text.slice(0, 10);
  return rfc3339.test(text) && new Date(day).toISOString().startsWith(day);
};

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

export const riskLevels = ['LOW', 'MEDIUM', 'HIGH'] as const;
export type RiskLevel = (typeof riskLevels)[number];

export const postureLevels = ['GREEN', 'YELLOW', 'ORANGE', 'RED'] as const;
export type PostureLevel = (typeof postureLevels)[number];

export const autonomyModes = ['PROPOSE_ONLY', 'APPROVAL_REQUIRED', 'AUTO_EXECUTE', 'DISABLED'] as const;
export type AutonomyMode = (typeof autonomyModes)[number];

export const policyDecisions = ['ALLOW', 'CONFIRM', 'NEEDS_APPROVAL', 'DENY'] as const;
/** Decision of policies and bundles, from loosest to strictest. */
export type PolicyDecision = (typeof policyDecisions)[number];

export const autoApprovalDecisions = ['AUTO_EXECUTE', 'REQUIRE_APPROVAL', 'BLOCK'] as const;
export type AutoApprovalDecision = (typeof autoApprovalDecisions)[number];

export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** The reason for a decision or a state: a stable code, a sentence, and its data. */
export type Reason = { readonly code: string; readonly detail: string } & {
  readonly [key: string]: JsonValue;
};
