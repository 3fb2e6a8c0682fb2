import { afterEach, describe, expect, it } from '@jest/globals';
import type { RpcRequest } from '@interlock/contracts';
import { InMemoryEventStore, ProblemError, testMetadata, uuidV5 } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { ExecutorPresence, LeaseExpired, leaseOf, takeLease, type EpochLease } from '../src/index.js';

type Said = RpcRequest<'safety-rails.executor'>;

let store: InMemoryEventStore;
let said: Said[];
let isAway: boolean;
let at: number;
let executor: ExecutorPresence;

const begin = async (): Promise<void> => {
  store = new InMemoryEventStore();
  said = [];
  isAway = false;
  at = 0;
  executor = new ExecutorPresence({
    store,
    service: 'netconf-gateway',
    instance: 'n-1',
    tell: (request) => {
      if (isAway) return Promise.reject(new ProblemError('service-unreachable', 'away'));
      said.push(request);
      return Promise.resolve({ registered_s: 60 });
    },
    logger: { warn: () => undefined },
    clock: () => at,
  });
  await executor.start();
};
const append = async (stream: string, type: string, data: object = {}): Promise<void> => {
  await store.append(
    stream,
    [{ id: uuidV5(stream, type, `${Math.random()}`), type, data, metadata: testMetadata() }],
    'any',
  );
};
const lease = (): Promise<EpochLease> =>
  executor.lease(() => takeLease(store, 'demo', 'cell_failover', 2000, () => at));
const kinds = (): readonly string[] => said.map(({ kind }) => kind);

afterEach(() => executor.stop());

describe('an executor', () => {
  it('registers before its first lease, and says that it leaves', async () => {
    await begin();
    expect((await lease()).valid()).toBe(true);
    expect(kinds()).toEqual(['register']);
    await executor.stop();
    expect(kinds()).toEqual(['register', 'leave']);
    await expect(lease()).rejects.toMatchObject({ code: 'not-current' });
  });

  it.each([
    ['kill_switch-_system:global', 'KillSwitchEngaged'],
    ['kill_switch-demo:tenant', 'KillSwitchEngaged'],
    ['kill_switch-demo:tenant', 'KillSwitchListed'],
    ['kill_switch-demo:type=cell_failover', 'KillSwitchEngaged'],
  ])('gives its lease up as soon as it sees %s %s, though its time is not over', async (stream, type) => {
    await begin();
    const held = await lease();
    held.check();
    await append(stream, type, { listed: [], engaged: false });
    await until(() => !held.valid(), 'the lease is given up');
    expect(() => held.check()).toThrow(LeaseExpired);
  });

  it('answers an engaged switch, by then without a lease from before; and no other event', async () => {
    await begin();
    const held = await lease();
    let validAtAnswer: boolean | undefined;
    await append('kill_switch-demo:tenant', 'KillSwitchReleased');
    await append('kill_switch-demo:tenant', 'KillSwitchEngaged');
    await until(() => {
      if (kinds().includes('answer')) validAtAnswer ??= held.valid();
      return validAtAnswer !== undefined;
    }, 'it answers');
    expect(validAtAnswer).toBe(false);
    expect(said.filter(({ kind }) => kind === 'answer')).toEqual([
      {
        kind: 'answer',
        service: 'netconf-gateway',
        instance: 'n-1',
        stream: 'kill_switch-demo:tenant',
        revision: '1',
      },
    ]);
  });

  it("keeps its lease when another tenant's switch is engaged, and answers that too", async () => {
    await begin();
    const held = await lease();
    await append('kill_switch-acme:tenant', 'KillSwitchEngaged');
    await until(() => kinds().includes('answer'), 'it answers');
    expect(held.valid()).toBe(true);
  });

  it('has none where it cannot register, and none whose registration is half over', async () => {
    await begin();
    await until(() => kinds().length === 1, 'it is registered');
    const held = await lease();
    at = 29_999;
    expect((await lease()).valid()).toBe(true);
    at = 30_000;
    expect(held.valid()).toBe(false);
    isAway = true;
    await expect(lease()).rejects.toMatchObject({ code: 'service-unreachable' });
    isAway = false;
    expect((await lease()).valid()).toBe(true);
    expect(kinds()).toEqual(['register', 'register']);
  });

  it('without a presence has leases that end by time alone', async () => {
    await begin();
    const taken = await takeLease(store, 'demo', 'x', 2000, () => at);
    expect(await leaseOf(undefined, () => Promise.resolve(taken))).toBe(taken);
  });
});
