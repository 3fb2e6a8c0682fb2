import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import {
  effectiveMode,
  modeDecider,
  standingNow,
  stepsUnder,
  type ModeEvent,
  type ModeKey,
  type ModeState,
  type Standing,
} from '../src/index.js';

const cell = { account_id: 'ran', action_type: 'cell_failover' };
const query = { tenant_id: 't1', ...cell };
const since = '2026-11-20T10:00:00.000Z';
const later = '2026-11-20T10:00:00.001Z';
const up: Standing = { kind: 'up', up_to: 3, since, by: 'ann' };
const down: Standing = { kind: 'down', cause: 'failures', since };

const states = (
  key: ModeKey,
  mode: 'AUTO_EXECUTE' | 'APPROVAL_REQUIRED',
  occurred_at = later,
): ReadonlyMap<string, ModeState> => {
  const event: ModeEvent = { type: 'AutonomyModeSet', data: { ...key, mode } };
  return new Map([['t1', fold(modeDecider, [event], { tenant_id: 't1', occurred_at })]]);
};

/** Every level of the tenant at which a mode can be set. */
const levels: readonly ModeKey[] = [
  cell,
  { action_type: cell.action_type },
  { account_id: cell.account_id },
  {},
];

describe('the standing of an account and action type', () => {
  it.each(levels)('a step down holds, whatever mode is set afterwards at %j', (key) => {
    const set = states(key, 'AUTO_EXECUTE');
    expect(standingNow(set, down, query)).toBe(down);
    expect(effectiveMode(set, down, query, 1)).toMatchObject({
      mode: 'APPROVAL_REQUIRED',
      earned: { standing: 'down' },
    });
  });

  it.each(levels)('a step up ends with a later mode at %j, and holds with an earlier one', (key) => {
    const after = states(key, 'APPROVAL_REQUIRED');
    expect(standingNow(after, up, query)).toEqual({ kind: 'configured' });
    expect(effectiveMode(after, up, query, 1).mode).toBe('APPROVAL_REQUIRED');
    const before = states(key, 'APPROVAL_REQUIRED', since);
    expect(standingNow(before, up, query)).toBe(up);
    expect(effectiveMode(before, up, query, 1).mode).toBe('AUTO_EXECUTE');
  });
});

describe('the steps under a mode that was set', () => {
  const under = (key: ModeKey, standing: Standing, byPerson = true) =>
    stepsUnder(states(key, 'AUTO_EXECUTE'), { tenant_id: 't1', key, byPerson }, [{ ...cell, standing }]);

  it('end if a person set the mode of exactly their account and type', () =>
    expect(under(cell, down)).toMatchObject({ ended: [{ standing: down }], held: [] }));

  it('keep a step down if a program set the mode, or a person set it for more than that', () => {
    expect(under(cell, down, false)).toMatchObject({ ended: [], held: [{ standing: down }] });
    for (const key of levels.slice(1))
      expect(under(key, down)).toMatchObject({ ended: [], held: [{ standing: down }] });
  });

  it('end a step up if the entry decides, whoever set it', () => {
    for (const key of levels)
      expect(under(key, up, false)).toMatchObject({ ended: [{ standing: up }], held: [] });
  });

  it('are none if another entry decides, or nothing was earned', () => {
    const other = { action_type: 'qos_tune' };
    expect(under(other, up)).toEqual({ ended: [], held: [] });
    expect(under(cell, { kind: 'configured' })).toEqual({ ended: [], held: [] });
  });
});
