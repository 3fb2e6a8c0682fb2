/**
 * Frozen, of version 3. A row stores the data of a bundle's own events in its own type: the team as
 * a column, the rest in `detail`. The unused column `updated_at` is dropped.
 */
export const bundlesRows = {
  name: '0003_bundles_rows',
  sql: `alter table \${schema}.bundles drop column updated_at, add column team text;`,
};
