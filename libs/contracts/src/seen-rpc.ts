/* ---- safety-rails.seen ------------------------------------------------------------------------------------------ */
/** What a stop, a mode or a budget may be for. */
export const targetKinds = ['tenant', 'account', 'agent', 'site', 'action_type'] as const;
export type TargetKind = (typeof targetKinds)[number];
export type NamedTarget = { readonly kind: TargetKind; readonly name: string };
/** A target that the log has nothing of. `near`: names of the same kind that look like it, the most similar first. */
export type UnseenTarget = NamedTarget & { readonly near: readonly string[] };
/** `tenants`: the tenants whose names the asker may be told. */
export type SeenRequest = {
  readonly tenant_id: string;
  readonly tenants: readonly string[];
  readonly targets: readonly NamedTarget[];
};
export type SeenAnswer = {
  readonly tenant_status: 'unknown' | 'active' | 'suspended' | 'removed';
  readonly unseen: readonly UnseenTarget[];
};
