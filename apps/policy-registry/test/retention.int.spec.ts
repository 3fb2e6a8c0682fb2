import { describe, expect, it } from '@jest/globals';
import { underRetention, until } from '@interlock/testing';
import { useRegistry } from './world.js';

const registry = useRegistry(() => ({ RETENTION_SWEEP_S: '1' }));
const table = 'policy_registry_evaluations_v1.evaluations';

describe('evaluations past their retention', () => {
  it('are removed; newer ones and those of another tenant are kept', async () => {
    const { query, keep, plan } = underRetention(registry.parts, 'policy-registry');
    const evaluated = async (tenant: string, days: number): Promise<void> => {
      await query(`insert into ${table} values ('${tenant}', gen_random_uuid(), now(), now() - interval '${days} days', null, 'agent', 'cell_failover', 'ALLOW',
        0.9, 'x', 'trace', null, null, false, '{}', '[]', '{}', '1')`);
    };
    for (const days of [20, 40, 50]) await evaluated('demo', days);
    await evaluated('acme', 50);
    const count = async (tenant: string): Promise<number> =>
      (await query(`select from ${table} where tenant_id = '${tenant}'`)).length;
    expect(await plan({ evaluations: 30 })).toMatchObject([{ kind: 'evaluations', rows: 2 }]);
    await keep({ evaluations: 30 });
    await until(async () => (await count('demo')) === 1, 'old evaluations are removed');
    expect(await count('acme')).toBe(1);
  });
});
