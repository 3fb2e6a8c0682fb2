/**
 * Frozen, of version 3. A row has what a bundle's own events say of it in a type of its own: the
 * team as a column, the rest in `detail`. What no query asks for has no column any more.
 */
export const bundlesRows = {
  name: '0003_bundles_rows',
  sql: `alter table \${schema}.bundles drop column updated_at, add column team text;`,
};
