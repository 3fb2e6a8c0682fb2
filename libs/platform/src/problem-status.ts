import type { ProblemCode } from '@interlock/contracts';

/** The one table problem code → HTTP status (RFC 9110). */
export const problemStatus: { readonly [code in ProblemCode]: number } = {
  'validation-failed': 422, 'payload-too-large': 413, 'unsupported-media-type': 415, 'malformed-json': 400, 'not-found': 404, 'method-not-allowed': 405,
  'unauthenticated': 401, 'token-expired': 401, 'missing-scope': 403, 'wrong-tenant': 403, 'wrong-agent': 403, 'wrong-caller': 403, 'tenant-suspended': 403, 'person-required': 403, 'same-person': 403, 'rate-limited': 429,
  'intent-conflict': 409, 'idempotency-conflict': 409, 'stale-revision': 412, 'revision-required': 428, 'already-exists': 409, 'wrong-state': 409,
  'approval-required': 409, 'digest-required': 428, 'approval-mismatch': 409, 'approval-stale': 409, 'flip-note-required': 409,
  'canary-running': 409, 'canary-held': 409, 'dwell-not-over': 409, 'gates-not-passed': 409,
  'unknown-action-type': 422, 'unknown-stream': 404, 'unknown-event-type': 500, 'action-not-found': 404, 'kill-switch-engaged': 409,
  'policy-invalid': 422, 'bundle-invalid': 422, 'not-a-draft': 409,
  'bundle-signature-invalid': 422, 'bundle-signature-missing': 422, 'bundle-key-unknown': 422, 'bundle-expired': 422, 'bundle-replayed': 409, 'bundle-lint-failed': 422, 'bundle-too-large': 422, 'bundle-signing-unavailable': 503,
  'device-unknown': 404, 'device-unreachable': 503, 'device-refused': 502, 'host-key-mismatch': 502, 'side-door': 409,
  'service-unreachable': 503, 'not-current': 503, 'read-model-behind': 503, 'tree-inconsistent': 503, 'no-checkpoint': 404, 'log-unavailable': 503, 'log-damaged': 503, 'append-outcome-unknown': 503,
  'bus-unavailable': 503, 'database-unavailable': 503, 'deadline-exceeded': 504,
  'archive-unavailable': 503, 'archive-contradicted': 500,
  'internal-error': 500,
};
