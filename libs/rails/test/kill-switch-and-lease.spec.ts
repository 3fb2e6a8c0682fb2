import { describe, expect, it } from '@jest/globals';
import { fold, given } from '@interlock/kernel';
import {
  killSwitchDecider,
  killSwitchEpoch,
  killSwitchStreams,
  leaseDecider,
  leaseOf,
  type KillSwitchCommand,
  type LeaseCommand,
  type LeaseEvent,
} from '../src/index.js';
import { later, now } from './looks.js';

const engage: KillSwitchCommand = {
  kind: 'engage',
  scope: 'tenant',
  tenant_id: 'demo',
  action_type: null,
  reason: 'drill',
  rollback_in_flight: true,
};

describe('the kill switch', () => {
  it('is engaged and released, and says nothing where it already is so', () => {
    const engaged = given(killSwitchDecider, []).when(engage);
    expect(engaged.events).toMatchObject([
      { type: 'KillSwitchEngaged', data: { reason: 'drill', rollback_in_flight: true } },
    ]);
    expect(engaged.state.engaged).toBe(true);
    expect(given(killSwitchDecider, engaged.events).when(engage).events).toEqual([]);
    const released = given(killSwitchDecider, engaged.events).when({
      ...engage,
      kind: 'release',
      reason: 'over',
    });
    expect(released).toMatchObject({ events: [{ type: 'KillSwitchReleased' }], state: { engaged: false } });
    expect(given(killSwitchDecider, []).when({ ...engage, kind: 'release' }).events).toEqual([]);
  });

  it('three can stop an action, and their revisions are its epoch', () => {
    expect(killSwitchStreams('demo', 'cell_failover')).toEqual([
      'kill_switch-_system:global',
      'kill_switch-demo:tenant',
      'kill_switch-demo:type=cell_failover',
    ]);
    expect(
      killSwitchEpoch([
        { stream: 'a', revision: '-1', engaged: false },
        { stream: 'b', revision: '4', engaged: false },
      ]),
    ).toBe('-1.4');
  });
});

type Reserve = Extract<LeaseCommand, { readonly kind: 'reserve' }>;

describe('leases', () => {
  const reserve = (action_id: string, at = now, keys: readonly string[] = ['entity:c1']): Reserve => ({
    kind: 'reserve',
    action_id,
    keys,
    lease_expires_at: later(3600),
    wait_expires_at: later(300),
    now: at,
  });
  const run = (...commands: readonly LeaseCommand[]): readonly LeaseEvent[] =>
    commands.reduce<readonly LeaseEvent[]>(
      (events, command) => [...events, ...leaseDecider.decide(command, fold(leaseDecider, events))],
      [],
    );
  const types = (events: readonly LeaseEvent[]): readonly string[] =>
    events.map((e) => `${e.type} ${e.data.action_id}`);

  it('the first has it, the next waits in order, each is asked once', () => {
    const events = run(
      reserve('a'),
      reserve('a'),
      reserve('b'),
      reserve('c'),
      reserve('b'),
      { kind: 'release', action_id: 'a', now },
      reserve('c'),
      reserve('b'),
      reserve('c'),
    );
    expect(types(events)).toEqual([
      'LeaseGranted a',
      'LeaseQueued b',
      'LeaseQueued c',
      'LeaseReleased a',
      'LeaseGranted b',
    ]);
  });

  it('other keys do not wait', () => {
    expect(types(run(reserve('a'), reserve('b', now, ['entity:c2'])))).toEqual([
      'LeaseGranted a',
      'LeaseGranted b',
    ]);
  });

  it("what has expired is in nobody's way, neither a lease nor a place in the queue", () => {
    expect(types(run(reserve('a'), reserve('b', later(3600))))).toEqual(['LeaseGranted a', 'LeaseGranted b']);
    expect(
      types(
        run(reserve('a'), reserve('b'), { kind: 'release', action_id: 'a', now }, reserve('c', later(301))),
      ),
    ).toEqual(['LeaseGranted a', 'LeaseQueued b', 'LeaseReleased a', 'LeaseGranted c']);
  });

  it('the fencing number is the revision of the grant', () => {
    const state = fold(
      leaseDecider,
      run(reserve('a'), { kind: 'release', action_id: 'a', now }, reserve('b')),
    );
    expect(leaseOf(state, 'b', now)?.fencing).toBe('2');
    expect(leaseOf(state, 'a', now)).toBeUndefined();
  });

  const counted = (action_id: string, units: number, at = now, limit = 10): Reserve => ({
    ...reserve(action_id, at, [`entity:${action_id}`]),
    wait_expires_at: new Date(Date.parse(at) + 300_000).toISOString(),
    lease_expires_at: new Date(Date.parse(at) + 3_600_000).toISOString(),
    blast: { units, limit, until: new Date(Date.parse(at) + 3_600_000).toISOString() },
  });

  it('the hour has room up to its limit and not beyond, and says how much is taken', () => {
    const events = run(counted('a', 6), counted('b', 4), counted('c', 1));
    expect(types(events)).toEqual(['LeaseGranted a', 'LeaseGranted b', 'LeaseQueued c']);
    expect(events[2]).toMatchObject({ data: { held_by: [], room: { taken: 10, limit: 10 } } });
  });

  it('what was done counts for an hour also after its end, what was never begun does not', () => {
    const ended = (unused: boolean): LeaseCommand => ({
      kind: 'release',
      action_id: 'a',
      now,
      ...(unused ? { unused } : {}),
    });
    expect(types(run(counted('a', 6), ended(false), counted('b', 5)))).toContain('LeaseQueued b');
    expect(types(run(counted('a', 6), ended(true), counted('b', 5)))).toContain('LeaseGranted b');
    expect(types(run(counted('a', 6), ended(false), counted('b', 5, later(3599))))).toContain(
      'LeaseQueued b',
    );
    expect(types(run(counted('a', 6), ended(false), counted('b', 5, later(3600))))).toContain(
      'LeaseGranted b',
    );
  });

  it('a small action does not overtake one that waits for room', () => {
    const events = run(
      counted('a', 8),
      counted('b', 5),
      counted('c', 2),
      { kind: 'release', action_id: 'a', unused: true, now },
      counted('c', 6),
      counted('b', 5),
      counted('c', 2),
    );
    expect(types(events)).toEqual([
      'LeaseGranted a',
      'LeaseQueued b',
      'LeaseQueued c',
      'LeaseReleased a',
      'LeaseGranted b',
      'LeaseGranted c',
    ]);
  });

  it('an action that reserves anew counts once, and waits for keys that it has not held', () => {
    const again = (keys: readonly string[]): Reserve => ({
      ...reserve('a', now, keys),
      wait_expires_at: later(301),
    });
    const state = fold(leaseDecider, run(counted('a', 6), { ...counted('a', 7), ...again(['entity:a']) }));
    expect(state.hour).toHaveLength(1);
    expect(types(run(reserve('a', now, ['x']), reserve('b', now, ['y']), again(['x', 'y'])))).toEqual([
      'LeaseGranted a',
      'LeaseGranted b',
      'LeaseQueued a',
    ]);
    expect(types(run(reserve('a', now, ['x', 'y']), again(['x'])))).toEqual([
      'LeaseGranted a',
      'LeaseGranted a',
    ]);
  });

  it('an action keeps its lease when the limit falls, and waits if it then wants more', () => {
    const again = (units: number): Reserve => ({
      ...counted('a', units, now, 5),
      wait_expires_at: later(301),
    });
    expect(types(run(counted('a', 6), again(6))).at(-1)).toBe('LeaseGranted a');
    expect(types(run(counted('a', 6), again(7))).at(-1)).toBe('LeaseQueued a');
  });

  it('is held until the moment that it expires at, and not at it', () => {
    const state = fold(leaseDecider, run(reserve('a')));
    expect(leaseOf(state, 'a', later(3599))?.fencing).toBe('0');
    expect(leaseOf(state, 'a', later(3600))).toBeUndefined();
  });

  it('one that waits for all that the hour has keeps others waiting, one that wants more does not', () => {
    const waiting = (units: number) => run(counted('a', 1), counted('b', units), counted('c', 1));
    expect(types(waiting(10)).at(-1)).toBe('LeaseQueued c');
    expect(types(waiting(11)).at(-1)).toBe('LeaseGranted c');
  });

  it('a release by its number leaves the place that the action has taken for other keys', () => {
    const events = run(
      reserve('a', now, ['x']),
      reserve('b', now, ['y']),
      { ...reserve('a', now, ['x', 'y']), wait_expires_at: later(301) },
      { kind: 'release', action_id: 'a', fencing: '0', now },
    );
    expect(fold(leaseDecider, events)).toMatchObject({
      held: [{ action_id: 'b' }],
      queue: [{ action_id: 'a' }],
    });
  });

  it('releasing what is not held says nothing', () =>
    expect(run({ kind: 'release', action_id: 'a', now })).toEqual([]));
});
