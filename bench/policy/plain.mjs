import { compareRules, holds } from '@interlock/policy';

export const decisions = { allow: 'ALLOW', deny: 'DENY', needs_approval: 'NEEDS_APPROVAL' };

function matches(rule, { agent, action, context }) {
  if (rule.agent !== '*' && rule.agent !== agent) return false;
  if (rule.action !== '*' && rule.action !== action) return false;
  for (const { field, op, value } of rule.conditions) if (!holds(context[field], op, value)) return false;
  return true;
}

/**
 * The obvious implementation: the rules in their order, one after the other. Requests have every
 * field.
 */
export function plainLoop(rules) {
  const ordered = rules.toSorted(compareRules);
  return (request) => {
    for (const rule of ordered) if (matches(rule, request)) return decisions[rule.effect];
    return 'ABSTAIN';
  };
}

/** One evaluation of every rule: the cost of a request that no rule decides. */
export function wholePass(rules) {
  const ordered = rules.toSorted(compareRules);
  return (request) => {
    let count = 0;
    for (const rule of ordered) if (matches(rule, request)) count += 1;
    return count;
  };
}
