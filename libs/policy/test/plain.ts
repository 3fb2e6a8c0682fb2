import {
  compareRules,
  conditionText,
  truthOf,
  type EvaluationContext,
  type RuleV1,
  type Truth,
} from '../src/index.js';

const truth = ({ conditions }: RuleV1, context: EvaluationContext): Truth => {
  const all = conditions.map((condition) => truthOf(condition, context));
  if (all.includes(false)) return false;
  return all.includes(undefined) ? undefined : true;
};

/** The whole outcome of a bundle, rule by rule and without an index, to test the index against. */
export const plainOutcome = (
  rules: readonly RuleV1[],
  agent: string,
  action: string,
  context: EvaluationContext,
) => {
  const sorted = rules.filter(({ enabled }) => enabled).sort(compareRules);
  const governing = sorted.filter(
    (rule) => [agent, '*'].includes(rule.agent) && [action, '*'].includes(rule.action),
  );
  const counted: { readonly id: string; readonly unknown: boolean }[] = [];
  const unknown: string[] = [];
  let decided: RuleV1 | undefined;
  for (const rule of governing) {
    const matches = truth(rule, context);
    if (matches === false) continue;
    if (matches === undefined) unknown.push(rule.id);
    if (rule.effect === 'allow' && (matches === undefined || counted.length > 0)) continue;
    counted.push({ id: rule.id, unknown: matches === undefined });
    if (matches === true && (counted.length === 1 || rule.effect === 'deny')) {
      decided = rule;
      break;
    }
  }
  const looked = governing.slice(
    0,
    decided === undefined ? governing.length : governing.indexOf(decided) + 1,
  );
  const near = looked.flatMap((rule) => {
    const faults = rule.conditions.filter((condition) => truthOf(condition, context) !== true);
    return faults.length === 1 && truthOf(faults[0]!, context) === false
      ? [{ id: rule.id, condition: conditionText(faults[0]!) }]
      : [];
  });
  return { rule: decided?.id ?? counted[0]?.id ?? null, counted, unknown, near: near.slice(0, 8) };
};
