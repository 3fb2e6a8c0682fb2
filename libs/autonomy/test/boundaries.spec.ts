import { describe, expect, it } from '@jest/globals';
import { given } from '@interlock/kernel';
import {
  autoApprovalDecider,
  budgetDecider,
  checkAutoApprovalInput,
  checkAutoApprovalResult,
  defaultAutoApprovalConfig,
  isTimeZone,
  limitsOn,
  unusedDays,
  type AutoApprovalConfig,
  type BudgetLimits,
} from '../src/index.js';
import { budgetOf, day, limits } from './budgets.js';

describe('a budget that is set again', () => {
  const full: Partial<BudgetLimits> = {
    max_autonomous_per_day: 10,
    decay_if_unused: true,
    max_per_action_type: { a: 1, b: 2 },
    max_amounts_per_day: { cost: 5 },
  };
  const { events } = given(budgetDecider, []).when({
    kind: 'SetBudget',
    account_id: 'a1',
    limits: limits(full),
  });
  const again = (over: Partial<BudgetLimits>): number =>
    given(budgetDecider, events).when({
      kind: 'SetBudget',
      account_id: 'a1',
      limits: limits({ ...full, ...over }),
    }).events.length;

  it('is written if any part of it changes', () => {
    expect(again({})).toBe(0);
    const others: readonly Partial<BudgetLimits>[] = [
      { max_autonomous_per_day: 11 },
      { decay_if_unused: false },
      { max_per_action_type: { a: 1, b: 3 } },
      { max_per_action_type: { a: 1 } },
      { max_per_action_type: { a: 1, b: 2, c: 3 } },
      { max_amounts_per_day: { cost: 6 } },
    ];
    expect(others.map(again)).toEqual(others.map(() => 1));
  });

  it('is neither decided nor removed twice', () => {
    const remove = { kind: 'RemoveBudget', account_id: 'a1' } as const;
    expect(given(budgetDecider, events).when(remove).events).toHaveLength(1);
    expect(given(budgetDecider, []).when(remove)).toMatchObject({ events: [], error: undefined });
  });
});

describe('the limits of a day', () => {
  it('name the limits of amounts only if the budget has them', () => {
    const most = { cost: 5 };
    expect(limitsOn(budgetOf({ max_amounts_per_day: most }), 'x', day, null, 'UTC').most).toEqual(most);
    expect(limitsOn(budgetOf({}), 'x', day, null, 'UTC')).not.toHaveProperty('most');
  });

  it('count unused days from the later of its setting and its last use', () => {
    expect(unusedDays('2026-01-28', '2026-01-26', '2026-01-20')).toBe(1);
    expect(unusedDays('2026-01-28', '2026-01-20', '2026-01-25')).toBe(2);
    expect(unusedDays('2026-01-28', null, '2026-01-25')).toBe(2);
  });
});

describe('the auto-approval policy that is set again', () => {
  const config = {
    ...defaultAutoApprovalConfig,
    blocked_action_types: ['a', 'b'],
    automatic_lifecycle_states: ['ACTIVE', 'NEW'],
  };
  const { events } = given(autoApprovalDecider, []).when({ kind: 'ConfigureAutoApproval', config });
  const again = (over: Partial<AutoApprovalConfig>): number =>
    given(autoApprovalDecider, events).when({ kind: 'ConfigureAutoApproval', config: over }).events.length;

  it('is written if any part of it changes', () => {
    const { confidence_thresholds: thresholds } = config;
    expect(again({})).toBe(0);
    expect(again(config)).toBe(0);
    const others: readonly Partial<AutoApprovalConfig>[] = [
      { kill_switch: !config.kill_switch },
      { confidence_thresholds: { ...thresholds, LOW: 0.123 } },
      { confidence_thresholds: { ...thresholds, MEDIUM: 0.123 } },
      { confidence_thresholds: { ...thresholds, HIGH: 0.123 } },
      { blocked_action_types: ['a'] },
      { blocked_action_types: ['a', 'c'] },
      { blocked_action_types: ['a', 'b', 'c'] },
      { automatic_lifecycle_states: ['ACTIVE'] },
      { automatic_lifecycle_states: ['ACTIVE', 'OLD'] },
    ];
    expect(others.map(again)).toEqual(others.map(() => 1));
  });
});

describe('the shapes of the auto-approval policy', () => {
  const input = {
    action_type: 'cell_failover',
    confidence_score: 0.5,
    risk_level: 'LOW',
    lifecycle_state: 'ACTIVE',
    tenant_id: 't1',
    account_id: 'a1',
    autonomy_mode: 'AUTO_EXECUTE',
    external_contact: true,
  };
  const result = {
    decision: 'BLOCK',
    reason: 'TENANT_POLICY',
    explanation: 'because',
    policy_version: 'AutoApprovalPolicyV1',
    policy_clause: 'c',
  };
  const pointers = (check: typeof checkAutoApprovalInput, of: object, over: object): readonly string[] =>
    check({ ...of, ...over }).map(({ pointer }) => pointer);

  it('accept valid values', () => {
    expect(pointers(checkAutoApprovalInput, input, {})).toEqual([]);
    expect(pointers(checkAutoApprovalInput, input, { lifecycle_state: undefined })).toEqual([]);
    expect(pointers(checkAutoApprovalInput, input, { confidence_score: 0 })).toEqual([]);
    expect(pointers(checkAutoApprovalInput, input, { confidence_score: 1 })).toEqual([]);
  });

  it.each<readonly [string, unknown]>([
    ...Object.keys(input).flatMap((name): readonly (readonly [string, unknown])[] => [
      [name, null],
      [name, {}],
      [name, ['LOW']],
    ]),
    ['action_type', 7],
    ['account_id', 7],
    ['tenant_id', 7],
    ['confidence_score', '0.5'],
    ['confidence_score', -0.001],
    ['confidence_score', 1.001],
    ['lifecycle_state', ''],
    ['lifecycle_state', 7],
    ['external_contact', 'true'],
    ['external_contact', 1],
  ])('an input with %s as %j is refused for that alone', (name, value) =>
    expect(pointers(checkAutoApprovalInput, input, { [name]: value })).toEqual([`/${name}`]),
  );

  it.each([
    ['decision', null],
    ['reason', 7],
    ['explanation', ' '],
    ['explanation', 7],
    ['policy_version', 'AutoApprovalPolicyV2'],
    ['policy_clause', ''],
    ['policy_clause', 7],
  ] as const)('a result with %s as %j is refused for that alone', (name, value) =>
    expect(pointers(checkAutoApprovalResult, result, { [name]: value })).toEqual([`/${name}`]),
  );

  it('only BLOCK and REQUIRE_APPROVAL need a reason', () => {
    const reasonless = (decision: string) =>
      checkAutoApprovalResult({ ...result, decision, reason: undefined });
    expect(reasonless('AUTO_EXECUTE')).toEqual([]);
    for (const decision of ['BLOCK', 'REQUIRE_APPROVAL'])
      expect(reasonless(decision)).toEqual([
        { pointer: '/reason', detail: `is missing: ${decision} always has one` },
      ]);
    expect(checkAutoApprovalResult('nothing')).toEqual([{ pointer: '', detail: 'must be an object' }]);
  });
});

describe('zones', () => {
  it('are whole texts', () =>
    expect(['Europe/Berlin', '+01:00', ' UTC', 'UTC '].map(isTimeZone)).toEqual([true, false, false, false]));
});
