/**
 * Frozen, of version 2 of the read model `plans`. Lets an agent list the plans that it submitted.
 */
export const plansRequester = {
  name: '0006_plans_requester',
  sql: `alter table \${schema}.plans add column requester text not null;
  create index plans_requester on \${schema}.plans (tenant_id, requester, submitted_at desc, plan_id desc);`,
};
