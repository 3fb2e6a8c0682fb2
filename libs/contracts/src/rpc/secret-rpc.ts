import type { SecretUse } from '../people/access-events.js';
import type { Timestamp } from '../values/names.js';

// ---- audit.record_secrets
/** The service that reads the secrets of each use. */
export const secretUses = {
  device: 'netconf-gateway',
  handler: 'agent-gateway',
  channel: 'alerting',
} as const satisfies { readonly [use in SecretUse]: string };

/** The largest number of secrets that are recorded for one tenant and use. */
export const mostSecrets = 1000;

/** Where a secret is stored and where it may be sent to, but never its value. */
export type PlacedSecret = {
  /** The reference: `file:NAME` or `env:NAME`. */
  readonly reference: string;
  readonly destinations: readonly string[];
  /** The time at which its file was changed. Null for a variable. */
  readonly changed_at: Timestamp | null;
};
/**
 * All secrets of a tenant that the calling service currently finds. A repeated `request_id` records
 * nothing twice.
 */
export type RecordSecretsRequest = {
  readonly request_id: string;
  readonly tenant_id: string;
  readonly secrets: readonly PlacedSecret[];
};
/** The number of recorded changes. */
export type RecordSecretsAnswer = { readonly changes: number };
