import { describe, expect, it } from '@jest/globals';
import { diffConfig, serialiseXml } from '@interlock/netconf';
import { ranKeys } from '../src/index.js';
import { ran, useDevice } from './parts.js';

describe('a failover as a safe change', () => {
  const running = useDevice();

  it('is tentative after a confirmed commit, shows in the KPIs, and stays once confirmed', async () => {
    running.simulator.control.degrade('cell-001-1');
    const before = await running.client.getConfig('running');
    await running.client.lock('running');
    await running.client.lock('candidate');
    await running.client.editConfig({
      target: 'candidate',
      defaultOperation: 'merge',
      testOption: 'test-then-set',
      errorOption: 'rollback-on-error',
      config: [
        ran(
          'ran',
          ran('cell', ran('id', 'cell-001-1'), ran('attributes', ran('administrativeState', 'LOCKED'))),
        ),
      ],
    });
    const planned = diffConfig(before, await running.client.getConfig('candidate'), ranKeys);
    expect(planned).toEqual([
      {
        path: "/ran/cell[id='cell-001-1']/attributes/administrativeState",
        kind: 'changed',
        before: 'UNLOCKED',
        after: 'LOCKED',
      },
    ]);
    await running.client.commit({ confirmed: { timeoutS: 30, persist: 'p1' } });
    await running.client.unlock('running');
    expect(running.simulator.control.tentative('gnb-001')).toBe(true);
    expect(running.simulator.control.kpis('cell-001-1').operational_state).toBe('DISABLED');
    await running.client.commit({ persistId: 'p1' });
    expect(running.simulator.control.tentative('gnb-001')).toBe(false);
    const state = await running.client.get({
      subtree: [ran('ran-state', ran('cell', ran('id', 'cell-001-2')))],
    });
    expect(serialiseXml(state)).toContain('<load_pct>');
    await running.client.unlock('candidate');
  });
});
