import { until } from '@interlock/testing';
import type { World } from './world.js';

/**
 * Makes the tenant hold an action for approval, end another one, and raise an alert; returns their
 * ids.
 */
export const busyTenant = async (world: World): Promise<readonly string[]> => {
  await world.network.degrade('cell-s01-1');
  const held = await world.publish(
    world.intent('cell-s02-1', { parameters: { power_raise_db: 3, cell_individual_offset: 10 } }),
  );
  const actionId = await world.publish(world.intent('cell-s01-1'));
  await world.reaches(held, ['AWAITING_APPROVAL']);
  await world.ends(actionId);
  await world.killSwitch(true);
  await until(
    async () =>
      (
        await world.must<{ items: readonly unknown[] }>(
          'GET',
          '/api/v1/alerts?status=firing&severity=critical',
        )
      ).items.length > 0,
    'the kill switch is an alert',
  );
  await world.killSwitch(false);
  const first = async (path: string): Promise<string> =>
    (await world.must<{ items: readonly { readonly id: string }[] }>('GET', path)).items[0]!.id;
  return [
    held,
    actionId,
    await first('/api/v1/alerts'),
    await first('/api/v1/policy/bundles'),
    'gnb-s01',
    'cell-failover',
  ];
};
