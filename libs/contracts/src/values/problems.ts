/**
 * The closed list of problem codes. `docs/problems/<code>.md` has a page for each, and one table in
 * platform has the HTTP status.
 */
/**
 * The codes for an unreachable dependency. The same request may succeed later, so it is repeated
 * and never counts as a refusal.
 */
export const unreachableCodes = [
  'append-outcome-unknown',
  'bus-unavailable',
  'database-unavailable',
  'deadline-exceeded',
  'device-unreachable',
  'handler-unreachable',
  'log-unavailable',
  'not-current',
  'read-model-behind',
  'service-unreachable',
] as const satisfies readonly ProblemCode[];

export const problemCodes = [
  'validation-failed',
  'payload-too-large',
  'unsupported-media-type',
  'malformed-json',
  'not-found',
  'method-not-allowed',
  'unauthenticated',
  'token-expired',
  'proof-invalid',
  'credential-revoked',
  'missing-scope',
  'wrong-tenant',
  'wrong-agent',
  'wrong-caller',
  'tenant-suspended',
  'target-unknown',
  'person-required',
  'same-person',
  'link-refused',
  'unlock-limit',
  'rate-limited',
  'signal-not-allowed',
  'signal-superseded',
  'overloaded',
  'intent-conflict',
  'idempotency-conflict',
  'stale-revision',
  'revision-required',
  'already-exists',
  'stale-change',
  'wrong-state',
  'approval-required',
  'digest-required',
  'approval-mismatch',
  'leaves-changed',
  'undo-impossible',
  'approval-stale',
  'flip-note-required',
  'canary-running',
  'canary-held',
  'dwell-not-over',
  'gates-not-passed',
  'unknown-action-type',
  'unknown-stream',
  'stream-scavenged',
  'unknown-event-type',
  'forged-event',
  'action-not-found',
  'plan-conflict',
  'plan-not-found',
  'kill-switch-engaged',
  'policy-invalid',
  'bundle-invalid',
  'bundle-signature-invalid',
  'bundle-signature-missing',
  'bundle-key-unknown',
  'bundle-expired',
  'bundle-replayed',
  'bundle-lint-failed',
  'bundle-too-large',
  'bundle-signing-unavailable',
  'not-a-draft',
  'device-unknown',
  'binding-unfit',
  'device-unreachable',
  'device-refused',
  'handler-unreachable',
  'handler-refused',
  'host-key-mismatch',
  'secret-not-for-host',
  'side-door',
  'service-unreachable',
  'not-current',
  'read-model-behind',
  'tree-inconsistent',
  'no-checkpoint',
  'log-unavailable',
  'log-damaged',
  'home-format',
  'append-outcome-unknown',
  'bus-unavailable',
  'database-unavailable',
  'deadline-exceeded',
  'archive-unavailable',
  'archive-contradicted',
  'internal-error',
] as const;
export type ProblemCode = (typeof problemCodes)[number];

/** One fault of an input: `pointer` is a JSON pointer into it. */
export type Violation = { readonly pointer: string; readonly detail: string; readonly code?: string };

/** RFC 9457 problem details as they are sent. */
export type ProblemDetails = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly instance?: string;
  readonly violations?: readonly Violation[];
  readonly remedy?: string;
  readonly trace_id?: string;
} & { readonly [key: string]: unknown };
