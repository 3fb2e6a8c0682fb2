import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, testMetadata, type EventStore } from '@interlock/kernel';
import { killSwitchStream, tenantStream } from '@interlock/rails';
import { KillSwitches } from '../src/kill-switches.js';
import { KnownTenants } from '../src/known-tenants.js';
import { OpenActions } from '../src/open-actions.js';
import { Tenants } from '../src/tenants.js';

const at = '2026-03-01T12:00:00.000Z';
const streams = {
  'was registered': tenantStream('acme'),
  'had an action, and is registered nowhere': 'action-acme:1',
  'was stopped before': killSwitchStream('tenant', 'acme', ''),
};
const types: { readonly [stream: string]: string } = {
  [streams['was registered']]: 'TenantCreated',
  'action-acme:1': 'ActionCompleted',
  [streams['was stopped before']]: 'KillSwitchEngaged',
};
const write = (store: EventStore, stream: string): Promise<unknown> =>
  store.append(
    stream,
    [{ id: crypto.randomUUID(), type: types[stream] ?? '', data: {}, metadata: testMetadata() }],
    'any',
  );

/** What an instance knows that follows the log; `read` makes another answer of a question that is asked of the log. */
const indexes = (store: EventStore): readonly [Tenants, OpenActions, KillSwitches] => [
  new Tenants(store, { auth: {} } as never),
  new OpenActions(store),
  new KillSwitches(store),
];
const followed = async (
  store: EventStore,
  work: (known: KnownTenants, followers: ReturnType<typeof indexes>) => Promise<void>,
): Promise<void> => {
  const [tenants, actions, switches] = indexes(store);
  const all = [tenants.follower, actions.follower, switches.follower];
  await Promise.all(all.map((follower) => follower.start()));
  try {
    await work(new KnownTenants(tenants, actions, switches), [tenants, actions, switches]);
  } finally {
    await Promise.all(all.map((follower) => follower.stop()));
  }
};

describe('a tenant', () => {
  it.each(Object.entries(streams))(
    'that %s is known, from the moment that the log has it',
    async (_, stream) => {
      const store = new InMemoryEventStore(() => at);
      await followed(store, async (known) => {
        await write(store, stream);
        expect(await known.isUnknown('acme')).toBe(false);
      });
    },
  );

  it('of which the log has nothing is unknown, whatever it has of those whose names begin alike', async () => {
    const store = new InMemoryEventStore(() => at);
    for (const stream of Object.values(streams)) await write(store, stream);
    await followed(store, async (known) => {
      expect(await known.isUnknown('acm')).toBe(true);
      expect(await known.isUnknown('acme-2')).toBe(true);
    });
  });

  it('is never unknown where the log cannot say so', async () => {
    const store = new InMemoryEventStore(() => at);
    await followed(store, async (_, [tenants, actions, switches]) => {
      for (const confirmCurrent of [
        () => Promise.reject(new Error('the log is away')),
        () => new Promise<never>(() => undefined),
      ]) {
        const follower = { ...tenants.follower, confirmCurrent };
        const known = new KnownTenants({ of: (id) => tenants.of(id), follower }, actions, switches);
        expect(await known.isUnknown('acme')).toBe(false);
      }
    });
  });
});
