import { expect, it } from '@jest/globals';
import { encodeCursor } from '@interlock/postgres';
import { compiledSql, goldenText, sqlText, unnamedQueries } from '@interlock/testing';
import { NoticesQueries } from '../src/notices/notices.queries.js';

const id = '00000000-0000-4000-8000-000000000001';

it('the SQL of the queries on notices matches the reviewed text', async () => {
  const sql = compiledSql();
  const notices = new NoticesQueries(sql.runner);
  const cursorOf = (list: string): string => encodeCursor(list, ['2026-01-01T00:00:00.000Z', id]);
  const all = {
    alerts: () => notices.alerts('demo', {}),
    'alerts, with every filter': () =>
      notices.alerts('demo', {
        status: 'firing',
        severity: 'critical',
        name: 'red_flips',
        silenced: 'false',
        cursor: cursorOf('alerts'),
        limit: 5,
      }),
    'alerts, silenced': () => notices.alerts('demo', { silenced: 'true' }),
    'incidents, with every filter': () =>
      notices.incidents('demo', {
        status: 'open',
        severity: 'critical',
        cursor: cursorOf('incidents'),
        limit: 5,
      }),
    holding: () => notices.holding('demo'),
    counts: () => notices.counts(),
    alert: () => notices.alert('demo', id),
    incident: () => notices.incident('demo', id),
    timeline: () => notices.timeline('demo', [id, id]),
  };
  const found = await sqlText(sql, all);
  expect(found).toBe(await goldenText(new URL('sql/notices.sql', import.meta.url), found));
  expect(unnamedQueries(NoticesQueries, Object.keys(all))).toEqual([]);
});
