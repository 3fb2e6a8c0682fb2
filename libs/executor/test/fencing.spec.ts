import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, testMetadata } from '@interlock/kernel';
import { fencedOut, lostLease } from '../src/fencing.js';

const later = new Date(Date.now() + 3_600_000).toISOString();
const earlier = new Date(Date.now() - 1).toISOString();
const granted = (action_id: string, keys: readonly string[], expires_at = later) =>
  ({ type: 'LeaseGranted', data: { action_id, keys, expires_at } }) as const;
const released = (action_id: string, fencing?: string) =>
  ({ type: 'LeaseReleased', data: { action_id, ...(fencing === undefined ? {} : { fencing }) } }) as const;
type LeaseFact = ReturnType<typeof granted> | ReturnType<typeof released>;

/**
 * What an execution of action `a` hears that was started under that fencing number, in a log of
 * these leases.
 */
const refusalOf = async (events: readonly LeaseFact[], started: object): Promise<string | null> => {
  const store = new InMemoryEventStore();
  await store.append(
    'lease-demo:all',
    events.map((event, i) => ({ ...event, id: `e-${i}`, metadata: testMetadata() })),
    'no_stream',
  );
  return (await fencedOut(store, 'demo', 'a', started))?.detail ?? null;
};

describe('the fencing number of an execution', () => {
  it('lets it start while its lease holds, whatever others hold beside it', async () => {
    expect(
      await refusalOf([granted('z', ['k1']), granted('a', ['k2', 'k3']), granted('b', ['k4'])], {
        fencing: '1',
      }),
    ).toBeNull();
    expect(
      await refusalOf([granted('a', ['k2']), released('b'), released('a', '7')], { fencing: '0' }),
    ).toBeNull();
  });

  it.each<readonly [string, readonly LeaseFact[], object, RegExp]>([
    ["another's", [granted('b', ['k1'])], { fencing: '0' }, /no lease of this action/],
    ['of nothing', [granted('a', ['k1'])], { fencing: '5' }, /no lease of this action/],
    ['that is not there', [granted('a', ['k1'])], {}, /can be read/],
    ['that is none', [granted('a', ['k1'])], { fencing: '-1' }, /can be read/],
    ['that is not text', [granted('a', ['k1'])], { fencing: 0 }, /can be read/],
    ['of a lease that has expired', [granted('a', ['k1'], earlier)], { fencing: '0' }, /has expired/],
    [
      'of a lease that was released',
      [granted('a', ['k1']), released('a', '0')],
      { fencing: '0' },
      /was released/,
    ],
    [
      'of an action that gave up all',
      [granted('a', ['k1']), released('a')],
      { fencing: '0' },
      /was released/,
    ],
    [
      'of a lease before its latest',
      [granted('a', ['k1']), granted('a', ['k1'])],
      { fencing: '0' },
      /a later lease, 1,/,
    ],
    [
      'under which somebody else has reserved since',
      [granted('a', ['k1', 'k2']), granted('b', ['k2'])],
      { fencing: '0' },
      /a later lease, 1,/,
    ],
  ])('%s starts nothing', async (_, events, started, expected) => {
    expect(await refusalOf(events, started)).toMatch(expected);
  });
});

describe('a lease', () => {
  const at = '2026-11-20T10:00:00.000Z';
  const own = (data: object) => ({ type: 'LeaseGranted', revision: 0n, data: { action_id: 'a', ...data } });
  const asked = { action_id: 'a', fencing: '0', now: at };

  it('holds before its expiry, and no more at it', () => {
    const until = (expires_at: string) => lostLease([own({ keys: ['k1'], expires_at })], asked);
    expect(until('2026-11-20T10:00:00.001Z')).toBeNull();
    expect(until(at)?.detail).toBe('the lease of the execution has expired');
  });

  it('does not hold where its keys, or those of a later one, cannot be read', () => {
    const expires_at = '2026-11-20T11:00:00.000Z';
    const other = (keys: unknown) => ({
      type: 'LeaseGranted',
      revision: 1n,
      data: { action_id: 'b', keys, expires_at },
    });
    const reason = (keys: unknown, later: unknown) =>
      lostLease([own({ keys, expires_at }), other(later)], asked)?.detail ?? null;
    const taken = 'a later lease, 1, was granted on what the execution had reserved';
    expect(reason(['k1'], ['k2'])).toBeNull();
    expect(reason(['k1'], ['k2', 'k1'])).toBe(taken);
    for (const unread of ['k2', undefined, ['k2', 7]]) {
      expect(reason(['k1'], unread)).toBe(taken);
      expect(reason(unread, ['k3'])).toBe('what the execution had reserved cannot be read');
    }
  });
});
