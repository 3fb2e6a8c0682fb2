/**
 * Frozen, of version 2. What is shown of a rollout has columns of its own in the place of the
 * decider's state; `settings` is null where nobody has set any.
 */
export const rolloutsRows = {
  name: '0002_rollouts_rows',
  sql: `alter table \${schema}.rollouts drop column state, add column active jsonb, add column canary jsonb, add column superseded jsonb not null, add column rolled_back jsonb not null,
    add column withdrawn boolean not null, add column bypass jsonb, add column settings jsonb, add column paged jsonb not null;`,
};
