import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { underRetention, until } from '@interlock/testing';
import { World } from './world.js';

const world = new World({ RETENTION_SWEEP_S: '1' });
beforeAll(() => world.start());
afterAll(() => world.stop());

const table = 'alerting_deliveries_v3';
const delivery = (id: string, of: { state?: string; alert?: string; episode?: number; days?: number } = {}) =>
  `insert into ${table}.deliveries (tenant_id, channel_id, dedup_key, alert_id, episode, what, route, notice, state, created_at, due_at, place)
    values ('demo', 'ops', '${id}', '${of.alert ?? 'over'}', ${of.episode ?? 1}, 'trigger', 'all', '{}', '${of.state ?? 'delivered'}', now() - interval '${of.days ?? 40} days', now() + interval '1 day', '${id}');
  insert into ${table}._claims (tenant_id, channel_id, dedup_key, first_at, next_at) values ('demo', 'ops', '${id}', now(), now() + interval '1 day');`;
const watched = (id: string, status: string) =>
  `insert into ${table}.watched values ('demo', '${id}', '{"episode": 2, "status": "${status}"}');`;

describe('notifications past their retention', () => {
  it('are removed once they are finished and their alert is over; what is open or newer is kept', async () => {
    const { query, keep, plan } = underRetention(world.parts, 'alerting');
    const keys = async (of: string): Promise<readonly unknown[]> =>
      (await query(`select dedup_key from ${table}.${of} order by dedup_key`)).map((row) => row['dedup_key']);
    for (const statement of [
      watched('over', 'resolved'),
      watched('firing', 'acknowledged'),
      delivery('finished'),
      delivery('failed', { state: 'failed' }),
      delivery('earlier-episode', { alert: 'firing', episode: 1 }),
      delivery('keep-firing', { alert: 'firing', episode: 2 }),
      delivery('keep-pending', { state: 'pending' }),
      delivery('keep-newer', { days: 20 }),
    ])
      await query(statement);
    expect(await plan({ deliveries: 30 })).toMatchObject([
      { kind: 'deliveries', table: 'deliveries', rows: 3, partitions: null },
    ]);
    expect(await keys('deliveries')).toHaveLength(6);
    await keep({ deliveries: 30 });
    await until(async () => (await keys('deliveries')).length === 3, 'old deliveries are removed');
    expect(await keys('deliveries')).toEqual(['keep-firing', 'keep-newer', 'keep-pending']);
    expect(await keys('_claims')).toEqual(['keep-firing', 'keep-newer', 'keep-pending']);
    expect(await world.parts.metrics.metrics()).toContain(
      'interlock_retention_removed_total{kind="deliveries",what="rows"} 3',
    );
    expect(world.parts.lines.join('')).toContain('rows past their retention were removed');
  });
});
