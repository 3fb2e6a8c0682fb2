import { expect, it } from '@jest/globals';
import { encodeCursor } from '@interlock/postgres';
import { compiledSql, goldenText, sqlText, unnamedQueries } from '@interlock/testing';
import type { ListActionsQuery } from '../src/actions/actions.dto.js';
import { ActionsQueries } from '../src/actions/actions.queries.js';
import { PlansQueries } from '../src/plans/plans.queries.js';

const id = '00000000-0000-4000-8000-000000000001';
const at = '2026-01-01T00:00:00.000Z';

/** A filter of the list that has no value here does not compile. The token decides the tenant. */
const everyFilter: Required<Omit<ListActionsQuery, 'tenant_id'>> = {
  state: 'PENDING',
  action_type: 'cell_failover',
  entity_id: 'cell-1',
  entity_prefix: 'cell-',
  agent: 'optimizer',
  account_id: 'ran',
  gate: 'policy',
  verdict: 'inconclusive',
  intent_id: 'intent-1',
  ids: `${id},${id}`,
  action_id_prefix: '00000000-00',
  dry_run: 'false',
  open: 'true',
  since: at,
  until: at,
  cursor: encodeCursor('actions', [at, id]),
  limit: 5,
};

it('the SQL of the queries on actions is the one that was reviewed', async () => {
  const sql = compiledSql();
  const actions = new ActionsQueries(sql.runner);
  const all = {
    one: () => actions.one('demo', id),
    list: () => actions.list('demo', {}),
    'list: of these requesters': () => actions.list('demo', {}, ['service:agent.a', 'service:nats.demo.a']),
    'list: with every filter': () => actions.list('demo', everyFilter),
    'list: by a gate that did not pass': () => actions.list('demo', { gate: 'policy' }),
    'list: by a verdict of any gate': () => actions.list('demo', { verdict: 'fail' }),
    counts: () => actions.counts('demo'),
  };
  const found = await sqlText(sql, all);
  expect(found).toBe(await goldenText(new URL('sql/actions.sql', import.meta.url), found));
  expect(unnamedQueries(ActionsQueries, Object.keys(all))).toEqual([]);
});

it('the SQL of the queries on plans is the one that was reviewed', async () => {
  const sql = compiledSql();
  const plans = new PlansQueries(sql.runner, {
    load: () => Promise.reject(new Error('a plan is read from the log')),
  });
  const all = {
    list: () => plans.list('demo', {}),
    'list: of these requesters': () => plans.list('demo', {}, ['service:agent.a', 'service:nats.demo.a']),
    'list: with every filter': () =>
      plans.list('demo', { state: 'RUNNING', cursor: encodeCursor('plans', [at, id]), limit: 5 }),
  };
  const found = await sqlText(sql, all);
  expect(found).toBe(await goldenText(new URL('sql/plans.sql', import.meta.url), found));
  expect(unnamedQueries(PlansQueries, Object.keys(all))).toEqual(['one']);
});
