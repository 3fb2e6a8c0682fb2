import { describe, expect, it } from '@jest/globals';
import { encodeCursor } from '@interlock/postgres';
import { compiledSql, goldenText, sqlText, unnamedQueries } from '@interlock/testing';
import { AnalyticsQueries } from '../src/analytics/analytics.queries.js';
import { BundlesQueries } from '../src/bundles/bundles.queries.js';
import { PoliciesQueries } from '../src/policies/policies.queries.js';
import { RolloutsQueries } from '../src/rollout/rollouts.queries.js';

const id = '00000000-0000-4000-8000-000000000001';
const at = '2026-01-01T00:00:00.000Z';
const period = { from: at, to: '2026-02-01T00:00:00.000Z' };
const cursorOf = (list: string): string => encodeCursor(list, [at, id]);

const sql = compiledSql((statement) =>
  statement.includes('from "policies"') ? [{ detail: {}, created_at: at, updated_at: at }] : [],
);
const policies = new PoliciesQueries(sql.runner, sql.runner);
const bundles = new BundlesQueries(sql.runner);
const rollouts = new RolloutsQueries(sql.runner, undefined as never);
const analytics = new AnalyticsQueries(sql.runner);

describe('the SQL of the queries matches the reviewed text', () => {
  it.each([
    [
      'policies',
      PoliciesQueries,
      {
        list: () => policies.list('demo', {}),
        'list: of a status, from a cursor on': () =>
          policies.list('demo', { status: 'active', cursor: cursorOf('policies'), limit: 5 }),
        one: () => policies.one('demo', 'pol-1'),
        versions: () => policies.versions('demo', 'pol-1', {}),
        'versions: from a cursor on': () =>
          policies.versions('demo', 'pol-1', { cursor: encodeCursor('policy-versions', [3]), limit: 5 }),
        version: () => policies.version('demo', 'pol-1', '2'),
        compare: () => policies.compare('demo', 'pol-1', '1', '2'),
        auditTrail: () => policies.auditTrail('demo', 'pol-1', {}, null),
        'auditTrail: from a cursor on': () =>
          policies.auditTrail('demo', 'pol-1', { cursor: cursorOf('policy-uses'), limit: 5 }, null),
      },
    ],
    [
      'bundles',
      BundlesQueries,
      {
        list: () => bundles.list('demo', {}, null),
        'list: with every filter': () =>
          bundles.list(
            'demo',
            { status: 'draft', team: 'red', active_only: 'true', cursor: cursorOf('bundles'), limit: 5 },
            ['red', 'blue'],
          ),
        byId: () => bundles.byId('demo', id, null),
        byVersion: () => bundles.byVersion('demo', '1.0.0', null),
        'active: for the tenant': () => bundles.active('demo', null),
        'active: for a team': () => bundles.active('demo', 'red'),
        versions: () => bundles.versions('demo'),
      },
    ],
    [
      'rollouts',
      RolloutsQueries,
      {
        one: () => rollouts.one('demo', 'tenant'),
        'watched: rollouts': () => rollouts.watched(false),
        'watched: and tenants with incidents': () => rollouts.watched(true),
      },
    ],
    [
      'analytics',
      AnalyticsQueries,
      {
        changes: () => analytics.changes('demo'),
        coverage: () => analytics.coverage('demo', period),
        decisionsByDay: () => analytics.decisionsByDay('demo', period),
        ruleDays: () => analytics.ruleDays('demo', period),
        rulesHit: () => analytics.rulesHit('demo', id),
        executions: () => analytics.executions('demo', id, period.from, period.to),
        observed: () => analytics.observed('demo', period),
        errorRates: () => analytics.errorRates(at),
        costs: () => analytics.costs(at),
      },
    ],
  ] as const)('of %s', async (name, of, all) => {
    const found = await sqlText(sql, all);
    expect(found).toBe(await goldenText(new URL(`sql/${name}.sql`, import.meta.url), found));
    expect(unnamedQueries(of, Object.keys(all))).toEqual([]);
  });
});
