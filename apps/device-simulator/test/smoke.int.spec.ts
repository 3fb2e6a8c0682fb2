import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { diffConfig, elementBuilder, serialiseXml, type NetconfClient } from '@interlock/netconf';
import { RAN_NS, ranKeys, type Simulator } from '../src/index.js';
import { device, login, simulate } from './parts.js';

const ran = elementBuilder(RAN_NS);

describe('a failover as a safe change', () => {
  let simulator: Simulator;
  let client: NetconfClient;
  beforeAll(async () => {
    simulator = await simulate();
    client = await login(device(simulator));
  });
  afterAll(async () => {
    await client.close();
    await simulator.stop();
  });

  it('is tentative after a confirmed commit, shows in the KPIs, and stays once confirmed', async () => {
    simulator.control.degrade('cell-001-1');
    const before = await client.getConfig('running');
    await client.lock('running');
    await client.lock('candidate');
    await client.editConfig({
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
    const planned = diffConfig(before, await client.getConfig('candidate'), ranKeys);
    expect(planned).toEqual([
      {
        path: "/ran/cell[id='cell-001-1']/attributes/administrativeState",
        kind: 'changed',
        before: 'UNLOCKED',
        after: 'LOCKED',
      },
    ]);
    await client.commit({ confirmed: { timeoutS: 30, persist: 'p1' } });
    await client.unlock('running');
    expect(simulator.control.tentative('gnb-001')).toBe(true);
    expect(simulator.control.kpis('cell-001-1').operational_state).toBe('DISABLED');
    await client.commit({ persistId: 'p1' });
    expect(simulator.control.tentative('gnb-001')).toBe(false);
    const state = await client.get({ subtree: [ran('ran-state', ran('cell', ran('id', 'cell-001-2')))] });
    expect(serialiseXml(state)).toContain('<load_pct>');
    await client.unlock('candidate');
  });
});
