import type { JsonObject, Timestamp } from '../values/names.js';
import type { Actor, Scope } from '../access/scopes.js';

/** One respect in which a change loosens a setting: the member, and what holds less afterwards. */
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
] as const;
export type ChangeOwner = (typeof changeOwners)[number];

/**
 * A setting's owner requests a change for the caller that it has authenticated. `change_id` is the
 * same for a repeat of the same request. `revision` is that of the setting's stream, `-1` if empty.
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
  /** true: the owner can put the previous setting back by itself. */
  readonly can_break_glass: boolean;
};

/**
 * The scopes of which a person needs one to decide a change request: the setting's own, or that of
 * approvals. The first is the one that is named to people.
 */
export const changeScopes = (scope: Scope): readonly [Scope, ...Scope[]] =>
  scope === 'AUTONOMOUS_APPROVE' ? [scope] : [scope, 'AUTONOMOUS_APPROVE'];

/** A change request as it stands. `approved_by` and `requester` are keys of principals. */
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
  /** True if one person alone stands for it, or may. */
  readonly solo: boolean;
  readonly requested_at: Timestamp;
  readonly expires_at: Timestamp;
  readonly can_break_glass: boolean;
  /** null unless one person broke the glass. The previous setting is in force from `until` on. */
  readonly break_glass: { readonly reason: string; readonly until: Timestamp } | null;
};

/** The owner reads the change request from the log itself; only an approved one is applied. */
export type ApplyChangeRequest = { readonly tenant_id: string; readonly change_id: string };
export type ApplyChangeAnswer = { readonly revision: string; readonly position: string | null };

/** `restored`: false if nothing was left to put back. */
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
