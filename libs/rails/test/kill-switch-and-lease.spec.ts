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

describe('leases', () => {
  const reserve = (action_id: string, at = now, keys = ['entity:c1']): LeaseCommand => ({
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

  it('releasing what is not held says nothing', () => {
    expect(run({ kind: 'release', action_id: 'a', now })).toEqual([]);
  });
});
