import { describe, expect, it } from '@jest/globals';
import { collect, InMemoryEventStore, ProblemError } from '@interlock/kernel';
import type { Principal } from '@interlock/platform';
import type { KillSwitchService } from '../src/kill-switch/kill-switch.service.js';
import type { Seen } from '../src/intents/seen.js';

const on = { scope: 'tenant', engaged: true, reason: 'drill' } as const;

/** What a receipt says of a name that was never seen. */
export const unseenStops = (
  principal: Principal,
  instance: (
    store: InMemoryEventStore,
    setting?: { readonly unseen?: Seen['unseen'] },
  ) => Pick<KillSwitchService, 'set'>,
): void => {
  describe('what a stop names', () => {
    const account = { ...on, scope: 'account', account_id: 'ran-norht' } as const;
    const unseen = (near: readonly string[]) => (): ReturnType<Seen['unseen']> =>
      Promise.resolve([{ kind: 'account', name: 'ran-norht', near }]);

    it('is engaged though it was never seen, and the receipt says so with near names', async () => {
      const asked: unknown[] = [];
      const near = ['ran-north'];
      const here = instance(new InMemoryEventStore(), {
        unseen: (...of) => {
          asked.push(of);
          return unseen(near)();
        },
      });
      expect(await here.set(principal, account)).toMatchObject({ engaged: true, known: false, near });
      expect(await here.set(principal, { ...account, force: true })).toMatchObject({
        known: false,
        near: [],
      });
      expect(asked[0]).toEqual([
        'demo',
        [
          { kind: 'tenant', name: 'demo' },
          { kind: 'account', name: 'ran-norht' },
        ],
        ['demo'],
      ]);
      await here.set(principal, account, { commandId: '11111111-1111-4111-8111-111111111111' });
      expect(asked[2]).toMatchObject({ 2: 'all' });
    });

    it('was seen where nothing is said against it', async () => {
      expect(await instance(new InMemoryEventStore()).set(principal, on)).toMatchObject({
        known: true,
        near: [],
      });
    });

    it('is looked for only once it is stopped, and neither delays nor fails a stop', async () => {
      const store = new InMemoryEventStore();
      const here = instance(store, {
        unseen: async () => {
          const events = await collect(store.read('kill_switch-demo:tenant'));
          expect(events.map(({ type }) => type)).toContain('KillSwitchEngaged');
          throw new ProblemError('not-current', 'away');
        },
      });
      expect(await here.set(principal, on)).toMatchObject({ engaged: true, known: null, near: [] });
      expect.assertions(2);
    });
  });
};
