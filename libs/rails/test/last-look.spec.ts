import { describe, expect, it } from '@jest/globals';
import { nextEffect } from '../src/index.js';
import { Life } from './life.js';
import { later, looks, now, plan, tx, type Scene } from './looks.js';

const limits = {
  max_affected_entities: null,
  min_confidence: null,
  confirmation_window_s: 30,
  confirm_above_entities: null,
  on_elapse: 'proceed' as const,
  window_policy: 'p',
};
const confirm: Scene = { evaluation: { decision: 'CONFIRM', limits } };
const elapsed = (): Life => {
  const life = Life.planned(confirm);
  life.tell({ kind: 'record_reevaluation', gates: looks(confirm), now: later(30) });
  return life.reserve().turn();
};
const approved = (scene: Scene): Life =>
  new Life().accept(scene).walk(scene).plan().approve().reserve().turn();

describe('a yes covers what was asked, and nothing stricter', () => {
  it('one approval does not do where two are asked for meanwhile', () => {
    const asks = (approvals_required: 1 | 2): Scene => ({
      evaluation: { decision: 'NEEDS_APPROVAL', approvals_required },
    });
    expect(approved(asks(1)).lastLook(asks(1)).state.status).toBe('EXECUTING');
    expect(approved(asks(1)).lastLook(asks(2)).state).toMatchObject({
      status: 'AWAITING_APPROVAL',
      approval: { required: 2, approved_by: [] },
    });
  });

  it('a confirmed window is not an approval', () => {
    const confirmed = (): Life => Life.planned(confirm).confirm().reserve().turn();
    expect(confirmed().lastLook(confirm).state.status).toBe('EXECUTING');
    expect(confirmed().lastLook({ evaluation: { decision: 'NEEDS_APPROVAL', limits } }).state.status).toBe(
      'AWAITING_APPROVAL',
    );
  });

  it.each<readonly [string, Partial<typeof limits> | { on_elapse: 'expire' }]>([
    ['of another policy', { window_policy: 'q' }],
    ['that expires instead', { on_elapse: 'expire' }],
  ])('an elapsed window is not one %s', (_, over) => {
    const other: Scene = { evaluation: { decision: 'CONFIRM', limits: { ...limits, ...over } } };
    expect(elapsed().lastLook(confirm).state.status).toBe('EXECUTING');
    expect(elapsed().lastLook(other).state.status).toBe('AWAITING_APPROVAL');
    const early = Life.planned(confirm);
    early.tell({ kind: 'record_reevaluation', gates: looks(other), now: later(30) });
    expect(early.state.status).toBe('AWAITING_APPROVAL');
  });

  it('what cannot be undone is never automatic, and an approval covers it', () => {
    const once = plan({ reversible: false });
    const asked = new Life().accept().walk().consume().plan(once);
    expect(asked.state).toMatchObject({
      status: 'AWAITING_APPROVAL',
      approval: { holds: [{ reasons: [{ code: 'irreversible' }] }] },
    });
    expect(asked.approve().reserve().turn().lastLook({}, once).state.status).toBe('EXECUTING');
    expect(Life.planned().reserve().turn().lastLook({}, once).state.status).toBe('AWAITING_APPROVAL');
  });
});

describe('a turn that was lost', () => {
  it('is taken again, and the last look with it, under the same yes', () => {
    const life = approved({ posture: 'YELLOW' }).lastLook({ posture: 'YELLOW' });
    expect(life.state).toMatchObject({ status: 'EXECUTING', execution: { turn: 1 } });
    life.lapse();
    expect(life.types.slice(-3)).toEqual(['TurnLapsed', 'ApplyRefused', 'TurnRequested']);
    expect(life.state).toMatchObject({
      status: 'PENDING',
      execution: null,
      turn: { number: 2, status: 'requested' },
    });
    expect(nextEffect(life.state, now)).toEqual({ kind: 'take_turn' });
    life.turn();
    expect(nextEffect(life.state, now)).toEqual({ kind: 'last_look' });
    life.lastLook({ posture: 'YELLOW' });
    expect(life.state).toMatchObject({ status: 'EXECUTING', execution: { turn: 2 } });
    expect(
      new Set(life.events.flatMap((e) => (e.type === 'ExecutionStarted' ? [e.data.request_id] : []))).size,
    ).toBe(2);
  });

  it.each<readonly [string, Scene, string]>([
    ['RED', { posture: 'RED' }, 'DENIED'],
    ['DISABLED', { mode: 'DISABLED' }, 'BLOCKED'],
    ['DENY', { evaluation: { decision: 'DENY' } }, 'DENIED'],
  ])('never starts under an earlier last look: %s meanwhile wins', (_, scene, status) => {
    const life = Life.executing().lapse().turn().lastLook(scene);
    expect(life.state.status).toBe(status);
    expect(life.types.filter((type) => type === 'ExecutionStarted')).toHaveLength(1);
    expect(life.types.at(-1)).toBe('BudgetGiveBackRequested');
  });

  it('for the third time ends the action as too slow, with its budget given back', () => {
    const life = Life.executing().lapse().lapse();
    expect(life.state.status).toBe('PENDING');
    life.turn().lastLook().lapse();
    expect(life.types.slice(-4)).toEqual([
      'TurnLapsed',
      'ApplyRefused',
      'ActionCancelledByRefusal',
      'BudgetGiveBackRequested',
    ]);
    expect(life.state).toMatchObject({
      status: 'CANCELLED',
      reasons: [{ code: 'device-too-slow' }, { code: 'turn-too-old' }],
    });
  });

  it('is told once, of its own number only, and not of an action that is taken back', () => {
    const life = Life.executing();
    expect(life.tell({ kind: 'record_transaction', status: tx('STALE', { turn: 2 }), now })).toEqual([]);
    life.lapse();
    expect(life.tell({ kind: 'record_turn', status: tx('STALE', { turn: 1 }), now })).toEqual([]);
    const undone = Life.executing();
    undone.tell({ kind: 'cancel', by: 'person:p', comment: null, now });
    undone.lapse();
    expect(undone.state.status).toBe('ROLLING_BACK');
    undone.tell({ kind: 'record_transaction', status: tx('REFUSED'), now });
    expect(undone.state.status).toBe('CANCELLED');
  });
});

describe('a turn that is waited for', () => {
  it('goes before the last look, which is not taken without it', () => {
    const life = Life.planned().reserve();
    expect(life.types.slice(-2)).toEqual(['ReservationGranted', 'TurnRequested']);
    expect(nextEffect(life.state, now)).toEqual({ kind: 'take_turn' });
    expect(life.lastLook().types.at(-1)).toBe('TurnRequested');
    for (const state of ['NONE', 'QUEUED', 'PREPARING'] as const)
      expect(life.tell({ kind: 'record_turn', status: tx(state, { turn: 1 }), now })).toEqual([]);
  });

  it('that the executor refuses ends CANCELLED, and gives the budget back', () => {
    const life = Life.planned().reserve();
    life.tell({
      kind: 'record_turn',
      status: tx('REFUSED', { turn: 1, reasons: [{ code: 'device-busy', detail: 'locked' }] }),
      now,
    });
    expect(life.types.slice(-2)).toEqual(['ActionCancelledByRefusal', 'BudgetGiveBackRequested']);
    expect(life.state).toMatchObject({ status: 'CANCELLED', reasons: [{ code: 'device-busy' }] });
  });

  it('has its own expiry', () => {
    const life = Life.planned().reserve();
    expect(nextEffect(life.state, later(301))).toEqual({ kind: 'expire' });
    life.tell({ kind: 'tick', now: later(301) });
    expect(life.events.findLast((e) => e.type === 'ActionExpired')).toMatchObject({
      data: { cause: 'turn' },
    });
    expect(nextEffect(Life.planned().reserve().turn().state, later(301))).toEqual({ kind: 'last_look' });
  });

  it('is asked for anew with another reservation', () => {
    const life = Life.planned().reserve().turn();
    life.tell({
      kind: 'record_last_look',
      gates: looks(),
      plan: plan(),
      soak_s: 5,
      confirm_timeout_s: 86_400,
      now,
    });
    expect(life.types.at(-1)).toBe('ReservationRequested');
    expect(life.reserve().state.turn).toMatchObject({ number: 2, status: 'requested' });
  });
});

describe('an execution that the handler has begun', () => {
  it('goes on, however long it takes', () => {
    const life = Life.executing();
    life.tell({ kind: 'record_transaction', status: tx('PREPARING'), now: later(9999) });
    expect(life.state.status).toBe('EXECUTING');
    life.tell({ kind: 'record_transaction', status: tx('TENTATIVE'), now: later(9999) });
    expect(life.state.status).toBe('VALIDATING');
    expect(nextEffect(life.state, later(9999))).toEqual({ kind: 'apply' });
  });
});

describe('what the handler says', () => {
  it('of another transaction is refused', () => {
    expect(() =>
      Life.executing().tell({ kind: 'record_transaction', status: tx('CONFIRMED', { tx_id: 'a-2' }), now }),
    ).toThrow('internal-error');
  });

  it('a change made permanent that nobody asked to confirm is taken back', () => {
    const life = Life.executing();
    life.tell({ kind: 'record_transaction', status: tx('CONFIRMED'), now });
    expect(life.state).toMatchObject({
      status: 'ROLLING_BACK',
      undo: { reasons: [{ code: 'confirmed-unasked' }] },
    });
    expect(life.tell({ kind: 'record_transaction', status: tx('CONFIRMED'), now })).toEqual([]);
    life.tell({ kind: 'record_transaction', status: tx('ROLLED_BACK'), now });
    expect(life.state.status).toBe('ROLLED_BACK');
  });

  it('a gate error of an effect ends what is open and gives back, and changes nothing in flight', () => {
    const life = Life.planned();
    const error = { kind: 'record_gate_error', gate: 'plan', detail: 'internal-error: boom', now } as const;
    life.tell(error);
    expect(life.types.slice(-2)).toEqual(['ActionDenied by an error', 'BudgetGiveBackRequested']);
    expect(Life.executing().tell(error)).toEqual([]);
  });
});

describe('a rollback that an operator asks for', () => {
  const asked = (life: Life): readonly string[] =>
    life.tell({ kind: 'rollback', by: 'person:p', comment: 'worse', now }).map((event) => event.type);

  it('takes back what is in flight, once', () => {
    const life = Life.executing();
    expect(asked(life)).toEqual(['UndoRequested']);
    expect(life.state.undo).toMatchObject({
      cause: 'operator',
      reasons: [{ code: 'rollback-asked', detail: 'an operator asked for the rollback' }],
    });
    expect(life.state.comments).toMatchObject([{ on: 'UndoRequested', comment: 'worse' }]);
    expect(asked(life)).toEqual([]);
  });

  it('is refused before the start and after the end', () => {
    expect(() => asked(Life.planned())).toThrow('wrong-state');
    const rejected = Life.planned();
    rejected.tell({ kind: 'cancel', by: 'person:p', comment: null, now });
    expect(() => asked(rejected)).toThrow('wrong-state');
  });

  it('holds the estimate that is asked for again against what was reserved, and reserves anew where it is more', () => {
    const grown = { estimate: { affected_entity_count: 7 } };
    const life = Life.planned().reserve().turn();
    expect(life.state.reserved_units).toBe(3);
    life.lastLook(grown);
    expect(life.types.slice(-2)).toEqual(['GatesJudged last', 'ReservationRequested']);
    expect(life.state).toMatchObject({ status: 'PENDING', reserved_units: 7, turn: null });
    life.reserve().turn().lastLook(grown);
    expect(life.types.at(-1)).toBe('ExecutionStarted');
    expect(Life.planned(grown).reserve().turn().lastLook().types.at(-1)).toBe('ExecutionStarted');
  });

  it('asks again where more entities are affected than a person was shown', () => {
    const held = { posture: 'YELLOW' } as const;
    const life = Life.planned(held).approve().reserve().turn();
    life.lastLook({ ...held, estimate: { affected_entity_count: 7 } });
    expect(life.events.at(-1)).toMatchObject({
      type: 'ApprovalRequested',
      data: {
        cause: 'changed',
        difference: [{ code: 'changed-blast-radius', approved: 3, now: 7 }],
        digest_parts: { affected: 7 },
      },
    });
  });
});
