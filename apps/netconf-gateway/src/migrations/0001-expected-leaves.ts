import { bound } from './0001-transactions.js';

/**
 * Frozen. Stores the changes that a transaction prepared, and the value of each leaf after the last
 * completed transaction. A value is null if the leaf is absent.
 */
export const expectedLeavesTables = {
  name: '0001_expected_leaves',
  sql: `
create table \${schema}.prepared_changes (
  tenant_id text not null, tx_id text not null, device_id text not null, binding text not null, changes jsonb not null, primary key (tenant_id, tx_id));
${bound('prepared_changes')}
create table \${schema}.expected_leaves (
  tenant_id text not null, device_id text not null, path text not null, binding text not null, value text, action_id text not null, position text not null,
  primary key (tenant_id, device_id, binding, path));
${bound('expected_leaves')}`,
};
