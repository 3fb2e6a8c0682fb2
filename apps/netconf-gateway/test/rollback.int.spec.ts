import { describe, expect, it } from '@jest/globals';
import { takeLease } from '@interlock/executor';
import { until } from '@interlock/testing';
import { clockPasses, codesOf, useWorld } from './use-world.js';
import { tenant } from './world.js';

const { world, site } = useWorld('rb', 6);

describe('the rollback of a confirmed change', () => {
  const confirmed = async () => {
    const { cell, device } = site();
    const gateway = await world.gateway();
    await world.register(gateway);
    const before = await world.simulator.running(device);
    const action = await world.started(gateway, cell);
    await world.observed(gateway, action);
    await world.confirmed(gateway, action);
    const undo = () =>
      gateway.plan({
        tenant_id: tenant,
        action_id: action.action_id,
        action_type: 'cell_failover',
        entity_id: cell,
        parameters: {},
        undo: true,
      });
    return { cell, device, gateway, action, before, undo };
  };

  it('takes back what an action did that was over, as a new execution under a permit of its own', async () => {
    const { device, gateway, action, before, undo } = await confirmed();
    const shown = await undo();
    expect(shown).toMatchObject({ violations: [], diff: expect.arrayContaining([expect.anything()]) });
    const asked = await world.rollback(action);
    await gateway.undo(asked);
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect((await world.simulator.running(device)).config).toBe(before.config);
    expect((await world.journal(action)).slice(-3)).toEqual([
      'InverseEditRequested',
      'InverseCommitRequested',
      'ChangeRolledBack',
    ]);
    await expect(undo()).rejects.toMatchObject({ code: 'undo-impossible' });
  });

  it('sends nothing of a rollback that a kill switch forbids, and of the next one that nothing forbids, does it', async () => {
    const { device, gateway, action, before } = await confirmed();
    const after = await world.simulator.running(device);
    await world.killSwitch('KillSwitchEngaged');
    const first = await world.rollback(action);
    await gateway.undo(first);
    const refused = await until(async () => {
      const status = await gateway.status(action);
      return status.undo_refused === first.request_id ? status : false;
    }, 'the rollback is refused');
    expect(refused).toMatchObject({ state: 'CONFIRMED', reasons: [{ code: 'kill-switch-engaged' }] });
    expect((await world.simulator.running(device)).config).toBe(after.config);
    expect(await world.journal(action)).not.toContain('InverseCommitRequested');
    expect(await gateway.undo(first)).toMatchObject({ state: 'CONFIRMED', undo_refused: first.request_id });
    await world.killSwitch('KillSwitchReleased');
    const { epoch } = await takeLease(world.store, tenant, 'cell_failover', 2000);
    await gateway.undo(await world.rollback({ ...action, epoch }, 2));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect((await world.simulator.running(device)).config).toBe(before.config);
  });

  it('goes on with a rollback where a gateway was killed, before and after it was sent', async () => {
    for (const point of ['inverse-requested', 'edited-back'] as const) {
      const { gateway, action, device, before } = await confirmed();
      const reached = Promise.withResolvers<undefined>();
      await world.kill(gateway);
      const doomed = await world.gateway({
        probe: (at) => {
          if (at !== point) return undefined;
          reached.resolve(undefined);
          return new Promise<never>(() => undefined);
        },
      });
      await world.register(doomed);
      await doomed.undo(await world.rollback(action));
      await reached.promise;
      await world.kill(doomed);
      const next = await world.gateway();
      await world.reaches(next, action, 'ROLLED_BACK');
      expect((await world.simulator.running(device)).config).toBe(before.config);
    }
  });

  /**
   * A rollback whose device does not answer any more once the journal says that the inverse edit is
   * sent.
   */
  const cutOff = async (then: () => Promise<unknown>) => {
    const { gateway, action, device, before } = await confirmed();
    const after = await world.simulator.running(device);
    await world.kill(gateway);
    const reached = Promise.withResolvers<undefined>();
    const cut = await world.gateway({
      config: { NETCONF_GIVE_UP_MS: 100 },
      probe: async (at) => {
        if (at !== 'inverse-requested') return;
        await world.simulator.fault(device, { kind: 'hang_after_hello', times: 1000 });
        await world.simulator.dropSessions(device);
        reached.resolve(undefined);
        await then();
      },
    });
    await world.register(cut);
    const asked = await world.rollback(action);
    await cut.undo(asked);
    await reached.promise;
    return { cut, action, device, before, after, asked };
  };

  it('says that nothing was sent where the device was gone before it was, and does it when it is asked again', async () => {
    const { cut, action, device, before, after, asked } = await cutOff(() => clockPasses(300));
    const status = await until(async () => {
      const one = await cut.status(action);
      return (one.undo_refused === asked.request_id || one.state === 'ROLLBACK_FAILED') && one;
    }, 'it has an end');
    expect([status.state, codesOf(status)]).toEqual(['CONFIRMED', ['device-unreachable']]);
    expect(status.reasons[0]?.detail).toContain('nothing was sent');
    expect((await world.journal(action)).slice(-2)).toEqual(['InverseCommitRequested', 'UndoRefused']);
    await world.simulator.clearFaults(device);
    expect((await world.simulator.running(device)).config).toBe(after.config);
    await cut.stop();
    const next = await world.gateway();
    await next.undo(await world.rollback(action, 2));
    await world.reaches(next, action, 'ROLLED_BACK');
    expect((await world.simulator.running(device)).config).toBe(before.config);
  });

  it('says that it is not known where who was to send it is gone, and the device cannot be asked', async () => {
    const { cut, action } = await cutOff(() => new Promise<never>(() => undefined));
    await world.kill(cut);
    const next = await world.gateway({ config: { NETCONF_GIVE_UP_MS: 100 } });
    const status = await world.reaches(next, action, 'ROLLBACK_FAILED', 'CONFIRMED');
    expect([status.state, codesOf(status)]).toEqual(['ROLLBACK_FAILED', ['device-state-unknown']]);
    expect(status.reasons[0]?.detail).toContain('it is not known what the device has');
  });
});
