import { type Position } from '@interlock/kernel';
import type { BundleChange, Ended, ObservedAction, Period } from '@interlock/policy';
import { allTenants, withTenant, type ProjectionRunner } from '@interlock/postgres';
import { sql } from 'kysely';
import type { AnalyticsDatabase } from './analytics.projection.js';

const iso = (time: string | Date): string => new Date(time).toISOString();
const mostRules = 5000;
const mostExecutions = 50_000;
const mostActions = 50_000;

export type Covered = { readonly agent: string; readonly action_type: string; readonly evaluations: number; readonly governed: number };
export type RuleDay = { readonly bundle_id: string; readonly bundle_version: string; readonly rule_id: string; readonly day: string; readonly decision: string; readonly hits: number };
export type DecisionDay = { readonly day: string; readonly decision: string; readonly decisions: number };
export type BundleFigure = { readonly tenant_id: string; readonly bundle_version: string; readonly value: number };

/** What analytics asks, bounded by tenant in the database too. Dry runs are not counted. */
export class AnalyticsQueries {
  constructor(private readonly runner: ProjectionRunner<AnalyticsDatabase>) {}

  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  /** Every change of every bundle of the tenant, in the log's order. */
  changes(tenantId: string): Promise<readonly BundleChange[]> {
    return withTenant(this.runner.db(), tenantId, async (db) => {
      const rows = await db.selectFrom('changes').select(['type', 'at', 'scope', 'bundle_id', 'bundle_version', 'data']).where('tenant_id', '=', tenantId).orderBy('position').execute();
      return rows.map((row) => ({ ...row, at: iso(row.at) }));
    });
  }

  coverage(tenantId: string, { from, to }: Period): Promise<readonly Covered[]> {
    return withTenant(this.runner.db(), tenantId, async (db) => (await sql<Covered>`
      select agent, action_type, count(*)::int as evaluations, (count(*) filter (where governed))::int as governed
      from decisions where tenant_id = ${tenantId} and at >= ${from} and at < ${to} and not dry_run group by agent, action_type order by agent, action_type`.execute(db)).rows);
  }

  decisionsByDay(tenantId: string, { from, to }: Period): Promise<readonly DecisionDay[]> {
    return withTenant(this.runner.db(), tenantId, async (db) => (await sql<DecisionDay>`
      select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, decision, count(*)::int as decisions
      from decisions where tenant_id = ${tenantId} and at >= ${from} and at < ${to} and not dry_run group by 1, 2 order by 1, 2`.execute(db)).rows);
  }

  /** How often each rule matched and counted, by day and by what came of it. */
  ruleDays(tenantId: string, { from, to }: Period): Promise<readonly RuleDay[]> {
    return withTenant(this.runner.db(), tenantId, async (db) => (await sql<RuleDay>`
      select bundle_id, bundle_version, rule_id, to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, decision, count(*)::int as hits
      from decisions, unnest(matched) as rule_id
      where tenant_id = ${tenantId} and at >= ${from} and at < ${to} and not dry_run and bundle_id is not null
      group by 1, 2, 3, 4, 5 order by 2, 3, 4, 5 limit ${mostRules}`.execute(db)).rows);
  }

  /** The rules of a bundle that ever matched a request. */
  rulesHit(tenantId: string, bundleId: string): Promise<ReadonlySet<string>> {
    return withTenant(this.runner.db(), tenantId, async (db) => new Set((await sql<{ readonly rule_id: string }>`
      select distinct rule_id from decisions, unnest(matched) as rule_id where tenant_id = ${tenantId} and bundle_id = ${bundleId} and not dry_run`.execute(db)).rows.map(({ rule_id }) => rule_id)));
  }

  /** The ends of what a bundle decided, the earliest first; of very many the latest. */
  executions(tenantId: string, bundleId: string, from: string, to: string): Promise<readonly Ended[]> {
    return withTenant(this.runner.db(), tenantId, async (db) => {
      const rows = await db.selectFrom('actions').select(['ended_at', 'failed']).where('tenant_id', '=', tenantId).where('bundle_id', '=', bundleId).where('ended_at', '>=', from).where('ended_at', '<=', to)
        .where('dry_run', '=', false).orderBy('ended_at', 'desc').limit(mostExecutions).execute();
      return rows.flatMap(({ ended_at, failed }) => (ended_at === null ? [] : [{ at: iso(ended_at), failed: failed !== null }])).toReversed();
    });
  }

  /** What people and devices said of actions, the latest first. */
  observed(tenantId: string, { from, to }: Period): Promise<readonly ObservedAction[]> {
    return withTenant(this.runner.db(), tenantId, (db) =>
      db.selectFrom('actions').select(['agent', 'action_type', 'risk_score', 'affected_entity_count', 'approved', 'rejected', 'denied', 'completed', 'failed', 'incident'])
        .where('tenant_id', '=', tenantId).where('at', '>=', from).where('at', '<', to).where('dry_run', '=', false)
        .where((where) => where.or((['approved', 'rejected', 'denied', 'completed', 'failed', 'incident'] as const).map((event) => where(event, 'is not', null))))
        .orderBy('at', 'desc').orderBy('action_id').limit(mostActions).execute());
  }

  /** Per cent of the executions that ended since then and failed, by tenant and bundle. */
  errorRates(since: string): Promise<readonly BundleFigure[]> {
    return withTenant(this.runner.db(), allTenants, async (db) => (await sql<BundleFigure>`
      select tenant_id, bundle_version, (count(failed)::double precision / count(*)) as value from actions
      where ended_at >= ${since} and bundle_version is not null and not dry_run group by 1, 2`.execute(db)).rows);
  }

  /** What was allowed, or approved by people, since then has cost by the rules' budgets; an action that was evaluated again counts once, as it was last. */
  costs(since: string): Promise<readonly BundleFigure[]> {
    return withTenant(this.runner.db(), allTenants, async (db) => (await sql<BundleFigure>`
      select tenant_id, bundle_version, sum(cost) as value from (
        select distinct on (d.tenant_id, coalesce(d.action_id, d.evaluation_id)) d.tenant_id, d.bundle_version, d.cost, d.decision, a.approved
        from decisions d left join actions a on a.tenant_id = d.tenant_id and a.action_id = d.action_id
        where d.at >= ${since} and not d.dry_run and d.bundle_version is not null order by d.tenant_id, coalesce(d.action_id, d.evaluation_id), d.at desc) as last
      where decision in ('ALLOW', 'CONFIRM') or approved is not null group by 1, 2`.execute(db)).rows);
  }
}
