/**
 * Frozen, of version 4. A row holds what lists are filtered and ordered by, and in `detail` the
 * rest of what the API shows of an action: a type of its own, which the projection folds. What no
 * query asks for has no column any more.
 */
export const actionsRows = {
  name: '0002_actions_rows',
  sql: `alter table \${schema}.actions drop column account_id, drop column agent, drop column ended, drop column waiting_for, drop column due_at, drop column dry_run,
    drop column updated_at;`,
};
