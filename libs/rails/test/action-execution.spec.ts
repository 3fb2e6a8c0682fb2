import { describe, expect, it } from '@jest/globals';
import { nextEffect, validateOutcome } from '../src/index.js';
import { Life } from './life.js';
import { later, looks, now, observation, prediction, tx } from './looks.js';

const afterStates = (life: Life, ...states: readonly Parameters<typeof tx>[]): Life => {
  for (const [state, over] of states) life.tell({ kind: 'record_transaction', status: tx(state, over), now });
  return life;
};
const good = { observation: observation(-5) };
const bad = { observation: observation(3) };

describe('execution', () => {
  it('goes on from applied over observed to confirmed', () => {
    const life = afterStates(Life.executing(), ['TENTATIVE', {}]);
    expect(life.state.status).toBe('VALIDATING');
    afterStates(life, ['OBSERVED', good]);
    expect(life.types.slice(-2)).toEqual(['OutcomeValidated', 'ConfirmRequested']);
    expect(nextEffect(life.state, now)).toEqual({ kind: 'confirm' });
    afterStates(life, ['CONFIRMED', good]);
    expect(life.state).toMatchObject({ status: 'COMPLETED', validation_result: { verdict: 'pass' } });
    expect(nextEffect(life.state, now)).toEqual({ kind: 'release' });
    expect(life.types).not.toContain('BudgetGiveBackRequested');
  });

  it('KPIs worse than predicted are taken back', () => {
    const life = afterStates(Life.executing(), ['TENTATIVE', {}], ['OBSERVED', bad]);
    expect(life.state).toMatchObject({ status: 'ROLLING_BACK', undo: { cause: 'validation' } });
    expect(nextEffect(life.state, now)).toEqual({ kind: 'undo' });
    afterStates(life, ['ROLLED_BACK', {}]);
    expect(life.events.at(-1)).toMatchObject({
      type: 'ActionRolledBack',
      data: { cause: 'validation', reasons: [{ code: 'kpi-worse' }], observation: observation(3) },
    });
  });

  it('confirm and undo are never both asked for', () => {
    const confirming = afterStates(Life.executing(), ['OBSERVED', good]);
    expect(() => confirming.tell({ kind: 'cancel', by: 'person:p', comment: null, now })).toThrow(
      'wrong-state',
    );
    const undoing = Life.executing();
    undoing.tell({ kind: 'cancel', by: 'person:p', comment: 'stop', now });
    expect(undoing.state.undo?.cause).toBe('operator');
    afterStates(undoing, ['OBSERVED', good]);
    expect(undoing.types).not.toContain('ConfirmRequested');
  });

  it('observing again changes nothing', () => {
    const life = afterStates(Life.executing(), ['OBSERVED', good]);
    const before = life.types.length;
    afterStates(life, ['OBSERVED', bad]);
    expect(life.types).toHaveLength(before);
  });

  it('a refused apply ends CANCELLED and gives the budget back', () => {
    const life = Life.executing();
    life.tell({ kind: 'record_refusal', reasons: [{ code: 'kill-switch-engaged', detail: 'engaged' }], now });
    expect(life.types.slice(-3)).toEqual([
      'ApplyRefused',
      'ActionCancelledByRefusal',
      'BudgetGiveBackRequested',
    ]);
    expect(nextEffect(life.state, now)).toEqual({ kind: 'release' });
    life.tell({ kind: 'record_release', now });
    expect(nextEffect(life.state, now)).toEqual({ kind: 'give_back' });
    life.tell({ kind: 'record_give_back', given_back: true, now });
    expect(nextEffect(life.state, now)).toEqual({ kind: 'none' });
  });

  it('a change that failed and left nothing is ROLLED_BACK, and the budget stays used', () => {
    const life = afterStates(Life.executing(), [
      'FAILED',
      { reasons: [{ code: 'rpc-error', detail: 'no' }] },
    ]);
    expect(life.state.status).toBe('ROLLED_BACK');
    expect(life.state.budget?.status).toBe('consumed');
  });

  it('a rollback that failed says so', () => {
    const life = afterStates(Life.executing(), ['TENTATIVE', {}], ['OBSERVED', bad], ['ROLLBACK_FAILED', {}]);
    expect(life.state.status).toBe('ROLLBACK_FAILED');
  });

  it('a device that took it back by itself while the confirm was under way is ROLLED_BACK', () => {
    const life = afterStates(Life.executing(), ['OBSERVED', good], ['ROLLED_BACK', {}]);
    expect(life.events.at(-1)).toMatchObject({ type: 'ActionRolledBack', data: { cause: 'device' } });
  });

  it('a transaction seen late still leaves every step on the stream', () => {
    const life = afterStates(Life.executing(), ['OBSERVED', good]);
    expect(life.types).toEqual(
      expect.arrayContaining([
        'ExecutionStarted',
        'ExecutionApplied',
        'OutcomeValidated',
        'ConfirmRequested',
      ]),
    );
  });

  it('after its end nothing changes it', () => {
    const life = afterStates(Life.executing(), ['OBSERVED', good], ['CONFIRMED', good]);
    expect(life.tell({ kind: 'record_transaction', status: tx('ROLLED_BACK'), now })).toEqual([]);
    expect(life.tell({ kind: 'record_refusal', reasons: [], now })).toEqual([]);
    expect(life.tell({ kind: 'stop_by_kill_switch', reasons: [], rollback_in_flight: true, now })).toEqual(
      [],
    );
    expect(life.tell({ kind: 'tick', now: later(99_999) })).toEqual([]);
    expect(
      life.tell({
        kind: 'record_last_look',
        gates: looks(),
        plan: null,
        soak_s: 1,
        confirm_timeout_s: 1,
        now,
      }),
    ).toEqual([]);
  });
});

describe('the kill switch', () => {
  it('cancels what is open and gives the budget back', () => {
    const life = Life.planned();
    life.tell({
      kind: 'stop_by_kill_switch',
      reasons: [{ code: 'kill-switch-engaged', detail: 'x' }],
      rollback_in_flight: false,
      now,
    });
    expect(life.types.slice(-2)).toEqual(['ActionDenied by kill_switch', 'BudgetGiveBackRequested']);
  });

  it('bars a consume that is still under way', () => {
    const life = new Life().accept().walk();
    expect(life.types.at(-1)).toBe('GatesJudged and consume');
    life.tell({ kind: 'stop_by_kill_switch', reasons: [], rollback_in_flight: false, now });
    expect(life.types.at(-1)).toBe('BudgetGiveBackRequested');
    expect(life.consume().state.status).toBe('CANCELLED');
  });

  it('leaves what is in flight alone unless it is to be rolled back', () => {
    const life = Life.executing();
    expect(life.tell({ kind: 'stop_by_kill_switch', reasons: [], rollback_in_flight: false, now })).toEqual(
      [],
    );
    life.tell({ kind: 'stop_by_kill_switch', reasons: [], rollback_in_flight: true, now });
    expect(life.state).toMatchObject({ status: 'ROLLING_BACK', undo: { cause: 'kill_switch' } });
  });
});

describe('validation', () => {
  const verdict = (drop: number): string | undefined =>
    validateOutcome(prediction(), observation(drop)).result.kpis[0]?.verdict;

  it('holds the interval inclusive and noise beyond it, calls better better and worse worse', () => {
    expect([verdict(-10), verdict(0), verdict(-10.1), verdict(0.5), verdict(0.51)]).toEqual([
      'inside',
      'inside',
      'better',
      'inside',
      'worse',
    ]);
  });

  it('takes what is beyond the interval by exactly the noise for inside, whatever the difference of two numbers is rounded to', () => {
    const at = (upper: number, drop: number): string | undefined =>
      validateOutcome(prediction({ interval_by_kpi: { drop_rate_pct: [-1, upper] } }), observation(drop))
        .result.kpis[0]?.verdict;
    for (let units = 0; units < 50; units += 1) {
      const written = (more: number): number => Number(`${units * 100 + more}e-3`);
      expect([at(written(0), written(500)), at(written(0), written(501))]).toEqual(['inside', 'worse']);
    }
  });

  it('what nobody predicted is judged by the handler alone', () => {
    expect(validateOutcome(undefined, observation(9)).result.verdict).toBe('pass');
    expect(
      validateOutcome(undefined, observation(9, { breaches: [{ code: 'load', detail: 'too high' }] })).result
        .verdict,
    ).toBe('fail');
  });

  it('without a sample nothing is proven', () => {
    expect(validateOutcome(prediction(), observation(-5, { samples: 0 }))).toMatchObject({
      result: { verdict: 'inconclusive' },
      reasons: [{ code: 'not-observed' }],
    });
  });
});
