/** The patterns of names and ids. */
export const namePattern = /^[a-z0-9][a-z0-9_.-]{0,62}$/;
/** A tenant is a name without the dot; `_system` is reserved and never matches. */
export const tenantPattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;
/** A tenant, or the reserved `_system`. */
export const anyTenantPattern = /^(?:_system|[a-z0-9][a-z0-9_-]{0,62})$/;
/** The reserved tenant that owns everything that belongs to no other tenant. */
export const systemTenant = '_system';
/** Any printable string of 1 to 256 characters. */
export const entityPattern = /^[\P{C}]{1,256}$/u;
/** The name or version of a model: printable, 1 to 128 characters. */
export const modelPattern = /^[\P{C}]{1,128}$/u;
/** Printable, 1 to 128 characters. */
export const intentIdPattern = /^[\P{C}]{1,128}$/u;

/** RFC 3339 in UTC with milliseconds, e.g. `2026-11-20T07:28:00.000Z`. */
export type Timestamp = string;

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

/** Why something is as it is: a stable code, a sentence, and the data behind it. */
export type Reason = { readonly code: string; readonly detail: string } & {
  readonly [key: string]: JsonValue;
};
