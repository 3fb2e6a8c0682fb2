/** Frozen, of version 8. Lets an agent list the actions that it submitted. */
export const actionsRequester = {
  name: '0005_actions_requester',
  sql: `alter table \${schema}.actions add column requester text not null;
  create index actions_requester on \${schema}.actions (tenant_id, requester, accepted_at desc, action_id desc);`,
};
