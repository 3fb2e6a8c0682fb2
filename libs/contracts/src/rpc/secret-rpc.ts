import type { SecretUse } from '../people/access-events.js';
import type { Timestamp } from '../values/names.js';

/*
 * ---- audit.record_secrets
 * ----------------------------------------------------------------------------------------
 */
/** The service that reads the secrets of each use. */
export const secretUses = {
  device: 'netconf-gateway',
  handler: 'agent-gateway',
  channel: 'alerting',
} as const satisfies { readonly [use in SecretUse]: string };

/** The most secrets of one tenant and use that are recorded. */
export const mostSecrets = 1000;

/** Where a secret lies and where it may be sent to, never its value. */
export type PlacedSecret = {
  /** `file:NAME` or `env:NAME`. */
  readonly reference: string;
  readonly destinations: readonly string[];
  /** When its file was written; null for a variable. */
  readonly changed_at: Timestamp | null;
};
/**
 * All secrets of a tenant that the calling service finds now. A repeated `request_id` records
 * nothing twice.
 */
export type RecordSecretsRequest = {
  readonly request_id: string;
  readonly tenant_id: string;
  readonly secrets: readonly PlacedSecret[];
};
/** The number of recorded changes. */
export type RecordSecretsAnswer = { readonly changes: number };
