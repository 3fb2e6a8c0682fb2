import { describe, expect, it } from '@jest/globals';
import { nextEffect } from '../src/index.js';
import { Life } from './life.js';
import { later, looks, now } from './looks.js';

const reservation = { granted: { fencing: '8', expires_at: later(6 * 3600) }, held_by: [] };

describe('a record that comes again or too late changes nothing', () => {
  it('of the gates, where the action waits for a person', () => {
    const life = new Life().accept().walk({ posture: 'YELLOW' }).plan();
    const consume = { day: '2026-11-20', time_zone: 'UTC' };
    const record = { kind: 'record_looks', gates: looks(), consume } as const;
    expect(life.tell({ ...record, now })).toEqual([]);
    expect(life.tell({ ...record, now: later(2 * 3600) })).toEqual([]);
    expect(life.state.status).toBe('AWAITING_APPROVAL');
  });

  it('of a reservation that is granted already', () => {
    const life = Life.planned().reserve();
    expect(life.tell({ kind: 'record_reservation', ...reservation, now })).toEqual([]);
  });

  it('of a budget that is not being given back', () => {
    const life = Life.planned();
    expect(life.tell({ kind: 'record_give_back', given_back: true, now })).toEqual([]);
  });

  it('of the last look, while a lease that lasts long enough is asked for', () => {
    const life = Life.planned().reserve().turn();
    const look = {
      kind: 'record_last_look',
      gates: looks(),
      plan: null,
      soak_s: 5,
      now: later(6 * 3600 - 95),
    } as const;
    expect(life.tell({ ...look, confirm_timeout_s: 95 }).map(({ type }) => type)).toEqual([
      'ReservationRequested',
    ]);
    expect(life.tell({ ...look, confirm_timeout_s: 95 })).toEqual([]);
    expect(nextEffect(life.state, now)).toEqual({ kind: 'reserve' });
  });
});

it('an action with a lease and no turn asks for one, as after a crash between the two', () => {
  const life = Life.planned().reserve();
  const turn = life.events.findIndex(({ type }) => type === 'TurnRequested');
  life.events = life.events.slice(0, turn);
  expect(nextEffect(life.state, now)).toEqual({ kind: 'request_turn' });
});
