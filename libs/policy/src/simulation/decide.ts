import type { PolicyDecision } from '@interlock/contracts';
import type { EvaluationContext } from '../condition/condition.js';
import { combined } from '../evaluation/evaluate.js';
import { evaluatePolicies, type CompiledPolicies } from '../policy/evaluation.js';
import type { RuleDecision, RuleIndex } from '../rules/rule-index.js';
import type { RuleV1 } from '../rules/rule.js';

/** The decision of both layers, and the rule behind the bundle's part of it. */
export type FullDecision = { readonly decision: PolicyDecision; readonly rule: RuleV1 | null };

const abstains: RuleDecision = { decision: 'ABSTAIN', rule: null };

/**
 * Returns only the decision of `evaluate`, without reasons and near misses. If `rules` is null,
 * there is no bundle.
 */
export const decideFully = (
  policies: CompiledPolicies,
  rules: RuleIndex | null,
  agent: string,
  action: string,
  context: EvaluationContext,
): FullDecision => {
  const said = rules === null ? abstains : rules.decide(agent, action, context);
  return { decision: combined(evaluatePolicies(policies, action, context), said), rule: said.rule };
};
