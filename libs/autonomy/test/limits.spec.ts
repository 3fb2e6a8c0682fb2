import { describe, expect, it } from '@jest/globals';
import {
  actionLimits,
  limitsInForce,
  tenantLimitBounds,
  tenantLimitNames,
  type TenantLimits,
} from '@interlock/contracts';
import { given, isProblem, recalledDecision } from '@interlock/kernel';
import { modeDecider } from '../src/index.js';

const set = (limits: object) =>
  given(modeDecider, []).when({ kind: 'SetLimits', limits: limits as TenantLimits, reason: 'a test' });
const pointersOf = (limits: object): readonly string[] => {
  const { error } = set(limits);
  if (error === undefined) return [];
  if (!isProblem(error, 'validation-failed')) throw error;
  return error.violations.map(({ pointer }) => pointer);
};

describe("a tenant's limits", () => {
  it("are the defaults if nothing is set, and the hour allows five times one action's limit", () => {
    expect(actionLimits(limitsInForce())).toEqual({
      blast_radius_limit: 10,
      blast_radius_1h: 50,
      soak_s: 10,
      notify_within_s: 60,
      approval_expiry_s: 3600,
      approval_escalation_s: 900,
    });
    expect(limitsInForce()).toMatchObject({ alert_red_flips: 2, alert_budget_high_pct: 80, alert_told_h: 1 });
    expect(limitsInForce({ blast_radius_limit: 12 }).blast_radius_1h).toBe(60);
    expect(limitsInForce({ blast_radius_limit: 12, blast_radius_1h: 30 }).blast_radius_1h).toBe(30);
  });

  it('are set whole, with a reason, and a repeat writes nothing', () => {
    const { events, state } = set({ soak_s: 2, blast_radius_limit: 4 });
    expect(events).toEqual([
      { type: 'LimitsSet', data: { limits: { soak_s: 2, blast_radius_limit: 4 }, reason: 'a test' } },
    ]);
    const again = { kind: 'SetLimits', reason: 'again' } as const;
    expect(modeDecider.decide({ ...again, limits: { blast_radius_limit: 4, soak_s: 2 } }, state)).toEqual([]);
    expect(modeDecider.decide({ ...again, limits: {} }, state)).toHaveLength(1);
    expect(modeDecider.initial.limits).toEqual({ set: {}, set_at: null, set_by: null });
  });

  it.each(tenantLimitNames)('take %s within its bounds only', (name) => {
    const { least, most } = tenantLimitBounds[name];
    const rest = name === 'blast_radius_limit' ? { blast_radius_1h: 1_000_000_000 } : {};
    const one = name === 'blast_radius_1h' ? { blast_radius_limit: 1 } : {};
    for (const value of [least, most]) expect(pointersOf({ ...rest, ...one, [name]: value })).toEqual([]);
    for (const value of [least - 1, most + 1, Number.NaN, Infinity, '5', null, [5]])
      expect(pointersOf({ [name]: value })).toEqual([`/${name}`]);
  });

  it('name every fault', () => {
    expect(pointersOf({ soak_s: -1, blast_radius_limit: 1.5, soak: 3 })).toEqual([
      '/soak',
      '/blast_radius_limit',
      '/soak_s',
    ]);
    expect(pointersOf({ blast_radius_limit: 100, blast_radius_1h: 99 })).toEqual(['/blast_radius_1h']);
  });

  it('are decided again from their event', () => {
    const { events } = set({ soak_s: 2 });
    const command = { kind: 'SetLimits', limits: { soak_s: 2 }, reason: 'a test' } as const;
    expect(recalledDecision(modeDecider, command as never, modeDecider.initial)).toEqual(events);
  });
});
