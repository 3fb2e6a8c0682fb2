/**
 * Frozen. Bundles as canaries: one active and one canary of each rollout (`scope`: `all`, or a
 * team), and what took a bundle out.
 */
export const bundlesRollout = {
  name: '0002_bundles_rollout',
  sql: `alter table \${schema}.bundles add column scope text not null default 'all', add column rollback jsonb;
  drop index \${schema}.bundles_active;
  create unique index bundles_active on \${schema}.bundles (tenant_id, scope) where active;
  create unique index bundles_canary on \${schema}.bundles (tenant_id, scope) where status = 'canary';`,
};
