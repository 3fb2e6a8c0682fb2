import { describe, expect, it } from '@jest/globals';
import { nextEffect } from '../src/index.js';
import { Life } from './life.js';
import { later, looks, now, plan, tx, type Scene } from './looks.js';

const limits = { max_affected_entities: null, min_confidence: null, confirmation_window_s: 30, confirm_above_entities: null, on_elapse: 'proceed' as const, window_policy: 'p' };
const confirm: Scene = { evaluation: { decision: 'CONFIRM', limits } };
const elapsed = (): Life => {
  const life = Life.planned(confirm);
  life.tell({ kind: 'record_reevaluation', looks: looks(confirm), now: later(30) });
  return life.reserve();
};
const approved = (scene: Scene): Life => new Life().accept(scene).walk(scene).plan().approve().reserve();

describe('a yes covers what was asked, and nothing stricter', () => {
  it('one approval does not do where two are asked for meanwhile', () => {
    const asks = (approvals_required: 1 | 2): Scene => ({ evaluation: { decision: 'NEEDS_APPROVAL', approvals_required } });
    expect(approved(asks(1)).lastLook(asks(1)).state.status).toBe('EXECUTING');
    expect(approved(asks(1)).lastLook(asks(2)).state).toMatchObject({ status: 'AWAITING_APPROVAL', approval: { required: 2, approved_by: [] } });
  });

  it('a confirmed window is no approval', () => {
    const confirmed = (): Life => Life.planned(confirm).confirm().reserve();
    expect(confirmed().lastLook(confirm).state.status).toBe('EXECUTING');
    expect(confirmed().lastLook({ evaluation: { decision: 'NEEDS_APPROVAL', limits } }).state.status).toBe('AWAITING_APPROVAL');
  });

  it.each<readonly [string, Partial<typeof limits> | { on_elapse: 'expire' }]>([['of another policy', { window_policy: 'q' }], ['that expires instead', { on_elapse: 'expire' }]])('an elapsed window is not one %s', (_, over) => {
    const other: Scene = { evaluation: { decision: 'CONFIRM', limits: { ...limits, ...over } } };
    expect(elapsed().lastLook(confirm).state.status).toBe('EXECUTING');
    expect(elapsed().lastLook(other).state.status).toBe('AWAITING_APPROVAL');
    const early = Life.planned(confirm);
    early.tell({ kind: 'record_reevaluation', looks: looks(other), now: later(30) });
    expect(early.state.status).toBe('AWAITING_APPROVAL');
  });

  it('what cannot be undone is never automatic, and an approval covers it', () => {
    const once = plan({ reversible: false });
    const asked = new Life().accept().walk().consume().plan(once);
    expect(asked.state).toMatchObject({ status: 'AWAITING_APPROVAL', approval: { holds: [{ reasons: [{ code: 'irreversible' }] }] } });
    expect(asked.approve().reserve().lastLook({}, once).state.status).toBe('EXECUTING');
    expect(Life.planned().reserve().lastLook({}, once).state.status).toBe('AWAITING_APPROVAL');
  });
});

describe('an execution that nobody began in time', () => {
  it('is taken back, not begun under gates of long ago', () => {
    const life = Life.executing();
    expect(nextEffect(life.state, later(119))).toEqual({ kind: 'apply' });
    expect(nextEffect(life.state, later(121))).toEqual({ kind: 'inspect' });
    life.tell({ kind: 'record_transaction', status: tx('NONE'), now: later(119) });
    expect(life.state.status).toBe('EXECUTING');
    life.tell({ kind: 'record_transaction', status: tx('NONE'), now: later(121) });
    expect(life.state).toMatchObject({ status: 'ROLLING_BACK', undo: { cause: 'stale', reasons: [{ code: 'start-too-late' }] } });
    life.tell({ kind: 'record_transaction', status: tx('REFUSED'), now: later(122) });
    expect(life.types.slice(-3)).toEqual(['ApplyRefused', 'ActionCancelledByRefusal', 'BudgetGiveBackRequested']);
  });

  it('goes on where the handler had begun', () => {
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
    expect(() => Life.executing().tell({ kind: 'record_transaction', status: tx('CONFIRMED', { tx_id: 'a-2' }), now })).toThrow('internal-error');
  });

  it('a change made permanent that nobody asked to confirm is taken back', () => {
    const life = Life.executing();
    life.tell({ kind: 'record_transaction', status: tx('CONFIRMED'), now });
    expect(life.state).toMatchObject({ status: 'ROLLING_BACK', undo: { reasons: [{ code: 'confirmed-unasked' }] } });
    expect(life.tell({ kind: 'record_transaction', status: tx('CONFIRMED'), now })).toEqual([]);
    life.tell({ kind: 'record_transaction', status: tx('ROLLED_BACK'), now });
    expect(life.state.status).toBe('ROLLED_BACK');
  });

  it('a gate error of an effect ends what is open and gives back, and changes nothing in flight', () => {
    const life = Life.planned();
    const error = { kind: 'record_gate_error', gate: 'plan', detail: 'internal-error: boom', now } as const;
    life.tell(error);
    expect(life.types.slice(-2)).toEqual(['ActionDeniedByGateError', 'BudgetGiveBackRequested']);
    expect(Life.executing().tell(error)).toEqual([]);
  });
});

describe('a rollback that an operator asks for', () => {
  const asked = (life: Life): readonly string[] => life.tell({ kind: 'rollback', by: 'person:p', comment: 'worse', now }).map((event) => event.type);

  it('takes back what is in flight, once', () => {
    const life = Life.executing();
    expect(asked(life)).toEqual(['UndoRequested']);
    expect(life.state.undo).toMatchObject({ cause: 'operator', reasons: [{ code: 'rollback-asked', detail: 'an operator asked for the rollback' }] });
    expect(life.state.comments).toMatchObject([{ on: 'UndoRequested', comment: 'worse' }]);
    expect(asked(life)).toEqual([]);
  });

  it('is refused before the start and after the end', () => {
    expect(() => asked(Life.planned())).toThrow('wrong-state');
    const rejected = Life.planned();
    rejected.tell({ kind: 'cancel', by: 'person:p', comment: null, now });
    expect(() => asked(rejected)).toThrow('wrong-state');
  });
});
