import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import { createValidationPipe } from '@interlock/platform';
import { PutAutoApprovalDto, PutBudgetDto, PutModeDto } from '../src/autonomy.dto.js';

const pointers = async (metatype: new () => object, value: object): Promise<readonly string[]> => {
  try {
    await createValidationPipe().transform(value, { type: 'body', metatype });
  } catch (error) {
    if (isProblem(error, 'validation-failed'))
      return [...new Set(error.violations.map(({ pointer }) => pointer))];
    throw error;
  }
  return [];
};
const budget = { account_id: 'a', max_autonomous_per_day: 1 };

describe('a setting', () => {
  it.each<[string, new () => object, object, string]>([
    ['mode', PutModeDto, { mode: 'DISABLED', reason: 'a test', account_id: null }, '/account_id'],
    ['mode', PutModeDto, { mode: 'DISABLED', reason: 'a test', action_type: null }, '/action_type'],
    ['mode', PutModeDto, { mode: 'DISABLED', reason: 'a test', time_zone: null }, '/time_zone'],
    ['mode', PutModeDto, { mode: null, reason: 'a test', time_zone: 'UTC' }, '/mode'],
    ['budget', PutBudgetDto, { ...budget, max_per_action_type: null }, '/max_per_action_type'],
    ['budget', PutBudgetDto, { ...budget, decay_if_unused: null }, '/decay_if_unused'],
    ['budget', PutBudgetDto, { ...budget, max_amounts_per_day: null }, '/max_amounts_per_day'],
    ['budget', PutBudgetDto, { ...budget, max_amounts_per_day: { cost: null } }, '/max_amounts_per_day/cost'],
    ['auto-approval policy', PutAutoApprovalDto, { kill_switch: null }, '/kill_switch'],
    ['auto-approval policy', PutAutoApprovalDto, { confidence_thresholds: null }, '/confidence_thresholds'],
    ['auto-approval policy', PutAutoApprovalDto, { blocked_action_types: null }, '/blocked_action_types'],
    [
      'auto-approval policy',
      PutAutoApprovalDto,
      { automatic_lifecycle_states: null },
      '/automatic_lifecycle_states',
    ],
  ])(
    'that is null is refused, for it is neither a %s nor its absence: %o',
    async (_what, metatype, value, pointer) => {
      expect(await pointers(metatype, value)).toEqual([pointer]);
    },
  );

  it('is sent back as the API answers it', async () => {
    const of = { pk: 'TENANT#demo', sk: 'AUTONOMY#DEFAULT', tenant_id: 'demo', updated_at: '2026-11-30' };
    const written = { updated_by: null, policy_version: 'AutonomyModeConfigV1' };
    expect(await pointers(PutModeDto, { mode: 'DISABLED', ...of, ...written })).toEqual([]);
    expect(await pointers(PutBudgetDto, { ...budget, ...of })).toEqual([]);
    const { tenant_id, updated_at } = of;
    expect(await pointers(PutAutoApprovalDto, { tenant_id, updated_at, ...written })).toEqual([]);
    expect(await pointers(PutBudgetDto, { ...budget, more: 1 })).toEqual(['/more']);
  });

  it('is no longer asked for once it is left out', async () => {
    expect(await pointers(PutModeDto, { mode: 'DISABLED', reason: 'a test' })).toEqual([]);
    expect(await pointers(PutBudgetDto, budget)).toEqual([]);
    expect(await pointers(PutAutoApprovalDto, {})).toEqual([]);
  });
});
