import type { Timestamp } from '../values/names.js';
import type { Role } from '../access/roles.js';

/*
 * The events of a person's own stream, `person-<tenant>:<person_id>`, which audit owns. A person of
 * several tenants has one stream in each. `metadata.actor` is the principal who did it, and
 * `metadata.occurred_at` is when.
 */

/**
 * A sign-in link was made for a person. `metadata.actor` made it: a person, or the installation (a
 * service). `occasion` is `new` for somebody who could not sign in before, and `link` for another
 * link of somebody who could. The maker could use the link, so both people count when two are
 * needed. `name` is sealed; null if nobody gave one.
 */
export type PersonInvited = {
  readonly type: 'PersonInvited';
  readonly data: {
    readonly person_id: string;
    readonly invitation_id: string;
    readonly occasion: 'new' | 'link';
    readonly role: Role;
    readonly name: string | null;
    readonly expires_at: Timestamp;
  };
};
/**
 * The link was used, and a session began. `made_by` is `installation` for a link that no person
 * requested, i.e. a founder's.
 */
export type InvitationUsed = {
  readonly type: 'InvitationUsed';
  readonly data: {
    readonly person_id: string;
    readonly invitation_id: string;
    readonly made_by: 'person' | 'installation';
    readonly session_id: string;
  };
};
/** A person received a role. */
export type RoleGranted = {
  readonly type: 'RoleGranted';
  readonly data: { readonly person_id: string; readonly role: Role };
};
export type RoleRevoked = {
  readonly type: 'RoleRevoked';
  readonly data: { readonly person_id: string; readonly role: Role };
};
/**
 * A session of the console began. `roles` are the person's roles at that time. If an identity
 * provider signed them in, `by` is `provider`, and the roles are those that the provider claimed.
 */
export type SessionStarted = {
  readonly type: 'SessionStarted';
  readonly data: {
    readonly person_id: string;
    readonly session_id: string;
    readonly by: 'invitation' | 'provider';
    readonly roles: readonly Role[];
    /** Sealed; null if there is none. */
    readonly name: string | null;
    readonly expires_at: Timestamp;
  };
};
/** The person signed out. */
export type SessionEnded = {
  readonly type: 'SessionEnded';
  readonly data: { readonly person_id: string; readonly session_id: string };
};
/** Sessions were ended from elsewhere. `session_id` is null if every open session was ended. */
export type SessionRevoked = {
  readonly type: 'SessionRevoked';
  readonly data: {
    readonly person_id: string;
    readonly session_id: string | null;
    readonly because: 'revoked' | 'new-link' | 'removed' | 'provider';
  };
};

/** Every event about a person's access. */
export type PersonAccessEvent =
  PersonInvited | InvitationUsed | RoleGranted | RoleRevoked | SessionStarted | SessionEnded | SessionRevoked;
