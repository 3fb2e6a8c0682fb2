/**
 * Frozen, of version 2. The table of actions as the API shows them. `detail` is the folded state as
 * JSON text, because it is written often and never queried.
 */
export const actionsTable = {
  name: '0001_actions',
  sql: `create table \${schema}.actions (
    tenant_id text not null, action_id uuid not null, intent_id text not null, account_id text not null, agent text not null, action_type text not null, entity_id text not null,
    state text not null, ended boolean not null, waiting_for text, due_at timestamptz, dry_run boolean not null, accepted_at timestamptz not null, updated_at timestamptz not null,
    revision numeric(20) not null, position text not null, detail json not null,
    primary key (tenant_id, action_id));
  create index actions_recent on \${schema}.actions (tenant_id, accepted_at desc, action_id desc);
  create index actions_intent on \${schema}.actions (tenant_id, intent_id);
  create index actions_open on \${schema}.actions (accepted_at) where not ended;
  alter table \${schema}.actions enable row level security;
  alter table \${schema}.actions force row level security;
  create policy actions_tenant on \${schema}.actions
    using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
    with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');`,
};
