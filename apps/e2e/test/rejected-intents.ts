import { expect } from '@jest/globals';
import { subject, type IntentRejectedV1 } from '@interlock/contracts';
import { actionIdOf } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { intentsSubject, tenant } from './names.js';
import type { World } from './world.js';

type Rejected = { readonly data: IntentRejectedV1; readonly intent: unknown };
/** Waits for a message about a rejected intent that matches. */
export const rejectedOf = (world: World, match: (message: Rejected) => boolean): Promise<Rejected> =>
  until(
    async () =>
      (
        (await world.messages<IntentRejectedV1>(
          'REJECTED',
          subject({ kind: 'rejected', tenant }),
        )) as unknown as readonly Rejected[]
      ).find(match),
    'the intent is answered as rejected',
  );
/** Publishes this text as an intent of the tenant. */
export const send = async (world: World, body: string): Promise<void> => {
  await world.upstream.jetstream().publish(intentsSubject, body);
};
/** Expects that the intent made no action. */
export const noAction = async (world: World, intentId: string): Promise<void> => {
  expect(await world.events(actionIdOf(tenant, intentId))).toEqual([]);
};
