import type { PolicyDecision } from '@interlock/contracts';
import { truthOf, type EvaluationContext, type Truth } from '../condition/condition.js';
import { ruleEffects, type RuleV1 } from './rule.js';

/**
 * Decides by a direct implementation of the policy rules, without index or compilation, against
 * which the fast evaluator is tested.
 */
export const referenceDecision = (
  rules: readonly RuleV1[],
  agent: string,
  action: string,
  context: EvaluationContext,
): { readonly decision: PolicyDecision | 'ABSTAIN'; readonly rule: string | null } => {
  const order = ['deny', 'needs_approval', 'allow'] satisfies (typeof ruleEffects)[number][];
  const governing = rules
    .filter(
      (rule) => rule.enabled && [agent, '*'].includes(rule.agent) && [action, '*'].includes(rule.action),
    )
    .sort(
      (a, b) =>
        b.priority - a.priority ||
        order.indexOf(a.effect) - order.indexOf(b.effect) ||
        (a.id < b.id ? -1 : 1),
    );

  const truth = (rule: RuleV1): Truth => {
    const all = rule.conditions.map((condition) => truthOf(condition, context));
    if (all.includes(false)) return false;
    return all.includes(undefined) ? undefined : true;
  };

  let asked: string | null = null;
  for (const rule of governing) {
    const matches = truth(rule);
    if (matches === false) continue;
    if (matches === undefined) {
      if (rule.effect !== 'allow') asked ??= rule.id;
      continue;
    }
    if (rule.effect === 'deny') return { decision: 'DENY', rule: rule.id };
    if (asked !== null) continue;
    return { decision: rule.effect === 'allow' ? 'ALLOW' : 'NEEDS_APPROVAL', rule: rule.id };
  }
  return asked === null ? { decision: 'ABSTAIN', rule: null } : { decision: 'NEEDS_APPROVAL', rule: asked };
};
