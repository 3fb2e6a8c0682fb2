import { describe, expect, it } from '@jest/globals';
import { defaults } from '@interlock/contracts';
import { InMemoryEventStore } from '@interlock/kernel';
import { readConfig } from '@interlock/platform';
import { GatewayConfig } from '../src/config.js';
import { LeaseExpired, takeLease } from '@interlock/executor';
import { clockPasses, useWorld } from './use-world.js';

const { world, site } = useWorld('k', 10);

describe('the epoch lease', () => {
  it('counts from before the read was sent', async () => {
    let now = 0;
    const store = new InMemoryEventStore();
    const lease = await takeLease(store, 'demo', 'cell_failover', 2000, () => now);
    now = 1999;
    expect(lease.valid()).toBe(true);
    expect(() => lease.check()).not.toThrow();
    now = 2000;
    expect(lease.valid()).toBe(false);
    expect(() => lease.check()).toThrow(LeaseExpired);
  });
  it('names what is engaged, and another epoch after every change of a switch', async () => {
    const first = await takeLease(world.store, 'demo', 'cell_failover', 2000);
    expect(first).toMatchObject({ epoch: '-1.-1.-1', engaged: [] });
    await world.killSwitch('KillSwitchEngaged');
    expect(await takeLease(world.store, 'demo', 'cell_failover', 2000)).toMatchObject({
      epoch: '0.-1.-1',
      engaged: ['kill_switch-_system:global'],
    });
    await world.killSwitch('KillSwitchReleased');
    expect(await takeLease(world.store, 'demo', 'cell_failover', 2000)).toMatchObject({
      epoch: '1.-1.-1',
      engaged: [],
    });
  });
  it('is never longer than the switch waits before it is acknowledged', () => {
    const read = (ms: string): GatewayConfig => readConfig(GatewayConfig, { KILL_SWITCH_LEASE_MS: ms });
    expect(read(`${defaults.kill_switch_lease_ms}`).KILL_SWITCH_LEASE_MS).toBe(defaults.kill_switch_lease_ms);
    expect(() => read(`${defaults.kill_switch_lease_ms + 1}`)).toThrow('KILL_SWITCH_LEASE_MS');
  });
  it('is not given where the log cannot be read', async () => {
    const broken = Object.assign(new InMemoryEventStore(), {
      read: () => {
        throw new Error('the log is away');
      },
    });
    await expect(takeLease(broken, 'demo', 'cell_failover', 2000)).rejects.toThrow('the log is away');
  });
});

describe('the kill switch', () => {
  it('refuses an apply while it is engaged, and afterwards what was started before', async () => {
    const { cell, device } = site();
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, cell);
    const other = await world.started(gateway, cell.replace(/1$/, '2'));
    await world.start(gateway, action);
    await world.killSwitch('KillSwitchEngaged');
    expect(await gateway.apply(action)).toMatchObject({
      status: 'refused',
      reasons: [{ code: 'kill-switch-engaged' }],
    });
    await world.killSwitch('KillSwitchReleased');
    expect(await world.apply(gateway, other)).toMatchObject({
      status: 'refused',
      reasons: [{ code: 'kill-switch-engaged' }],
    });
    expect(await world.journal(action)).toEqual([
      'TurnAccepted',
      'ChangePrepared',
      'TurnTaken',
      'ApplyRefused',
    ]);
    expect((await world.simulator.running(device)).tentative).toBe(false);
  });

  it.each(['prepared', 'edited'])(
    'sends nothing when it is engaged while the change is %s',
    async (point) => {
      const { cell, device } = site();
      const gateway = await world.gateway({
        probe: async (at) => {
          if (at === point) await world.killSwitch('KillSwitchEngaged');
        },
      });
      await world.register(gateway);
      const before = await world.simulator.running(device);
      const action = await world.started(gateway, cell);
      await world.apply(gateway, action);
      expect((await world.reaches(gateway, action, 'REFUSED')).reasons.map((reason) => reason.code)).toEqual([
        'kill-switch-engaged',
      ]);
      expect(await world.journal(action)).not.toContain('TentativeCommitRequested');
      expect(await world.simulator.running(device)).toMatchObject({
        config: before.config,
        tentative: false,
      });
    },
  );

  it('sends nothing under a lease that ran out, and a new one is refused', async () => {
    const { cell, device } = site();
    const gateway = await world.gateway({
      config: { KILL_SWITCH_LEASE_MS: 100 },
      probe: async (at) => {
        if (at !== 'commit-requested') return;
        await world.killSwitch('KillSwitchEngaged');
        await clockPasses(100);
      },
    });
    await world.register(gateway);
    const before = await world.simulator.running(device);
    const action = await world.started(gateway, cell);
    await world.apply(gateway, action);
    expect((await world.reaches(gateway, action, 'REFUSED')).reasons.map((reason) => reason.code)).toEqual([
      'kill-switch-engaged',
    ]);
    expect(await world.simulator.running(device)).toMatchObject({ config: before.config, tentative: false });
  });

  it('takes back what was sent under a lease that ran out before the answer came', async () => {
    const { cell, device } = site();
    const gateway = await world.gateway({
      config: { KILL_SWITCH_LEASE_MS: 200 },
      probe: async (at) => {
        if (at === 'commit-sent') await world.killSwitch('KillSwitchEngaged');
      },
    });
    await world.register(gateway);
    const before = await world.simulator.running(device);
    const action = await world.started(gateway, cell);
    await world.simulator.fault(device, { kind: 'latency', operation: 'commit', ms: 400, times: 1 });
    await world.apply(gateway, action);
    expect(
      (await world.reaches(gateway, action, 'ROLLED_BACK')).reasons.map((reason) => reason.code),
    ).toEqual(['kill-switch-engaged']);
    expect(await world.simulator.running(device)).toMatchObject({ config: before.config, tentative: false });
  });

  it('blocks neither the confirm nor the undo of what is in flight', async () => {
    const one = site();
    const two = site();
    const gateway = await world.gateway();
    await world.register(gateway);
    const first = await world.started(gateway, one.cell);
    const second = await world.started(gateway, two.cell);
    await Promise.all([world.apply(gateway, first), world.apply(gateway, second)]);
    await Promise.all([
      world.reaches(gateway, first, 'OBSERVED'),
      world.reaches(gateway, second, 'OBSERVED'),
    ]);
    await world.killSwitch('KillSwitchEngaged');
    await gateway.confirm(await world.decide(first, 'ConfirmRequested'));
    await gateway.undo(await world.decide(second, 'UndoRequested'));
    await world.reaches(gateway, first, 'CONFIRMED');
    await world.reaches(gateway, second, 'ROLLED_BACK');
  });
});
