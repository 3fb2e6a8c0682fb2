import { describe, expect, it } from '@jest/globals';
import { isProblem, testMetadata, type RecordedEvent } from '@interlock/kernel';
import { defaults } from '@interlock/contracts';
import { builtInActionTypes, nextEffect, RailsOpenWork, type ActionCommand } from '../src/index.js';
import { Life, undoPlan } from './life.js';
import { later, tx } from './looks.js';

const changed = undoPlan({ violations: [{ code: 'leaves-changed', detail: 'it is `3`' }] });
const taken = (life: Life, state: 'ROLLED_BACK' | 'ROLLBACK_FAILED' | 'CONFIRMED'): Life => {
  life.lookBack('first').reserve().lookBack('last');
  const undo_refused = life.state.rollback?.request_id ?? '';
  life.tell({ kind: 'record_rollback', status: tx(state, { undo_refused }), now: later(62) });
  return life;
};
const codeOf = (life: Life, command: ActionCommand): string => {
  try {
    life.tell(command);
    return 'nothing';
  } catch (error) {
    return isProblem(error) ? error.code : String(error);
  }
};
/** The actions with work left after each event. */
const listed = (life: Life): readonly string[] => {
  const work = new RailsOpenWork();
  return life.events.map(({ type, data }, i) => {
    const event = { stream: 'action-demo:a-1', type, data, revision: BigInt(i), metadata: testMetadata() };
    work.take(event as unknown as RecordedEvent);
    const [one] = work.actions.list();
    return one === undefined ? 'gone' : `${one.ended ? 'ended' : 'open'}${one.resting ? ', resting' : ''}`;
  });
};

describe('a temporary change', () => {
  it('is what silences alarms, for a week at most', () => {
    const silence = builtInActionTypes.find((type) => type.action_type === 'alarm_silence');
    expect(silence).toMatchObject({
      duration_parameter: 'for_s',
      parameters_schema: { properties: { for_s: { minimum: 1, maximum: 604_800 } } },
    });
    expect(silence?.parameters_schema['required']).toContain('for_s');
  });

  it('waits for the end of its time, and is then undone without another approval', () => {
    const life = Life.temporary();
    expect(nextEffect(life.state, later(59))).toEqual({ kind: 'wait', until: later(60) });
    expect(nextEffect(life.state, later(60))).toEqual({ kind: 'end_temporary' });
    expect(life.over(later(59)).types).not.toContain('RollbackPrepared');
    life.over();
    expect(life.types.slice(-2)).toEqual(['RollbackPrepared', 'RollbackApproved']);
    expect(life.events.at(-1)).toMatchObject({ data: { by: 'service:safety-rails', temporary: true } });
    expect(nextEffect(life.state, later(60))).toEqual({ kind: 'look_back', look: 'first' });
    taken(life, 'ROLLED_BACK');
    expect(life.types.at(-1)).toBe('TemporaryChangeUndone');
    expect(life.state).toMatchObject({
      status: 'COMPLETED',
      effect: 'taken_back',
      rollback: { status: 'done', temporary: true },
    });
    life.tell({ kind: 'record_release', now: later(62) });
    expect(nextEffect(life.state, later(9999))).toEqual({ kind: 'none' });
    const prepare = { kind: 'prepare_rollback', by: 'person:p1', plan: undoPlan(), now: later(70) } as const;
    expect(codeOf(life, prepare)).toBe('undo-impossible');
  });

  it('is looked after until it is undone', () => {
    expect(listed(Life.completed()).at(-1)).toBe('gone');
    expect(listed(Life.temporary()).at(-1)).toBe('ended, resting');
    const life = taken(Life.temporary().over(), 'ROLLED_BACK');
    expect(listed(life).at(-1)).toBe('ended');
    life.tell({ kind: 'record_release', now: later(62) });
    expect(listed(life).at(-1)).toBe('gone');
    expect(listed(Life.temporary().over(later(60), changed)).at(-1)).toBe('gone');
  });

  it('is undone later where something refuses it now', () => {
    const wait = defaults.temporary_undo_retry_s;
    const quarantined = undoPlan({ violations: [{ code: 'device-quarantined', detail: 'in quarantine' }] });
    for (const [life, refusedAt] of [
      [Life.temporary().over().lookBack('first', { engaged: true }), 0],
      [taken(Life.temporary().over(), 'CONFIRMED'), 62],
      [Life.temporary().over(later(60), quarantined), 60],
    ] as const) {
      if (life.state.reservation !== null) life.tell({ kind: 'record_release', now: later(62) });
      expect(life.events.find(({ type }) => type === 'RollbackRefused')).toMatchObject({
        data: { temporary: true, again_at: later(refusedAt + wait) },
      });
      expect(life.state).toMatchObject({ status: 'COMPLETED', effect: 'applied' });
      expect(listed(life).at(-1)).toBe('ended, resting');
      expect(nextEffect(life.state, later(61))).toEqual({ kind: 'wait', until: later(refusedAt + wait) });
      expect(life.over(later(refusedAt + wait)).types.at(-1)).toBe('RollbackApproved');
    }
  });

  it('stays where others have changed it since, and says so', () => {
    const life = Life.temporary().over(later(60), changed);
    expect(life.types.slice(-2)).toEqual(['RollbackPrepared', 'RollbackRefused']);
    expect(life.events.at(-1)).toMatchObject({
      data: { cause: 'changed', temporary: true, reasons: [{ code: 'leaves-changed' }] },
    });
    expect(nextEffect(life.state, later(9999))).toEqual({ kind: 'none' });
  });

  it('that cannot be undone on the device needs a person', () => {
    const life = taken(Life.temporary().over(), 'ROLLBACK_FAILED');
    expect(life.events.at(-1)).toMatchObject({
      type: 'ActionRollbackFailed',
      data: { cause: 'temporary', sequence: 2 },
    });
    expect(life.state.effect).toBe('unknown');
  });

  it('may be taken back by a person before its time, and nothing is undone a second time', () => {
    const life = Life.temporary().askedBack();
    expect(listed(life).at(-1)).toBe('open');
    taken(life, 'ROLLED_BACK');
    expect(life.events.at(-1)).toMatchObject({ type: 'ActionRolledBack', data: { cause: 'operator' } });
    life.tell({ kind: 'record_release', now: later(62) });
    expect(nextEffect(life.state, later(60))).toEqual({ kind: 'none' });
    expect(life.over().types.at(-1)).toBe('ReservationReleased');
    expect(listed(life).at(-1)).toBe('gone');
  });

  it('is undone at its end where a person asked before and was refused', () => {
    const life = Life.temporary().askedBack().lookBack('first', { engaged: true });
    expect(nextEffect(life.state, later(59))).toEqual({ kind: 'wait', until: later(60) });
    expect(life.over().types.at(-1)).toBe('RollbackApproved');
  });
});
