// ---- safety-rails.seen
/** The kinds of target of a stop, a mode or a budget. */
export const targetKinds = ['tenant', 'account', 'agent', 'site', 'action_type'] as const;
export type TargetKind = (typeof targetKinds)[number];
export type NamedTarget = { readonly kind: TargetKind; readonly name: string };
/**
 * A target that does not occur in the log. `near` holds similar names of the same kind, the most
 * similar first.
 */
export type UnseenTarget = NamedTarget & { readonly near: readonly string[] };
/** The request. `tenants` are those whose names the caller may see. */
export type SeenRequest = {
  readonly tenant_id: string;
  readonly tenants: readonly string[];
  readonly targets: readonly NamedTarget[];
};
export type SeenAnswer = {
  readonly tenant_status: 'unknown' | 'active' | 'suspended' | 'removed';
  readonly unseen: readonly UnseenTarget[];
};
