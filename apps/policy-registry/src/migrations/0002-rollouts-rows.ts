/**
 * Frozen, of version 2. The shown parts of a rollout have their own columns instead of the
 * decider's state. `settings` is null if none were set.
 */
export const rolloutsRows = {
  name: '0002_rollouts_rows',
  sql: `alter table \${schema}.rollouts drop column state, add column active jsonb, add column canary jsonb, add column superseded jsonb not null, add column rolled_back jsonb not null,
    add column withdrawn boolean not null, add column bypass jsonb, add column settings jsonb, add column paged jsonb not null;`,
};
