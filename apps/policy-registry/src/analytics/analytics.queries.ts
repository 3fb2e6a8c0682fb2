import { Injectable } from '@nestjs/common';
import type { Position } from '@interlock/kernel';
import type { BundleChange, Ended, ObservedAction, Period } from '@interlock/policy';
import { allTenants, iso, withTenant } from '@interlock/postgres';
import { sql } from 'kysely';
import { AnalyticsRunner } from '../runners.js';

const mostRules = 20_000;
const mostExecutions = 50_000;
const mostActions = 50_000;

export type Covered = {
  readonly agent: string;
  readonly action_type: string;
  readonly evaluations: number;
  readonly governed: number;
};
export type RuleDay = {
  readonly bundle_id: string;
  readonly bundle_version: string;
  readonly rule_id: string;
  readonly on_day: string;
  readonly decision: string;
  readonly hits: number;
};
export type DecisionDay = { readonly on_day: string; readonly decision: string; readonly decisions: number };
export type BundleFigure = {
  readonly tenant_id: string;
  readonly bundle_version: string;
  readonly value: number;
};

const evaluations = sql<number>`sum(evaluations)::float8`;
const dayText = sql<string>`to_char(day, 'YYYY-MM-DD')`;
const dayOf = (time: string): string => iso(time).slice(0, 10);
const lastDay = ({ to }: Period): string => iso(new Date(Date.parse(to) - 1)).slice(0, 10);

/**
 * The queries of analytics. The database also limits each to one tenant. Dry runs are not counted.
 */
@Injectable()
export class AnalyticsQueries {
  constructor(private readonly runner: AnalyticsRunner) {}

  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  /** Every change of every bundle of the tenant, in the log's order. */
  changes(tenantId: string): Promise<readonly BundleChange[]> {
    return withTenant(this.runner.db(), tenantId, async (db) => {
      const rows = await db
        .selectFrom('changes')
        .select(['type', 'at', 'scope', 'bundle_id', 'bundle_version', 'data'])
        .where('tenant_id', '=', tenantId)
        .orderBy('position')
        .execute();
      return rows.map((row) => ({ ...row, at: iso(row.at) }));
    });
  }

  /** Counts decisions by agent and action type. The period covers whole days. */
  coverage(tenantId: string, period: Period): Promise<readonly Covered[]> {
    return withTenant(this.runner.db(), tenantId, (db) =>
      db
        .selectFrom('decision_days')
        .select([
          'agent',
          'action_type',
          evaluations.as('evaluations'),
          sql<number>`(coalesce(sum(evaluations) filter (where governed), 0))::float8`.as('governed'),
        ])
        .where('tenant_id', '=', tenantId)
        .where('day', '>=', dayOf(period.from))
        .where('day', '<=', lastDay(period))
        .groupBy(['agent', 'action_type'])
        .orderBy('agent')
        .orderBy('action_type')
        .execute(),
    );
  }

  decisionsByDay(tenantId: string, period: Period): Promise<readonly DecisionDay[]> {
    return withTenant(this.runner.db(), tenantId, (db) =>
      db
        .selectFrom('decision_days')
        .select([dayText.as('on_day'), 'decision', evaluations.as('decisions')])
        .where('tenant_id', '=', tenantId)
        .where('day', '>=', dayOf(period.from))
        .where('day', '<=', lastDay(period))
        .groupBy(['day', 'decision'])
        .orderBy('on_day')
        .orderBy('decision')
        .execute(),
    );
  }

  /** Counts how often each rule matched and took effect, by day and outcome. */
  ruleDays(tenantId: string, period: Period): Promise<readonly RuleDay[]> {
    return withTenant(this.runner.db(), tenantId, (db) =>
      db
        .selectFrom('rule_days')
        .select([
          'bundle_id',
          'bundle_version',
          'rule_id',
          dayText.as('on_day'),
          'decision',
          sql<number>`hits::float8`.as('hits'),
        ])
        .where('tenant_id', '=', tenantId)
        .where('day', '>=', dayOf(period.from))
        .where('day', '<=', lastDay(period))
        .orderBy('bundle_version')
        .orderBy('rule_id')
        .orderBy('on_day')
        .orderBy('decision')
        .limit(mostRules)
        .execute(),
    );
  }

  /** Returns the rules of a bundle that ever matched a request. */
  rulesHit(tenantId: string, bundleId: string): Promise<ReadonlySet<string>> {
    return withTenant(this.runner.db(), tenantId, async (db) => {
      const rows = await db
        .selectFrom('rule_days')
        .select('rule_id')
        .distinct()
        .where('tenant_id', '=', tenantId)
        .where('bundle_id', '=', bundleId)
        .execute();
      return new Set(rows.map(({ rule_id }) => rule_id));
    });
  }

  /**
   * Returns the outcomes of actions that a bundle decided, the earliest first. Above the limit,
   * only the latest are returned.
   */
  executions(tenantId: string, bundleId: string, from: string, to: string): Promise<readonly Ended[]> {
    return withTenant(this.runner.db(), tenantId, async (db) => {
      const rows = await db
        .selectFrom('actions')
        .select(['ended_at', 'failed'])
        .where('tenant_id', '=', tenantId)
        .where('bundle_id', '=', bundleId)
        .where('ended_at', '>=', from)
        .where('ended_at', '<=', to)
        .where('dry_run', '=', false)
        .orderBy('ended_at', 'desc')
        .limit(mostExecutions)
        .execute();
      return rows
        .flatMap(({ ended_at, failed }) =>
          ended_at === null ? [] : [{ at: iso(ended_at), failed: failed !== null }],
        )
        .toReversed();
    });
  }

  /** Returns the feedback of people and devices on actions, the latest first. */
  observed(tenantId: string, { from, to }: Period): Promise<readonly ObservedAction[]> {
    return withTenant(this.runner.db(), tenantId, (db) =>
      db
        .selectFrom('actions')
        .select([
          'agent',
          'action_type',
          'risk_score',
          'affected_entity_count',
          'approved',
          'rejected',
          'denied',
          'completed',
          'failed',
          'incident',
        ])
        .where('tenant_id', '=', tenantId)
        .where('at', '>=', from)
        .where('at', '<', to)
        .where('dry_run', '=', false)
        .where((where) =>
          where.or(
            (['approved', 'rejected', 'denied', 'completed', 'failed', 'incident'] as const).map((event) =>
              where(event, 'is not', null),
            ),
          ),
        )
        .orderBy('at', 'desc')
        .orderBy('action_id')
        .limit(mostActions)
        .execute(),
    );
  }

  /** Returns executions and the share that failed since a time, by tenant and bundle. */
  errorRates(since: string): Promise<readonly (BundleFigure & { readonly executions: number })[]> {
    return withTenant(this.runner.db(), allTenants, (db) =>
      db
        .selectFrom('actions')
        .select([
          'tenant_id',
          sql<string>`bundle_version`.as('bundle_version'),
          sql<number>`count(failed)::float8 / count(*)`.as('value'),
          sql<number>`count(*)::float8`.as('executions'),
        ])
        .where('ended_at', '>=', since)
        .where('bundle_version', 'is not', null)
        .where('dry_run', '=', false)
        .groupBy(['tenant_id', 'bundle_version'])
        .execute(),
    );
  }

  /**
   * Returns the costs of actions allowed or approved since a time, by the rules' budgets. An action
   * that was evaluated again counts once, with its last evaluation.
   */
  costs(since: string): Promise<readonly BundleFigure[]> {
    return withTenant(this.runner.db(), allTenants, (db) => {
      const asked = sql<string>`coalesce(d.action_id, d.evaluation_id)`;
      const last = db
        .selectFrom('decisions as d')
        .leftJoin('actions as a', (join) =>
          join.onRef('a.tenant_id', '=', 'd.tenant_id').onRef('a.action_id', '=', 'd.action_id'),
        )
        .distinctOn(['d.tenant_id', asked])
        .select(['d.tenant_id', 'd.bundle_version', 'd.cost', 'd.decision', 'a.approved'])
        .where('d.at', '>=', since)
        .where('d.dry_run', '=', false)
        .where('d.bundle_version', 'is not', null)
        .orderBy('d.tenant_id')
        .orderBy(asked)
        .orderBy('d.at', 'desc')
        .orderBy('d.evaluation_id')
        .as('last');
      return db
        .selectFrom(last)
        .select([
          'tenant_id',
          sql<string>`bundle_version`.as('bundle_version'),
          sql<number>`sum(cost)`.as('value'),
        ])
        .where((where) =>
          where.or([where('decision', 'in', ['ALLOW', 'CONFIRM']), where('approved', 'is not', null)]),
        )
        .groupBy(['tenant_id', 'bundle_version'])
        .execute();
    });
  }
}
