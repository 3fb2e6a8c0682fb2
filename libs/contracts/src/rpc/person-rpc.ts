import type { ChangeAnswer } from './change-rpc.js';
import type { Timestamp } from '../values/names.js';
import type { PersonInvited, SessionRevoked, SessionStarted } from '../people/person-events.js';
import type { Role } from '../access/roles.js';
import type { Violation } from '../values/problems.js';

// ---- audit.record_person
/** A change of a person's access. `name` is plain here, and is sealed before it reaches the log. */
export type PersonChange =
  | {
      readonly kind: 'invite';
      readonly invitation_id: string;
      readonly occasion: PersonInvited['data']['occasion'];
      readonly role: Role;
      readonly name: string;
      readonly expires_at: Timestamp;
      /** True if the person's open sessions end, because another person created the link. */
      readonly ends_sessions: boolean;
    }
  | {
      readonly kind: 'start_session';
      readonly session_id: string;
      readonly by: SessionStarted['data']['by'];
      readonly roles: readonly Role[];
      readonly name: string;
      readonly expires_at: Timestamp;
      /** The invitation that began the session. Absent for a person from a provider. */
      readonly invitation?: { readonly id: string; readonly made_by: 'person' | 'installation' };
    }
  | { readonly kind: 'end_session'; readonly session_id: string }
  | {
      readonly kind: 'revoke_sessions';
      readonly session_id: string | null;
      readonly because: SessionRevoked['data']['because'];
    }
  | { readonly kind: 'remove'; readonly role: Role };

/**
 * Records a change in the person's stream of each tenant. `by` is the subject of the person who
 * made it; null for the calling service itself. A repeated `request_id` appends nothing twice. A
 * link that one person creates for another becomes a change request in each tenant. A repeat after
 * the approval requests nothing more.
 */
export type RecordPersonRequest = {
  readonly request_id: string;
  readonly person: { readonly subject: string; readonly tenants: readonly string[] };
  readonly by: string | null;
  readonly change: PersonChange;
};
/**
 * Reports an intent that safety-rails refused. `submitter` names the caller whose credential was
 * used: `person:<person_id>` or `service:<name>`. A repeated `request_id` is recorded once.
 */
export type RecordAccessRequest = {
  readonly request_id: string;
  readonly tenant_id: string;
  readonly submitter: string;
  readonly content_hash: string;
  readonly intent_id: string | null;
  readonly codes: readonly string[];
  readonly detail: string;
  /** At most `refusalLimits.violations`. */
  readonly violations: readonly Violation[];
};
/** The largest parts of a refusal that the log keeps, in items and characters. */
export const refusalLimits = { violations: 20, pointer: 256, detail: 512 } as const;
/** A decision or change that a service refused a person. `person` is `person:<person_id>`. */
export type RecordRefusalRequest = {
  readonly request_id: string;
  readonly tenant_id: string;
  readonly person: string;
  readonly command: string;
  readonly path: string;
  readonly code: string;
};
/** The answer. `recorded` is false if the refusal was counted and not recorded singly. */
export type RecordAccessAnswer = { readonly recorded: boolean };
/** The change that people must approve in a tenant before it applies to the person. */
export type RequestedForPerson = Pick<
  ChangeAnswer,
  'change_id' | 'tenant_id' | 'status' | 'setting' | 'loosened' | 'digest' | 'required_people' | 'expires_at'
>;
/** The recorded changes by tenant. A tenant with a requested change has none yet. */
export type RecordPersonAnswer = {
  readonly recorded: readonly {
    readonly tenant_id: string;
    readonly person_id: string;
    readonly position: string | null;
  }[];
  readonly requested: readonly RequestedForPerson[];
};
