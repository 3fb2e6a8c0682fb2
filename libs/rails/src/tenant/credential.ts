import type { AgentKey } from '@interlock/contracts';

/** The values that a credential may name in an intent; `*` allows any. */
export type Names = { readonly agents: readonly string[]; readonly accounts: readonly string[] };
/**
 * A registered credential. `credential` is the authenticated party, in the form of an intent's
 * requester. A user of the bus is `service:nats.<user>`; the subject of a token is `service:<sub>`
 * or `person:<person_id>`. `public_key` is the public part of a bus user's nkey, null if the user
 * authenticates in another way. `signals` are the signals that it may report. `handlers` are the
 * action types whose requests a bus user receives and answers. `*` means any, and absent means
 * none. `keys` are those of an agent's credential.
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

/** Returns the credential of a user of the bus, in the form of events and requesters. */
export const busCredential = (user: string): string => `service:nats.${user}`;
