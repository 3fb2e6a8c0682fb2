import { expect, it } from '@jest/globals';
import { encodeCursor } from '@interlock/postgres';
import { compiledSql, goldenText, sqlText, unnamedQueries } from '@interlock/testing';
import { NoticesQueries } from '../src/notices.queries.js';

const id = '00000000-0000-4000-8000-000000000001';

it('the SQL of the queries on notices is the one that was reviewed', async () => {
  const sql = compiledSql();
  const notices = new NoticesQueries(sql.runner);
  const all = {
    'list: alerts': () => notices.list('alerts', 'demo', {}),
    'list: incidents, with every filter': () =>
      notices.list('incidents', 'demo', {
        status: 'open',
        severity: 'critical',
        cursor: encodeCursor(['2026-01-01T00:00:00.000Z', id]),
        limit: 5,
      }),
    one: () => notices.one('alerts', 'demo', id),
  };
  const found = await sqlText(sql, all);
  expect(found).toBe(await goldenText(new URL('sql/notices.sql', import.meta.url), found));
  expect(unnamedQueries(NoticesQueries, Object.keys(all))).toEqual([]);
});
