import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import {
  leaseDecider,
  leaseOf,
  nextEffect,
  type LeaseCommand,
  type LeaseEvent,
  type LeaseState,
} from '../src/index.js';
import { Life } from './life.js';
import { later, looks, now, plan } from './looks.js';

class Leases {
  events: LeaseEvent[] = [];
  get state(): LeaseState {
    return fold(leaseDecider, this.events);
  }
  tell(command: LeaseCommand): readonly LeaseEvent[] {
    const written = leaseDecider.decide(command, this.state);
    this.events = [...this.events, ...written];
    return written;
  }
  reserve(action_id: string, until = later(300), at = now): readonly LeaseEvent[] {
    return this.tell({
      kind: 'reserve',
      action_id,
      keys: ['entity:c'],
      wait_expires_at: until,
      lease_expires_at: later(6 * 3600),
      now: at,
    });
  }
}

describe('a lease under races', () => {
  it('a late release of an earlier grant does not take the new one', () => {
    const leases = new Leases();
    leases.reserve('a');
    const first = leaseOf(leases.state, 'a', now)!.fencing;
    // Asked again by a person, said yes to, requested anew: while the first release is still on its
    // way.
    expect(leases.reserve('a', later(400))).toMatchObject([
      { type: 'LeaseGranted', data: { wait_expires_at: later(400) } },
    ]);
    expect(leases.tell({ kind: 'release', action_id: 'a', fencing: first, now })).toEqual([]);
    expect(leaseOf(leases.state, 'a', now)?.fencing).not.toBe(first);
    leases.tell({ kind: 'release', action_id: 'a', fencing: leaseOf(leases.state, 'a', now)!.fencing, now });
    expect(leaseOf(leases.state, 'a', now)).toBeUndefined();
  });

  it('requested anew while others wait, it stays with its holder', () => {
    const leases = new Leases();
    leases.reserve('a');
    leases.reserve('b');
    leases.reserve('a', later(400));
    expect(leases.state).toMatchObject({ held: [{ action_id: 'a' }], queue: [{ action_id: 'b' }] });
    expect(leases.reserve('b')).toEqual([]);
  });

  it('the same request is granted once', () => {
    const leases = new Leases();
    leases.reserve('a');
    expect(leases.reserve('a')).toEqual([]);
  });

  it('a release without a number takes the place in the queue too', () => {
    const leases = new Leases();
    leases.reserve('a');
    leases.reserve('b');
    leases.tell({ kind: 'release', action_id: 'b', now });
    leases.tell({ kind: 'release', action_id: 'a', now });
    expect(leases.state).toEqual({ held: [], queue: [], hour: [] });
  });
});

describe('an action and its lease', () => {
  it('whose lease ends before its execution can reserves anew before it starts', () => {
    const life = Life.planned().reserve().turn();
    const look = {
      kind: 'record_last_look',
      gates: looks(),
      plan: plan(),
      soak_s: 5,
      confirm_timeout_s: 95,
    } as const;
    life.tell({ ...look, now: later(6 * 3600 - 90) });
    expect(life.types).not.toContain('ExecutionStarted');
    expect(life.events.at(-1)).toMatchObject({ type: 'ReservationRequested' });
    expect(nextEffect(life.state, later(6 * 3600 - 90))).toEqual({ kind: 'reserve' });
    life.tell({
      kind: 'record_reservation',
      granted: { fencing: '9', expires_at: later(12 * 3600) },
      held_by: [],
      now: later(6 * 3600),
    });
    life.turn();
    life.tell({ ...look, now: later(6 * 3600) });
    expect(life.events.at(-1)).toMatchObject({ type: 'ExecutionStarted', data: { fencing: '9' } });
  });

  it('that has ended releases before it gives back: a ledger that is away blocks no entity', () => {
    const life = Life.planned().reserve().turn();
    life.tell({ kind: 'cancel', by: 'person:p', comment: null, now });
    expect(nextEffect(life.state, now)).toEqual({ kind: 'release' });
    life.tell({ kind: 'record_release', now });
    expect(nextEffect(life.state, now)).toEqual({ kind: 'give_back' });
    life.tell({ kind: 'record_give_back', given_back: true, now });
    expect(nextEffect(life.state, now)).toEqual({ kind: 'none' });
  });

  it('that waits for one service after the other waits no longer for that', () => {
    const life = new Life().accept();
    const wait = (service: string, at: number): void => {
      life.tell({ kind: 'await_service', service, gate: 'g', detail: 'd', now: later(at) });
    };
    wait('posture', 0);
    wait('digital-twin', 200);
    expect(life.state.waiting_for).toMatchObject({ service: 'digital-twin', expires_at: later(300) });
  });

  it('that is extended is not extended beyond an hour from now', () => {
    const life = Life.planned({ evaluation: { decision: 'CONFIRM' } });
    const extend = (seconds: number, at: number): void => {
      life.tell({ kind: 'extend', by: 'person:p', seconds, now: later(at) });
    };
    extend(3500, 0);
    expect(() => {
      extend(3500, 1);
    }).toThrow('validation-failed');
    extend(3500, 3500);
    expect(life.state.window?.due_at).toBe(later(7030));
  });
});
