import { account } from '../names.js';
import type { World } from '../world.js';

/** Reads how much of the account's budget of today is spent. */
export const spentBy =
  (world: World): (() => Promise<number>) =>
  async () =>
    (
      await world.must<{ readonly count: number }>(
        'GET',
        `/api/v1/autonomy/budget/state?account_id=${account}`,
      )
    ).count;
