import { cutText } from '@interlock/kernel';
import type { JsonValue } from '@interlock/contracts';
import type { RuleAnalysis } from '../analysis/rule-analysis.js';
import type { Condition } from '../condition/condition.js';
import type { RuleV1 } from '../rules/rule.js';
import { nextVersion } from '../rules/semver.js';
import type { LintFinding, PatchStep } from './finding.js';
import type { Invariant } from './lint.js';

type Suggestion = LintFinding['suggestion'];

/** The schema's bounds of a priority. */
const [lowest, highest] = [-1_000_000, 1_000_000];
const priority = (path: string, value: number): PatchStep => ({
  op: 'replace',
  path: `${path}/priority`,
  value,
});
const top = (rules: readonly RuleV1[]): number =>
  Math.min(
    highest,
    rules.reduce((most, rule) => Math.max(most, rule.priority + 1), lowest),
  );
const disable = (path: string): PatchStep => ({ op: 'add', path: `${path}/enabled`, value: false });

/** Returns the fix for a conflict: the deny rule is examined first. */
export const firstOf = (deny: RuleV1, denyPath: string, allow: RuleV1, allowPath: string): Suggestion =>
  deny.priority < highest
    ? { text: `let \`${deny.id}\` be looked at first`, patch: [priority(denyPath, deny.priority + 1)] }
    : { text: `let \`${allow.id}\` be looked at later`, patch: [priority(allowPath, allow.priority - 1)] };

const opposite: { readonly [op in Condition['op']]: Condition['op'] } = {
  '>=': '<',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '==': '!=',
  '!=': '==',
};
const conditionJson = ({ field, op, value }: Condition): JsonValue => ({ field, op, value });

/**
 * Returns the fix for an overridden rule, so that no other rule decides its requests. An allow rule
 * excludes those requests, or is disabled if conditions cannot express that. A deny rule is
 * examined before all allow rules. INVARIANT: either makes the bundle stricter. `others` is empty
 * if there are too many.
 */
export const apart = (
  rule: RuleV1,
  others: readonly RuleV1[],
  analysis: RuleAnalysis,
  pathOf: (rule: RuleV1) => string,
): Suggestion => {
  const path = pathOf(rule);
  if (rule.effect !== 'allow') {
    const before = analysis.rules.filter((one) => one.effect === 'allow' && one.priority > rule.priority);
    return before.every((one) => one.priority < highest)
      ? { text: `let \`${rule.id}\` be looked at first`, patch: [priority(path, top(analysis.rules))] }
      : {
          text: `let what allows be looked at after \`${rule.id}\``,
          patch: before.map((one) => priority(pathOf(one), rule.priority - 1)),
        };
  }
  const own = rule.conditions.map((one) => JSON.stringify(conditionJson(one)));
  const excluded = others.map(({ conditions }) =>
    conditions.find((one) => !own.includes(JSON.stringify(conditionJson(one)))),
  );
  if (others.length === 0 || excluded.some((one) => one === undefined))
    return {
      text: `turn \`${rule.id}\` off, or put what it allows beside the others into rules of its own`,
      patch: [disable(path)],
    };
  const added = [
    ...new Map(
      excluded.map((one) => ({ ...one!, op: opposite[one!.op] })).map((one) => [JSON.stringify(one), one]),
    ).values(),
  ];
  return {
    text: `say in \`${rule.id}\` itself where it does not hold`,
    patch: [
      { op: 'add', path: `${path}/conditions`, value: [...rule.conditions, ...added].map(conditionJson) },
    ],
  };
};

/**
 * Returns the fix for a violated invariant: a rule with the highest priority that denies the
 * forbidden requests.
 */
export const againstInvariant = (
  { id, description, never, agent, action, conditions }: Invariant,
  rules: readonly RuleV1[],
): Suggestion => {
  const free = (name: string): string => (rules.some((rule) => rule.id === name) ? free(`${name}-2`) : name);
  const asks = never === 'DENY';
  const rule = {
    id: free(cutText(`invariant-${id}`, 120)),
    agent,
    action,
    effect: asks ? 'needs_approval' : 'deny',
    priority: top(rules),
    conditions: conditions.map(conditionJson),
    reason: cutText(description.trim().length >= 10 ? description : `Keeps the invariant ${id}`, 1024),
    ...(asks ? { budget: { cost: 0, compute: 0 } } : {}),
  };
  return {
    text: `let a rule ${asks ? 'ask' : 'deny'} first`,
    patch: [{ op: 'add', path: '/rules/-', value: rule }],
  };
};

export const majorStep = (previous: string): Suggestion => {
  const version = nextVersion(previous, 'major');
  return { text: `call it ${version}`, patch: [{ op: 'replace', path: '/version', value: version }] };
};

/**
 * Returns the fix for rules that overlap too much to analyse. Allow rules are disabled, so that
 * they do no harm until they are divided.
 */
export const withoutAllowing = (rules: readonly RuleV1[], pathOf: (rule: RuleV1) => string): Suggestion => ({
  text: 'turn off what allows, until the rules have been made to overlap less',
  patch: rules
    .filter(({ effect, enabled }) => effect === 'allow' && enabled)
    .map((rule) => disable(pathOf(rule))),
});
