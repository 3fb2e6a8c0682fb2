import { describe, expect, it } from '@jest/globals';
import type { NamedTarget } from '@interlock/contracts';
import { InMemoryEventStore, testMetadata, type EventStore } from '@interlock/kernel';
import { killSwitchStream, tenantStream } from '@interlock/rails';
import { ActionTypes } from '../src/actions/action-types.js';
import { nearNames } from '../src/intents/near-names.js';
import { RailsWork } from '../src/rails-work.js';
import { Seen } from '../src/intents/seen.js';
import { Sites } from '../src/tenants/sites.js';
import { Tenants } from '../src/tenants/tenants.js';

const at = '2026-03-01T12:00:00.000Z';
const write = (store: EventStore, stream: string, type: string, data: object = {}): Promise<unknown> =>
  store.append(stream, [{ id: crypto.randomUUID(), type, data, metadata: testMetadata() }], 'any');

/** What an instance knows that follows the log. */
const indexes = (store: EventStore) => ({
  tenants: new Tenants(store, { auth: {} } as never),
  work: new RailsWork(store),
  types: new ActionTypes(store),
  sites: new Sites(store),
});
type Indexes = ReturnType<typeof indexes>;
const seenBy = (store: EventStore, { tenants, work, types, sites }: Indexes): Seen =>
  new Seen(store, tenants, work, types, sites);
const followed = async (
  store: EventStore,
  work: (seen: Seen, all: Indexes) => Promise<void>,
): Promise<void> => {
  const all = indexes(store);
  const followers = [all.tenants, all.types, all.sites].map(({ follower }) => follower);
  await Promise.all([all.work.start(), ...followers.map((follower) => follower.start())]);
  try {
    await work(seenBy(store, all), all);
  } finally {
    await Promise.all([all.work.kill(), ...followers.map((follower) => follower.stop())]);
  }
};
const memory = (): InMemoryEventStore => new InMemoryEventStore(() => at);
const tenant = (name: string): NamedTarget => ({ kind: 'tenant', name });

describe('a tenant', () => {
  it.each([
    ['was registered', tenantStream('acme'), 'TenantCreated'],
    ['had an action, and is registered nowhere', 'action-acme:1', 'ActionCompleted'],
  ])('that %s was seen, from the moment that the log has it', async (_, stream, type) => {
    const store = memory();
    await followed(store, async (seen) => {
      expect(await seen.unseen('acme', [tenant('acme')], [])).toHaveLength(1);
      await write(store, stream, type);
      expect(await seen.unseen('acme', [tenant('acme')], [])).toEqual([]);
    });
  });

  it('was not seen because it was stopped, nor because of those whose names begin alike', async () => {
    const store = memory();
    await write(store, tenantStream('acme'), 'TenantCreated');
    await write(store, killSwitchStream('tenant', 'acm', ''), 'KillSwitchEngaged');
    await followed(store, async (seen) => {
      expect(await seen.unseen('acm', [tenant('acm')], [])).toEqual([{ ...tenant('acm'), near: [] }]);
      expect(await seen.unseen('acme-2', [tenant('acme-2')], ['acme'])).toMatchObject([{ near: ['acme'] }]);
    });
  });

  it('is told by name only to who may know of it', async () => {
    const store = memory();
    for (const name of ['acme', 'acne']) await write(store, tenantStream(name), 'TenantCreated');
    await followed(store, async (seen) => {
      const near = async (visible: 'all' | readonly string[]): Promise<unknown> =>
        (await seen.unseen('acmee', [tenant('acmee')], visible))[0]?.near;
      expect([await near('all'), await near(['acne', 'other']), await near([])]).toEqual([
        ['acme', 'acne'],
        ['acne'],
        [],
      ]);
    });
  });
});

describe('a name of a tenant', () => {
  const targets: readonly NamedTarget[] = [
    { kind: 'account', name: 'ran-north' },
    { kind: 'agent', name: 'optimizer' },
    { kind: 'site', name: 'berlin-1' },
    { kind: 'action_type', name: 'mail.sort' },
  ];
  const unseen = async (seen: Seen, tenantId = 'acme'): Promise<readonly string[]> =>
    (await seen.unseen(tenantId, targets, [])).map(({ kind }) => kind);
  const intent = { account_id: 'ran-north', agent: 'optimizer', action_type: 'mail.sort' };
  const credential = {
    credential: 'service:nats.acme.app',
    agents: ['optimizer', '*'],
    accounts: ['ran-north'],
    public_key: null,
  };

  it.each([
    ['intents', 'action-acme:1', 'IntentAccepted', { intent }, ['site']],
    ['credentials', tenantStream('acme'), 'CredentialIssued', credential, ['site', 'action_type']],
    ['budgets', 'autonomy-acme:budget=ran-north', 'BudgetSet', {}, ['agent', 'site', 'action_type']],
    [
      'devices',
      'device-acme:gnb-001',
      'DeviceRegistered',
      { site_id: 'berlin-1' },
      ['account', 'agent', 'action_type'],
    ],
    [
      'the catalogue',
      'action_type-acme:mail.sort',
      'ActionTypeRegistered',
      { action_type: {} },
      ['account', 'agent', 'site'],
    ],
  ] as const)('was seen where %s have it, in this tenant alone', async (_, stream, type, data, left) => {
    const store = memory();
    await write(store, stream, type, data);
    await followed(store, async (seen) => {
      expect(await unseen(seen)).toEqual(left);
      expect(await unseen(seen, 'globex')).toHaveLength(4);
    });
  });

  it('that is built in was seen by every tenant', async () => {
    await followed(memory(), async (seen) => {
      const [other] = await seen.unseen('acme', [{ kind: 'action_type', name: 'cell_failovr' }], []);
      expect(other).toMatchObject({ near: ['cell_failover'] });
      expect(await seen.unseen('acme', [{ kind: 'action_type', name: 'cell_failover' }], [])).toEqual([]);
    });
  });

  it.each([
    ['fails', () => Promise.reject(new Error('the log is away'))],
    ['does not answer', () => new Promise<never>(() => undefined)],
  ])('cannot be said to be new where the log %s', async (_, confirmCurrent) => {
    const store = memory();
    await write(store, 'action-acme:1', 'IntentAccepted', { intent });
    await followed(store, async (_seen, all) => {
      const { tenants } = all;
      const broken = {
        of: tenants.of.bind(tenants),
        all: tenants.all.bind(tenants),
        follower: { ...tenants.follower, confirmCurrent },
      };
      const seen = new Seen(store, broken, all.work, all.types, all.sites);
      expect(await seen.unseen('acme', [{ kind: 'account', name: 'ran-north' }], [])).toEqual([]);
      await expect(seen.unseen('acme', [{ kind: 'account', name: 'ran-south' }], [])).rejects.toMatchObject({
        code: 'not-current',
      });
    });
  });
});

describe('near names', () => {
  it.each([
    ['ran-norht', ['ran-north', 'ran-south', 'lab'], ['ran-north']],
    ['RAN_NORTH', ['ran-north', 'lab'], ['ran-north']],
    ['ran', ['ran-north', 'lab', 'ran-south'], ['ran-north', 'ran-south']],
    ['lba', ['lab', 'lab'], []],
    ['labb', ['lab', 'lab'], ['lab']],
    ['x', ['y', 'xyz', 'lab'], ['y']],
    ['dmeo', ['demo', 'deploy', 'acme'], ['demo']],
    ['optimiser', ['optimizer', 'operator'], ['optimizer']],
  ])('of %s', (name, names, near) => expect(nearNames(name, names)).toEqual(near));

  it('are five at most', () => {
    expect(
      nearNames(
        'cell-1',
        Array.from({ length: 9 }, (_, i) => `cell-${i}0`),
      ),
    ).toHaveLength(5);
  });
});
