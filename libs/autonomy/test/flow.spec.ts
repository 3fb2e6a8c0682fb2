import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import {
  answerOf,
  budgetDayDecider,
  defaultAutoApprovalConfig,
  evaluateAutoApproval,
  type AutoApprovalPolicyInputV1,
} from '../src/index.js';
import { casesOf } from './acceptance.js';

const inputs: { readonly [decision: string]: Partial<AutoApprovalPolicyInputV1> } = {
  BLOCK: { autonomy_mode: 'DISABLED' },
  REQUIRE_APPROVAL: { risk_level: 'HIGH' },
  AUTO_EXECUTE: {},
};

/**
 * The order of policy and budget: first the policy, then the budget only on AUTO_EXECUTE, then
 * execution or a person.
 */
const flow = (decision: string, budget: number) => {
  const result = evaluateAutoApproval(
    {
      action_type: 'x',
      confidence_score: 0.99,
      risk_level: 'LOW',
      tenant_id: 't1',
      account_id: 'a1',
      autonomy_mode: 'AUTO_EXECUTE',
      ...inputs[decision],
    },
    defaultAutoApprovalConfig,
  );
  expect(result.decision).toBe(decision);
  if (result.decision !== 'AUTO_EXECUTE')
    return {
      budget_called: false,
      result,
      route: result.decision === 'BLOCK' ? 'blocked' : 'human_approval',
    };
  const state = fold(
    budgetDayDecider,
    budgetDayDecider.decide(
      { kind: 'Consume', action_id: 'one', action_type: 'x', limit: budget, type_limit: null },
      budgetDayDecider.initial,
    ),
  );
  return {
    budget_called: true,
    result,
    route: answerOf(state, 'one', '2026-01-28')!.consumed ? 'execute' : 'human_approval',
  };
};

describe("the place of policy and budget, as the seed's cases have it", () => {
  for (const { id, input, expect: wanted } of casesOf('execution_flow')) {
    it(id, () => {
      const { budget_called, result, route } = flow(
        input['decision'] as string,
        input['check_and_consume'] === true ? 1 : 0,
      );
      expect({ budget_called, route }).toEqual({
        budget_called: wanted['budget_called'],
        route: wanted['route'],
      });
      for (const member of (wanted['stored'] ?? []) as string[]) expect(result).toHaveProperty(member);
    });
  }

  it('an exhausted budget goes to a person', () =>
    expect(flow('AUTO_EXECUTE', 0)).toMatchObject({ budget_called: true, route: 'human_approval' }));
});
