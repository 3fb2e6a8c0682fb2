import type { JsonObject, Timestamp } from '../values/names.js';
import type { Actor, Scope } from '../access/scopes.js';

/**
 * One respect in which a change loosens a setting: the member, and the protection that becomes
 * weaker.
 */
export type Loosened = { readonly pointer: string; readonly detail: string };

/** The services whose settings can be loosened. */
export const changeOwners = [
  'budget-ledger',
  'policy-registry',
  'posture',
  'audit',
  'alerting',
  'agent-gateway',
  'netconf-gateway',
  'digital-twin',
] as const;
export type ChangeOwner = (typeof changeOwners)[number];

/**
 * A setting's owner requests a change for the authenticated caller. A repeat of the same request
 * has the same `change_id`. `revision` is that of the setting's stream; `-1` if it is empty.
 */
export type RequestChangeRequest = {
  readonly change_id: string;
  readonly tenant_id: string;
  readonly actor: Actor;
  readonly at: Timestamp;
  readonly setting: string;
  readonly revision: string;
  readonly command: JsonObject;
  readonly loosened: readonly Loosened[];
  readonly scope: Scope;
  /** Sealed if a person wrote it. */
  readonly why: string | null;
  readonly flip_list_hash?: string;
  /** True if the owner can restore the previous setting itself. */
  readonly can_break_glass: boolean;
};

/**
 * Returns the scopes for deciding a change request: the setting's own, and that of approvals. A
 * person needs one of them. Messages name the first.
 */
export const changeScopes = (scope: Scope): readonly [Scope, ...Scope[]] =>
  scope === 'AUTONOMOUS_APPROVE' ? [scope] : [scope, 'AUTONOMOUS_APPROVE'];

/** The present state of a change request. `approved_by` and `requester` are keys of principals. */
export type ChangeAnswer = {
  readonly change_id: string;
  readonly tenant_id: string;
  readonly status: 'open' | 'approved' | 'applied' | 'ended' | 'rejected' | 'expired' | 'void';
  readonly setting: string;
  readonly revision: string;
  readonly command: JsonObject;
  readonly loosened: readonly Loosened[];
  readonly scope: Scope;
  readonly digest: string;
  readonly requester: string;
  readonly why: string | null;
  readonly required_people: 1 | 2 | 3;
  readonly approved_by: readonly string[];
  /** True if one person alone supports the change, or one is enough. */
  readonly solo: boolean;
  readonly requested_at: Timestamp;
  readonly expires_at: Timestamp;
  readonly can_break_glass: boolean;
  /**
   * Null unless one person broke the glass. The previous setting is in force again from `until` on.
   */
  readonly break_glass: { readonly reason: string; readonly until: Timestamp } | null;
};

/**
 * The request to apply a change. The owner reads the change request from the log itself, and
 * applies only an approved one.
 */
export type ApplyChangeRequest = { readonly tenant_id: string; readonly change_id: string };
export type ApplyChangeAnswer = { readonly revision: string; readonly position: string | null };

/** The end of a break-glass change. `restored` is false if nothing was left to restore. */
export type EndChangeAnswer = { readonly revision: string; readonly restored: boolean };

export type ChangeCommands = {
  readonly 'safety-rails.request_change': {
    readonly request: RequestChangeRequest;
    readonly answer: ChangeAnswer;
  };
} & {
  readonly [owner in ChangeOwner as `${owner}.apply_change`]: {
    readonly request: ApplyChangeRequest;
    readonly answer: ApplyChangeAnswer;
  };
} & {
  readonly [owner in ChangeOwner as `${owner}.end_change`]: {
    readonly request: ApplyChangeRequest;
    readonly answer: EndChangeAnswer;
  };
};
