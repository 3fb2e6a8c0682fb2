import { tenantBound } from '@interlock/postgres';

/**
 * Frozen. Holds each evaluation once, and counts of evaluations and rule hits by UTC day;
 * `governed` means that a rule or policy matched. It also holds the changes of bundles and the
 * outcome of each action, with the ids of the events that record it.
 */
export const analyticsTables = {
  name: '0001_analytics',
  sql: `create table \${schema}.decisions (
    tenant_id text not null, evaluation_id text not null, at timestamptz not null, action_id text, decision text not null, bundle_version text, cost double precision not null, dry_run boolean not null,
    primary key (tenant_id, evaluation_id));
  create index decisions_recent on \${schema}.decisions (at) where bundle_version is not null and not dry_run;
  create table \${schema}.decision_days (
    tenant_id text not null, day date not null, agent text not null, action_type text not null, decision text not null, governed boolean not null, evaluations bigint not null,
    primary key (tenant_id, day, agent, action_type, decision, governed));
  create table \${schema}.rule_days (
    tenant_id text not null, day date not null, bundle_id uuid not null, rule_id text not null, decision text not null, bundle_version text not null, hits bigint not null,
    primary key (tenant_id, day, bundle_id, rule_id, decision));
  create index rule_days_bundle on \${schema}.rule_days (tenant_id, bundle_id, rule_id);
  create table \${schema}.changes (
    tenant_id text not null, event_id text not null, position numeric(40) not null, at timestamptz not null, scope text not null, type text not null, bundle_id text not null, bundle_version text not null, data jsonb not null,
    primary key (tenant_id, event_id));
  create table \${schema}.actions (
    tenant_id text not null, action_id text not null, at timestamptz not null, agent text not null, action_type text not null, bundle_id uuid, bundle_version text, risk_score double precision, affected_entity_count double precision,
    dry_run boolean not null, approved text, rejected text, denied text, completed text, failed text, incident text, ended_at timestamptz,
    primary key (tenant_id, action_id));
  create index actions_recent on \${schema}.actions (tenant_id, at desc);
  create index actions_ended on \${schema}.actions (ended_at) where ended_at is not null;
  create index actions_bundle on \${schema}.actions (tenant_id, bundle_id, ended_at) where ended_at is not null;
  ${['decisions', 'decision_days', 'rule_days', 'changes', 'actions'].map(tenantBound).join('')}`,
};
