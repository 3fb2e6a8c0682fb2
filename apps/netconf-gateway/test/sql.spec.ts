import { expect, it } from '@jest/globals';
import { encodeCursor } from '@interlock/postgres';
import { compiledSql, goldenText, sqlText, unnamedQueries } from '@interlock/testing';
import { ExpectedLeaves } from '../src/drift/expected-leaves.queries.js';
import { TopologyQueries } from '../src/topology/topology.queries.js';
import { TransactionsQueries } from '../src/tx/transactions.queries.js';

const id = '00000000-0000-4000-8000-000000000001';
const at = '2026-01-01T00:00:00.000Z';

it('the SQL of the queries on transactions is the one that was reviewed', async () => {
  const sql = compiledSql();
  const transactions = new TransactionsQueries(sql.runner);
  const all = {
    transactions: () => transactions.transactions('demo', 'device-1', {}),
    'transactions: from a cursor on': () =>
      transactions.transactions('demo', 'device-1', {
        limit: 5,
        cursor: encodeCursor('transactions', [at, id]),
      }),
    samples: () => transactions.samples('demo', 'device-1', {}),
    'samples: with every filter': () =>
      transactions.samples('demo', 'device-1', {
        limit: 5,
        cursor: encodeCursor('samples', [at, id, 'cell-1', 'load']),
        entity_id: 'cell-1',
        kpi: 'load',
        action_id: id,
      }),
  };
  const found = await sqlText(sql, all);
  expect(found).toBe(await goldenText(new URL('sql/transactions.sql', import.meta.url), found));
  expect(unnamedQueries(TransactionsQueries, Object.keys(all))).toEqual([]);
});

it('the SQL of the queries on the topology is the one that was reviewed', async () => {
  const sql = compiledSql();
  const topology = new TopologyQueries(sql.runner);
  const all = {
    devices: () => topology.devices('demo', at, {}),
    'devices: of a site, from a cursor on': () =>
      topology.devices('demo', at, {
        limit: 5,
        cursor: encodeCursor('topology', ['device-1']),
        site_id: 'site-1',
      }),
    all: () => topology.all('demo', at),
  };
  const found = await sqlText(sql, all);
  expect(found).toBe(await goldenText(new URL('sql/topology.sql', import.meta.url), found));
  expect(unnamedQueries(TopologyQueries, Object.keys(all))).toEqual([]);
});

it('the SQL of the queries on expected leaves is the one that was reviewed', async () => {
  const sql = compiledSql();
  const all = {
    leaves: () => new ExpectedLeaves(sql.runner).leaves('demo', 'device-1'),
    of: () => new ExpectedLeaves(sql.runner).of('demo', 'device-1', { commit: 1n, prepare: 1n }),
  };
  const found = await sqlText(sql, all);
  expect(found).toBe(await goldenText(new URL('sql/expected-leaves.sql', import.meta.url), found));
  expect(unnamedQueries(ExpectedLeaves, Object.keys(all))).toEqual([]);
});
