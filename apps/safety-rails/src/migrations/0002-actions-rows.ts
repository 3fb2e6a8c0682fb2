/**
 * Frozen, of version 4. A row has a column for each filter and order of lists. `detail` holds the
 * rest of what the API shows, in a type of its own. Columns that no query uses are removed.
 */
export const actionsRows = {
  name: '0002_actions_rows',
  sql: `alter table \${schema}.actions drop column account_id, drop column agent, drop column ended, drop column waiting_for, drop column due_at, drop column dry_run,
    drop column updated_at;`,
};
