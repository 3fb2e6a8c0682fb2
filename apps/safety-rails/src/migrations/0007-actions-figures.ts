/**
 * Frozen, of version 9. Adds the columns for figures: account, agent, the moments of an action, and
 * the last verdict of each gate.
 */
export const actionsFigures = {
  name: '0007_actions_figures',
  sql: `alter table \${schema}.actions add column account_id text not null, add column agent text not null,
    add column decided_at timestamptz, add column asked_at timestamptz, add column answered_at timestamptz, add column started_at timestamptz, add column ended_at timestamptz,
    add column verdicts json not null;
  create index actions_agent on \${schema}.actions (tenant_id, agent, accepted_at desc, action_id desc);
  create index actions_account on \${schema}.actions (tenant_id, account_id, accepted_at desc, action_id desc);`,
};
