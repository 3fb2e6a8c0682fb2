import { describe, expect, it } from '@jest/globals';
import { actionView, nextEffect, type ActionCommand, type ActionView } from '../src/index.js';
import { Life } from './life.js';
import { evaluation, later, looks, now, plan, type Scene } from './looks.js';

const why = [{ code: 'why', detail: 'because' }];
const confirm = (on_elapse: 'proceed' | 'expire' = 'proceed'): Scene => ({
  evaluation: {
    decision: 'CONFIRM',
    reasons: why,
    limits: { ...evaluation().limits, window_policy: 'p', on_elapse },
  },
});
/** An action whose window waits for somebody to be told, within 60 s. */
const untold = (scene = confirm()): Life => {
  const life = new Life().accept(scene).walk(scene).consume();
  life.tell({ kind: 'record_plan', plan: plan(), notify_within_s: 60, now });
  return life;
};
const recordTold = (at: string): ActionCommand => ({ kind: 'record_notified', channel_id: 'ops', now: at });
const ask = (at: string): ActionCommand => ({ kind: 'ask_unnotified', now: at });

describe("a confirmation window's clock", () => {
  it('begins at once where the tenant has no channel', () => {
    const life = Life.planned(confirm());
    expect(life.state.window).toMatchObject({ due_at: later(30) });
    expect(life.state.window).not.toHaveProperty('unnotified_s');
    expect(life.tell(recordTold(later(1)))).toEqual([]);
    expect(life.tell(ask(later(31)))).toEqual([]);
  });

  it('begins, where it has channels, when one of them has told somebody, and runs in full from then on', () => {
    const life = untold();
    expect(life.state.window).toMatchObject({ due_at: later(60), unnotified_s: 30 });
    expect(nextEffect(life.state, later(59))).toEqual({ kind: 'await_notification' });
    expect(life.tell(recordTold(later(50)))).toEqual([
      { type: 'ConfirmationWindowStarted', data: { due_at: later(80), channel_id: 'ops' } },
    ]);
    expect(life.state.window).not.toHaveProperty('unnotified_s');
    expect(nextEffect(life.state, later(79))).toEqual({ kind: 'wait', until: later(80) });
    expect(nextEffect(life.state, later(80))).toEqual({ kind: 'reevaluate' });
    life.tell({ kind: 'record_reevaluation', gates: looks(confirm()), now: later(80) });
    expect(life.state.yes).toMatchObject({ basis: 'elapsed' });
  });

  it('begins once: who is told as well prolongs nothing', () => {
    const life = untold();
    life.tell(recordTold(later(1)));
    expect(life.tell(recordTold(later(20)))).toEqual([]);
    expect(life.state.window?.due_at).toBe(later(31));
  });

  it.each(['proceed', 'expire'] as const)(
    'that never began makes no silence a yes nor an end (%s): an approval is asked for, of the same holds',
    (on_elapse) => {
      const life = untold(confirm(on_elapse));
      const holds = life.state.window?.holds;
      expect(life.tell(ask(later(59)))).toEqual([]);
      expect(nextEffect(life.state, later(60))).toEqual({ kind: 'request_approval' });
      expect(
        life.tell({ kind: 'record_reevaluation', gates: looks(confirm(on_elapse)), now: later(60) }),
      ).toEqual([]);
      expect(life.tell({ kind: 'tick', now: later(60) })).toEqual([]);
      life.tell(ask(later(60)));
      expect(life.state).toMatchObject({
        status: 'AWAITING_APPROVAL',
        approval: { cause: 'nobody-told', holds, expires_at: later(3660) },
      });
      expect(life.tell(recordTold(later(61)))).toEqual([]);
      life.approve();
      expect(life.state.yes).toMatchObject({ basis: 'approved', covered: holds });
    },
  );

  it('says what happens at its end as things stand, and afterwards why an approval was asked for', () => {
    const shown = (life: Life): ActionView => actionView(life.state, '1', now);
    const life = untold();
    expect(shown(life).window?.end).toMatchObject({ outcome: 'asks' });
    life.tell(recordTold(later(50)));
    expect(shown(life).window?.end).toMatchObject({ outcome: 'proceeds' });
    const unreached = new Life().accept(confirm()).walk(confirm()).consume();
    unreached.tell({ kind: 'record_plan', plan: plan(), notify_within_s: 60, reaches_nobody: true, now });
    expect(shown(unreached).window?.end).toEqual({
      outcome: 'asks',
      detail: 'it asks for an approval, because no channel of the tenant reached people when it opened',
    });
    unreached.tell(ask(later(60)));
    expect(shown(unreached).reasons).toEqual([
      {
        code: 'nobody-told',
        detail:
          'nobody could be told of its window, because no channel of the tenant reached people when it opened',
      },
      ...why,
    ]);
  });

  it('keeps nobody from answering: a person who sees the window confirms, rejects or extends it', () => {
    expect(untold().confirm().state.yes).toMatchObject({ basis: 'confirmed' });
    const rejected = untold();
    rejected.tell({ kind: 'reject', by: 'person:p1', comment: null, now: later(5) });
    expect(rejected.state.status).toBe('REJECTED');
    const extended = untold();
    extended.tell({ kind: 'extend', by: 'person:p1', seconds: 30, now: later(5) });
    expect(extended.state.window).toMatchObject({ due_at: later(90) });
    expect(nextEffect(extended.state, later(90))).toEqual({ kind: 'reevaluate' });
    const late = untold();
    expect(() =>
      late.tell({
        kind: 'confirm',
        by: 'person:p1',
        digest: late.state.window?.digest ?? null,
        now: later(60),
      }),
    ).toThrow('the confirmation window closed');
  });
});
