import type { AgentKey } from '@interlock/contracts';

/** The values that a credential may name in an intent; `*` allows any. */
export type Names = { readonly agents: readonly string[]; readonly accounts: readonly string[] };
/**
 * `credential` is the authenticated party, as an intent's requester has it: `service:nats.<user>`
 * for a user of the bus, `service:<sub>` or `person:<person_id>` for the subject of a token.
 * `public_key` is the public part of a bus user's nkey, null if the user proves itself in another
 * way. `signals` are the signals that it reports. `handlers` are the action types whose requests a
 * bus user receives and answers. `*` is any, and absent is none. `keys` are those of an agent's
 * credential.
 */
export type Credential = Names & {
  readonly credential: string;
  readonly public_key: string | null;
  readonly signals?: readonly string[];
  readonly handlers?: readonly string[];
  readonly keys?: readonly AgentKey[];
};

export type TenantEvent =
  | { readonly type: 'TenantCreated'; readonly data: { readonly tenant_id: string } }
  | { readonly type: 'TenantSuspended'; readonly data: { readonly tenant_id: string } }
  | { readonly type: 'TenantResumed'; readonly data: { readonly tenant_id: string } }
  | { readonly type: 'TenantRemoved'; readonly data: { readonly tenant_id: string } }
  | { readonly type: 'CredentialIssued'; readonly data: Credential }
  | { readonly type: 'CredentialRevoked'; readonly data: { readonly credential: string } };

/** The credential of a user of the bus, as events and requesters have it. */
export const busCredential = (user: string): string => `service:nats.${user}`;
