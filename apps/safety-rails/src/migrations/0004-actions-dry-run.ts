/** Frozen, of version 7. Dry runs are listed and counted separately. */
export const actionsDryRun = {
  name: '0004_actions_dry_run',
  sql: `alter table \${schema}.actions add column dry_run boolean not null;`,
};
