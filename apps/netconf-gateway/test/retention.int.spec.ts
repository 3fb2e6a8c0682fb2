import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { RunningService } from '@interlock/platform';
import { startParts, testContext, underRetention, until, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';

let parts: Parts;
let service: RunningService;
const schema = 'netconf_gateway_transactions_v3';

beforeAll(async () => {
  parts = await startParts();
  service = await start(
    testContext(parts, 'netconf-gateway', {
      NETCONF_GATEWAY_KEY: randomBytes(32).toString('hex'),
      RETENTION_SWEEP_S: '1',
    }),
  );
});
afterAll(async () => {
  await service.stop();
  await parts.stop();
});

describe('KPI samples past their retention', () => {
  it('are removed with their partitions; those of an open transaction, of a failed rollback and newer ones are kept', async () => {
    const { query, keep, plan } = underRetention(parts, 'netconf-gateway');
    const sampled = async (tx: string, state: string, days: number): Promise<void> => {
      await query(`insert into ${schema}.transactions (tenant_id, tx_id, device_id, entity_id, action_type, state, accepted_at, updated_at, position)
        values ('demo', '${tx}', 'gnb-a', 'a-1', 'cell_failover', '${state}', now(), now(), '1')`);
      await query(`set local search_path to ${schema}; select make_kpi_partition((now() - interval '${days} days')::date);
        insert into kpi_samples values ('demo', '${tx}', 'a-1', 'soak', now() - interval '${days} days', '{"drop_rate_pct": 1}')`);
    };
    for (const [tx, state, days] of [
      ['confirmed', 'CONFIRMED', 50],
      ['refused', 'REFUSED', 49],
      ['keep-open', 'TENTATIVE', 48],
      ['keep-failed-rollback', 'ROLLBACK_FAILED', 47],
      ['keep-newer', 'CONFIRMED', 20],
    ] as const)
      await sampled(tx, state, days);
    const left = async (): Promise<readonly unknown[]> =>
      (await query(`select tx_id from ${schema}.kpi_samples order by at`)).map((row) => row['tx_id']);
    const partitions = async (): Promise<number> =>
      (await query(`select from pg_inherits where inhparent = '${schema}.kpi_samples'::regclass`)).length;
    expect(await plan({ kpis: 30 })).toMatchObject([
      { kind: 'kpis', table: 'kpi_samples', rows: 2, partitions: 2 },
    ]);
    expect(await partitions()).toBe(5);
    await keep({ kpis: 30 });
    await until(async () => (await partitions()) === 3, 'empty partitions are dropped');
    expect(await left()).toEqual(['keep-open', 'keep-failed-rollback', 'keep-newer']);
    // What ends later is removed in a later round.
    await query(`update ${schema}.transactions set state = 'ROLLED_BACK' where tx_id = 'keep-open'`);
    await until(async () => (await partitions()) === 2, 'the partition of the ended one is dropped');
    expect(await left()).toEqual(['keep-failed-rollback', 'keep-newer']);
  });
});
