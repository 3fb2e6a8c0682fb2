import { describe, expect, it } from '@jest/globals';
import {
  asWriter,
  collect,
  genuine,
  InMemoryEventStore,
  testMetadata,
  type EventStore,
} from '@interlock/kernel';
import type { Principal } from '@interlock/platform';
import { isEngagedAfter } from '@interlock/rails';
import type { KillSwitchService } from '../src/kill-switch/kill-switch.service.js';
import { KillSwitches, type SwitchedAction } from '../src/kill-switch/kill-switches.js';

const on = { scope: 'tenant', engaged: true, reason: 'drill' } as const;
const off = { ...on, engaged: false } as const;
const own = 'kill_switch-demo:tenant';

/** What a stop does where somebody else wrote into the tenant's switch. */
export const forgedStops = (
  principal: Principal,
  subject: SwitchedAction,
  instance: (store: EventStore) => Pick<KillSwitchService, 'set'>,
): void => {
  describe('a stop where the stream holds a forged event', () => {
    it.each([
      ['KillSwitchReleased', { scope: 'tenant' }],
      ['KillSwitchReleaseRequested', { scope: 'tenant' }],
      ['KillSwitchListed', { scope: 'agent', agent: 'bot' }],
    ] as const)('is engaged after %s, and nobody releases it', async (type, named) => {
      const log = new InMemoryEventStore();
      const store = genuine(asWriter(log, 'safety-rails'));
      const service = instance(store);
      await service.set(principal, on);
      await service.set(principal, off);
      const forged = {
        id: 'forged',
        type,
        data: { engaged: false, listed: [], by: 'person:nobody' },
        metadata: testMetadata({ writer: 'budget-ledger' }),
      };
      await log.append(own, [forged], 'any');
      const stop = { ...on, ...named };
      expect(await service.set(principal, stop)).toMatchObject({ engaged: true, complete: true });
      const heads = await new KillSwitches(store).read(subject, () => Promise.resolve(null));
      expect(heads.some(({ engaged }) => engaged)).toBe(true);
      await expect(service.set(principal, off)).rejects.toMatchObject({ code: 'forged-event' });
      const written = await collect(log.read(own));
      expect(written.at(-1)!.metadata.writer).toBe('safety-rails');
      expect(isEngagedAfter(written.at(-1)!)).toBe(true);
      // A second stop, by an instance that has kept nothing, changes nothing.
      await instance(store).set(principal, stop);
      expect(await collect(log.read(own))).toHaveLength(written.length);
    });
  });
};
