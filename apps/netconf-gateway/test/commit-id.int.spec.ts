import { describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { streamName, type HandlerEnvelope } from '@interlock/contracts';
import type { DeviceTxEvent } from '@interlock/network';
import type { TxProbe } from '../src/tx/context.js';
import { editCells, otherSession } from './drift-world.js';
import { useWorld } from './use-world.js';
import { tenant } from './world.js';

const { world, site } = useWorld('ci', 8, { profile: 'huawei' });

/** The journal of an action's change. */
const journal = async ({ action_id: id }: HandlerEnvelope): Promise<readonly DeviceTxEvent[]> =>
  (await collect(
    world.store.read(streamName('device_tx', tenant, id)),
  )) as unknown as readonly DeviceTxEvent[];
type DataOf<T extends DeviceTxEvent['type']> = Extract<DeviceTxEvent, { readonly type: T }>['data'];
const find = <T extends DeviceTxEvent['type']>(
  events: readonly DeviceTxEvent[],
  type: T,
): DataOf<T> | undefined => events.findLast((one) => one.type === type)?.data as DataOf<T> | undefined;

describe('a device that names its commits', () => {
  const confirmed = async () => {
    const { cell, device } = site();
    const gateway = await world.gateway();
    await world.register(gateway, {}, { profileOf: { [device]: 'huawei' } });
    const before = await world.simulator.running(device);
    const action = await world.started(gateway, cell);
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'OBSERVED');
    await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
    await world.reaches(gateway, action, 'CONFIRMED');
    return { cell, device, gateway, action, before: before.config };
  };
  const config = async (device: string): Promise<string> => (await world.simulator.running(device)).config;

  it('takes a confirmed change back by a rollback to the commit before it', async () => {
    const { device, gateway, action, before } = await confirmed();
    const { commit } = find(await journal(action), 'TentativeCommitApplied')!;
    expect(commit).toMatchObject({ id: expect.any(String), before: expect.any(String) });
    await gateway.undo(await world.rollback(action));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect(await config(device)).toBe(before);
    const events = await journal(action);
    expect(find(events, 'InverseCommitRequested')).toMatchObject({ to_commit: commit!.before });
    expect(find(events, 'ChangeRolledBack')).toMatchObject({
      how: 'commit-id',
      exchanges: expect.arrayContaining([
        expect.objectContaining({ operation: 'rollback-by-commit-id', outcome: 'ok' }),
      ]),
    });
  });

  it('gets the inverse edit once somebody else has committed, whose change stays', async () => {
    const { cell, device, gateway, action, before } = await confirmed();
    const [second, third] = ['2', '3'].map((n) => `${cell.slice(0, -1)}${n}`);
    const person = await otherSession(world, device);
    await editCells(
      person,
      `<cell><id>${second}</id><relation><target>${third}</target><attributes><cellIndividualOffset>7</cellIndividualOffset></attributes></relation></cell>`,
    );
    await person.close();
    await gateway.undo(await world.rollback(action));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    const events = await journal(action);
    expect(find(events, 'InverseCommitRequested')).not.toHaveProperty('to_commit');
    expect(find(events, 'ChangeRolledBack')).toMatchObject({ how: 'inverse-edit' });
    const after = await config(device);
    expect(after).toContain('<cellIndividualOffset>7<');
    expect(after.replace('<cellIndividualOffset>7<', '<cellIndividualOffset>0<')).toBe(before);
  });

  it('gets the inverse edit where it refuses the rollback', async () => {
    const { device, gateway, action, before } = await confirmed();
    await world.simulator.fault(device, {
      kind: 'rpc_error',
      operation: 'rollback-by-commit-id',
      error_tag: 'operation-failed',
    });
    await gateway.undo(await world.rollback(action));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect(await config(device)).toBe(before);
    expect(find(await journal(action), 'ChangeRolledBack')).toMatchObject({ how: 'inverse-edit' });
  });

  it.each<TxProbe>(['inverse-requested', 'edited-back'])(
    'is restored by another gateway where one was killed at %s',
    async (point) => {
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
      await doomed.undo(await world.rollback(action));
      await reached.promise;
      await world.kill(doomed);
      const next = await world.gateway();
      await world.reaches(next, action, 'ROLLED_BACK');
      expect(await config(device)).toBe(before);
      expect(find(await journal(action), 'ChangeRolledBack')).toMatchObject({ how: 'commit-id' });
    },
  );

  it('is restored by the inverse edit where the id of the commit was lost with a gateway', async () => {
    const { cell, device } = site();
    const reached = Promise.withResolvers<undefined>();
    const doomed = await world.gateway({
      probe: (at) => {
        if (at !== 'committed') return undefined;
        reached.resolve(undefined);
        return new Promise<never>(() => undefined);
      },
    });
    await world.register(doomed, {}, { profileOf: { [device]: 'huawei' } });
    const before = await config(device);
    const action = await world.started(doomed, cell);
    await world.apply(doomed, action);
    await reached.promise;
    await world.kill(doomed);
    const gateway = await world.gateway();
    await world.reaches(gateway, action, 'OBSERVED', 'ROLLED_BACK');
    expect(find(await journal(action), 'TentativeCommitApplied')).not.toHaveProperty('commit');
    await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
    await world.reaches(gateway, action, 'CONFIRMED');
    await gateway.undo(await world.rollback(action));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect(await config(device)).toBe(before);
    expect(find(await journal(action), 'ChangeRolledBack')).toMatchObject({ how: 'inverse-edit' });
  });
});
