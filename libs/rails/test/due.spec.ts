import { describe, expect, it } from '@jest/globals';
import type { PlanAnswer, TxStatus } from '@interlock/contracts';
import { actionDecider, dueAt, nextEffect } from '../src/index.js';
import { Life } from './life.js';
import { later, now, plan, tx, type Scene } from './looks.js';

const nothing = { window: null, approval: null, waiting_for: null, reservation: null };
const waiting = { status: 'waiting', wait_expires_at: later(300) } as const;

/** The time so many milliseconds after the beginning. */
const at = (milliseconds: number): string => new Date(Date.parse(now) + milliseconds).toISOString();

describe("when an action's time is up", () => {
  it.each([
    ['an open window', { status: 'AWAITING_CONFIRMATION', window: { due_at: later(30) } }, later(30)],
    ['an approval', { status: 'AWAITING_APPROVAL', approval: { expires_at: later(3600) } }, later(3600)],
    [
      'a service, before the reservation',
      { status: 'PENDING', waiting_for: { expires_at: later(5) }, reservation: waiting },
      later(5),
    ],
    ['a reservation', { status: 'PENDING', reservation: waiting }, later(300)],
    ['nothing', { status: 'PENDING' }, null],
    [
      'a reservation that it has',
      { status: 'PENDING', reservation: { ...waiting, status: 'granted' } },
      null,
    ],
    [
      'nothing any more',
      { status: 'DENIED', waiting_for: { expires_at: later(5) }, reservation: waiting },
      null,
    ],
  ] as const)('it waits for %s', (_, parts, due) => expect(dueAt({ ...nothing, ...parts })).toBe(due));

  it('is past it a millisecond later, and not at it', () => {
    const service = new Life().accept();
    service.tell({ kind: 'await_service', service: 'posture', gate: 'posture', detail: 'd', now });
    for (const life of [service, Life.planned(), Life.planned().reserve()]) {
      expect(life.tell({ kind: 'tick', now: at(300_000) })).toEqual([]);
      expect(life.tell({ kind: 'tick', now: at(300_001) })).toMatchObject([
        { type: 'ActionExpired' },
        ...(life === service ? [] : [{ type: 'BudgetGiveBackRequested' }]),
      ]);
    }
  });

  it('has no time where it is over, though no gate was judged in time', () => {
    const life = new Life().accept();
    life.tell({ kind: 'cancel', by: 'person:p1', now });
    expect(life.tell({ kind: 'tick', now: later(301) })).toEqual([]);
  });
});

describe('what the orchestrator does next', () => {
  it('is nothing where there is no action', () =>
    expect(nextEffect(actionDecider.initial, now)).toEqual({ kind: 'none' }));
});

describe('what a person may say', () => {
  it('is a no to what is asked, and to nothing else', () => {
    for (const life of [Life.planned(), Life.executing()])
      expect(() => life.tell({ kind: 'reject', by: 'person:p1', now })).toThrow('wrong-state');
  });

  it('is that a window stays open for an hour from now, and for no second more', () => {
    const extend = (seconds: number): Life => {
      const life = Life.planned({ evaluation: { decision: 'CONFIRM' } });
      life.tell({ kind: 'extend', by: 'person:p1', seconds, now });
      return life;
    };
    expect(extend(3570).state.window?.due_at).toBe(later(3600));
    expect(() => extend(3571)).toThrow('validation-failed');
  });
});

describe('a command', () => {
  it('to an action that is not there is refused, and so is the answer of another transaction', () => {
    const none = new Life();
    expect(() => none.tell({ kind: 'tick', now })).toThrow('action-not-found');
    const status = tx('READY', { turn: 1, tx_id: 'another' });
    expect(() => Life.planned().reserve().tell({ kind: 'record_turn', status, now })).toThrow(
      'internal-error',
    );
  });

  it('to ask for a turn asks where none is asked for, and not before the reservation', () => {
    for (const life of [Life.planned(), Life.planned().reserve(), Life.executing()])
      expect(life.tell({ kind: 'request_turn', now })).toEqual([]);
  });

  it('to wait for a service is told once, and to no action that is over', () => {
    const life = new Life().accept();
    const wait = { kind: 'await_service', service: 'posture', gate: 'posture', detail: 'd', now } as const;
    expect(life.tell(wait)).toHaveLength(1);
    expect(life.tell(wait)).toEqual([]);
    life.tell({ kind: 'cancel', by: 'person:p1', now });
    expect(life.tell({ ...wait, service: 'twin' })).toEqual([]);
  });
});

describe('a reservation', () => {
  it('that others hold is told once', () => {
    const life = Life.planned();
    const held = { kind: 'record_reservation', granted: null, held_by: ['other'], now } as const;
    expect(life.tell(held)).toMatchObject([{ type: 'ReservationAwaited', data: { held_by: ['other'] } }]);
    expect(life.tell(held)).toEqual([]);
  });
});

describe('an end', () => {
  it('has the reasons that the executor gives, and one of its own only where there are none', () => {
    const reasonsOf = (reasons: TxStatus['reasons']): readonly string[] => {
      const life = Life.executing();
      life.tell({ kind: 'record_transaction', status: tx('ROLLED_BACK', { reasons }), now });
      return life.state.reasons.map(({ code }) => code);
    };
    expect(reasonsOf([])).toEqual(['rolled-back']);
    expect(reasonsOf([{ code: 'breach', detail: 'd' }])).toEqual(['breach']);
  });

  it('by a refused turn says why, and of no execution that it was refused', () => {
    const refused = (reasons: TxStatus['reasons']): Life => {
      const life = Life.planned().reserve();
      life.tell({ kind: 'record_turn', status: tx('REFUSED', { turn: 1, reasons }), now });
      return life;
    };
    expect(refused([]).types).toContain('ActionCancelledByRefusal');
    expect(refused([]).types).not.toContain('ApplyRefused');
    expect(refused([]).state.reasons.map(({ code }) => code)).toEqual(['refused']);
    expect(refused([{ code: 'busy', detail: 'd' }]).state.reasons.map(({ code }) => code)).toEqual(['busy']);
  });

  it('by a slow device says what time it had', () => {
    const life = Life.planned().reserve().lapse().lapse().lapse();
    expect(life.state.reasons[0]?.detail).toContain('within 5 s of the turn, 3 times');
  });
});

describe('a last look', () => {
  it('is not taken before the reservation is granted', () => {
    const life = Life.planned();
    const before = life.types;
    life.lastLook();
    expect(life.types).toEqual(before);
    expect(life.state.status).toBe('PENDING');
  });

  it('is not taken at the last moment of the intent plus one', () => {
    const until = at(10_000);
    const scene = { intent: { not_after: until } };
    const look = (moment: number): Life => {
      const life = Life.planned(scene).reserve().turn();
      life.at = at(moment);
      return life.lastLook(scene);
    };
    expect(look(10_000).types).toContain('ExecutionStarted');
    expect(look(10_001).types).toContain('ActionExpired');
  });

  /**
   * An action that has its turn, and takes its last look so many milliseconds after the beginning.
   */
  const looked = (moment: number, scene: Scene = {}, of: PlanAnswer = plan()): Life => {
    const life = Life.planned().reserve().turn();
    life.at = at(moment);
    return life.lastLook(scene, of);
  };

  it('starts nothing that its reservation does not outlast', () => {
    const latest = 6 * 3_600_000 - 95_000;
    expect(looked(latest - 1).types.at(-1)).toBe('ExecutionStarted');
    expect(looked(latest).types.at(-1)).toBe('ReservationRequested');
  });

  it('reserves anew where the topology has more in it than was reserved', () => {
    const life = looked(0, { estimate: { kpis: [], neighbours: ['cell-009-1'] } });
    expect(life.events.at(-1)).toMatchObject({
      type: 'ReservationRequested',
      data: { keys: ['entity:cell-001-1', 'entity:cell-009-1'] },
    });
  });

  it('ends what its handler refuses now, and what has waited too long for a service', () => {
    const refused = looked(0, {}, plan({ violations: [{ code: 'guard', detail: 'no' }] }));
    expect(refused.types).toContain('ActionDenied by handler');
    const life = Life.planned().reserve().turn();
    life.tell({ kind: 'await_service', service: 'posture', gate: 'posture', detail: 'd', now });
    life.at = at(300_001);
    expect(life.lastLook().types).toContain('ActionExpired');
  });

  it('follows what the executor says of its own turn only', () => {
    const life = Life.planned().reserve();
    expect(life.tell({ kind: 'record_turn', status: tx('READY', { turn: 2 }), now })).toEqual([]);
  });
});
