import { tenantBound } from '@interlock/postgres';

/**
 * Frozen. What bundles decided (one row per evaluation; `governed`: a rule or a policy spoke), what happened to bundles, and how each action ended with people and devices
 * (the events that say so, by id).
 */
export const analyticsTables = {
  name: '0001_analytics',
  sql: `create table \${schema}.decisions (
    tenant_id text not null, evaluation_id text not null, at timestamptz not null, agent text not null, action_type text not null, decision text not null, governed boolean not null,
    bundle_id uuid, bundle_version text, variant text not null, matched text[] not null, cost double precision not null, action_id text, dry_run boolean not null,
    primary key (tenant_id, evaluation_id));
  create index decisions_recent on \${schema}.decisions (tenant_id, at);
  create index decisions_bundle on \${schema}.decisions (tenant_id, bundle_id, at);
  create table \${schema}.changes (
    tenant_id text not null, event_id text not null, position numeric(40) not null, at timestamptz not null, scope text not null, type text not null, bundle_id text not null, bundle_version text not null, data jsonb not null,
    primary key (tenant_id, event_id));
  create table \${schema}.actions (
    tenant_id text not null, action_id text not null, at timestamptz not null, agent text not null, action_type text not null, bundle_id uuid, bundle_version text, risk_score double precision, affected_entity_count double precision,
    dry_run boolean not null, approved text, rejected text, denied text, completed text, failed text, incident text, ended_at timestamptz,
    primary key (tenant_id, action_id));
  create index actions_recent on \${schema}.actions (tenant_id, at desc);
  create index actions_ended on \${schema}.actions (tenant_id, ended_at) where ended_at is not null;
  create index actions_bundle on \${schema}.actions (tenant_id, bundle_id, ended_at) where ended_at is not null;
  ${['decisions', 'changes', 'actions'].map(tenantBound).join('')}`,
};
