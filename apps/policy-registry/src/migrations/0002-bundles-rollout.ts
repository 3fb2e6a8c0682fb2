/**
 * Frozen. Adds canaries: each rollout has one active bundle and one canary. `scope` is `all` or a
 * team; `rollback` says why a bundle was rolled back.
 */
export const bundlesRollout = {
  name: '0002_bundles_rollout',
  sql: `alter table \${schema}.bundles add column scope text not null default 'all', add column rollback jsonb;
  drop index \${schema}.bundles_active;
  create unique index bundles_active on \${schema}.bundles (tenant_id, scope) where active;
  create unique index bundles_canary on \${schema}.bundles (tenant_id, scope) where status = 'canary';`,
};
