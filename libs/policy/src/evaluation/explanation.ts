import type { JsonObject, JsonValue, PolicyDecision, Reason } from '@interlock/contracts';
import { onlyFault, type RuleOutcome } from '../rules/rule-index.js';
import type { EvaluableBundle } from './evaluate.js';
import type { RolloutFloor } from './routing.js';
import {
  conditionText,
  unknownFieldsOf,
  type Condition,
  type EvaluationContext,
} from '../condition/condition.js';
import type { CompiledPolicies, PolicyOutcome } from '../policy/evaluation.js';

const nearMissLimit = 8;

const missed = (condition: Condition, context: EvaluationContext): JsonObject => ({
  field: condition.field,
  op: condition.op,
  value: condition.value,
  actual: context[condition.field] ?? null,
});

/** Returns the examined rules and policies that one condition kept from matching, at most eight. */
export const nearMisses = (
  policies: CompiledPolicies,
  bundle: EvaluableBundle | null,
  rules: RuleOutcome,
  agent: string,
  action: string,
  context: EvaluationContext,
): JsonObject[] => {
  const misses: JsonObject[] =
    bundle === null
      ? []
      : bundle.compiled
          .nearMisses(agent, action, context, rules.lookedTo, nearMissLimit)
          .map(({ rule, condition }) => ({
            rule_id: rule.id,
            effect: rule.effect,
            ...missed(condition, context),
          }));
  for (const { policy } of policies.policiesFor(action)) {
    if (misses.length === nearMissLimit) return misses;
    const fault = onlyFault(policy.conditions, context);
    if (fault !== undefined)
      misses.push({ policy_id: policy.policy_id, decision: policy.decision, ...missed(fault, context) });
  }
  return misses;
};

const verbs = { allow: 'allows it', deny: 'denies it', needs_approval: 'asks for an approval' } as const;
const ruleCodes = {
  allow: 'allowed-by-rule',
  deny: 'denied-by-rule',
  needs_approval: 'approval-by-rule',
} as const;
const policyVerbs = {
  ALLOW: 'allows it',
  DENY: 'denies it',
  CONFIRM: 'opens the confirmation window',
} as const;
const policyCodes = {
  ALLOW: 'allowed-by-policy',
  DENY: 'denied-by-policy',
  CONFIRM: 'confirm-by-policy',
} as const;

const because = (text: string): string => (text === '' ? '' : `: ${text}`);
/** Returns the note that a denial is temporary. */
const deferral = (seconds: number | undefined): string =>
  seconds === undefined ? '' : ` for now, to be tried again after ${seconds} s`;
const fieldList = (
  conditions: readonly Condition[],
  context: EvaluationContext,
): { readonly text: string; readonly fields: readonly JsonValue[] } => {
  const fields = unknownFieldsOf(conditions, context);
  return { text: fields.map((field) => `\`${field}\``).join(', '), fields };
};

const ruleReasons = (
  rules: RuleOutcome,
  bundle: EvaluableBundle | null,
  context: EvaluationContext,
): Reason[] => {
  const version = bundle?.version ?? '';
  const ids = (id: string): { readonly [name: string]: JsonValue } => ({
    rule_id: id,
    bundle_version: version,
  });
  const matched = rules.counted
    .filter(({ unknown }) => !unknown)
    .map(({ rule }): Reason => ({
      code: ruleCodes[rule.effect],
      detail: `rule \`${rule.id}\` of bundle ${version} ${verbs[rule.effect]}${deferral(rule.retry_after_s)}${because(rule.reason)}`,
      ...ids(rule.id),
      when: rule.conditions.map(conditionText),
      ...(rule.retry_after_s === undefined ? {} : { retry_after_s: rule.retry_after_s }),
    }));
  const unknown = rules.unknown.map((rule): Reason => {
    const { text, fields } = fieldList(rule.conditions, context);
    const effect = rule.effect === 'allow' ? 'so it does not match' : 'so it counts as needing an approval';
    return {
      code: 'unknown-field',
      detail: `rule \`${rule.id}\` of bundle ${version} looks at ${text}, which the request lacks, ${effect}`,
      ...ids(rule.id),
      fields,
    };
  });
  return [...matched, ...unknown];
};

const policyReasons = (policies: PolicyOutcome, context: EvaluationContext): Reason[] => [
  ...policies.counted.map(({ policy, unknown }): Reason => {
    const ids = {
      policy_id: policy.policy_id,
      policy_version: policy.version,
    };
    if (!unknown)
      return {
        code: policyCodes[policy.decision],
        detail: `policy \`${policy.name}\` ${policyVerbs[policy.decision]}`,
        ...ids,
      };
    const { text, fields } = fieldList(policy.conditions, context);
    const effect =
      policy.decision === 'ALLOW' ? 'so only its limits count' : 'so it counts as needing an approval';
    return {
      code: 'unknown-field',
      detail: `policy \`${policy.name}\` looks at ${text}, which the request lacks, ${effect}`,
      ...ids,
      fields,
    };
  }),
  ...policies.exceeded.map((policy): Reason => ({
    code: 'confirm-above-entities',
    policy_id: policy.policy_id,
    limit: policy.confirm_above_entities,
    affected: context['affected_entity_count'] ?? null,
    detail: `policy \`${policy.name}\` opens the window above ${policy.confirm_above_entities} entities, ${String(context['affected_entity_count'] ?? 'an unknown number')} are affected`,
  })),
];

const floors: { readonly [floor in RolloutFloor]: Reason } = {
  bypassed: {
    code: 'policy-bypassed',
    detail: 'policies are bypassed: no bundle decides and everything needs an approval',
  },
  withdrawn: {
    code: 'bundle-withdrawn',
    detail: 'the bundle was rolled back and there is none before it: everything needs an approval',
  },
};

const denials: readonly string[] = ['denied-by-rule', 'denied-by-policy'];

const weight: { readonly [code: string]: number } = {
  'denied-by-rule': 0,
  'denied-by-policy': 1,
  'approval-by-rule': 2,
  'confirm-by-policy': 4,
  'confirm-above-entities': 5,
  'allowed-by-rule': 6,
  'allowed-by-policy': 7,
};

/** Returns the reasons for the decision, strictest cause first. */
export const reasonsOf = (
  decision: PolicyDecision,
  policies: PolicyOutcome,
  rules: RuleOutcome,
  bundle: EvaluableBundle | null,
  context: EvaluationContext,
  floor: RolloutFloor | null = null,
): readonly Reason[] => {
  const all = [...ruleReasons(rules, bundle, context), ...policyReasons(policies, context)];
  // A rule that allows or asks is not the cause of a denial.
  const found = decision === 'DENY' ? all.filter(({ code }) => denials.includes(code)) : all;
  const abstained = floor === null && policies.decision === 'ABSTAIN' && rules.decision === 'ABSTAIN';
  const nothing: Reason[] =
    abstained && decision === 'NEEDS_APPROVAL'
      ? [
          {
            code: 'nothing-matched',
            detail:
              bundle === null && policies.counted.length === 0
                ? 'no policy and no rule governs this action'
                : 'no policy and no rule matches',
          },
        ]
      : [];
  return [
    ...nothing,
    ...(floor === null ? [] : [floors[floor]]),
    ...found.sort((a, b) => (weight[a.code] ?? 3) - (weight[b.code] ?? 3)),
  ];
};

/** A text for people: the decision and its reasons. */
export const explain = (decision: PolicyDecision, reasons: readonly Reason[]): string =>
  `${decision}: ${reasons.map(({ detail }) => detail).join('; ')}`;
