import type { PolicyDecision } from '@interlock/contracts';
import { compileCondition, testAll, type CompiledCondition, type EvaluationContext, type Truth } from './condition.js';
import { compareRules, type RuleEffect, type RuleV1 } from './rule.js';

export type CompiledRule = { readonly rule: RuleV1; readonly conditions: readonly CompiledCondition[]; readonly test: (context: EvaluationContext) => Truth };

/** A bundle ready to be evaluated; immutable, so that a new one replaces it whole. */
export type CompiledBundle = {
  /** The enabled rules that can govern a request, in the order they are looked at. */
  readonly rulesFor: (agent: string, action: string) => readonly CompiledRule[];
};

/** A tenant's bundle as the evaluator holds it: compiled once, named by its hash. */
export type EvaluableBundle = { readonly bundle_id: string; readonly version: string; readonly bundle_hash: string; readonly variant: 'active' | 'canary'; readonly compiled: CompiledBundle };

/** What a bundle says of a request. ABSTAIN: no rule matched. */
export type RuleOutcome = {
  readonly decision: PolicyDecision | 'ABSTAIN';
  /** The rule that made the decision; null where none did. */
  readonly rule: RuleV1 | null;
  /** Rules that matched, or counted as NEEDS_APPROVAL because of an unknown field, in order. */
  readonly counted: readonly { readonly rule: RuleV1; readonly unknown: boolean }[];
  /** Rules whose conditions were unknown, allow rules among them. */
  readonly unknown: readonly RuleV1[];
  /** How many of `rulesFor` were looked at. */
  readonly lookedAt: number;
};

const decisions: { readonly [effect in RuleEffect]: PolicyDecision } = { allow: 'ALLOW', deny: 'DENY', needs_approval: 'NEEDS_APPROVAL' };

const always: CompiledRule['test'] = () => true;

const compileRule = (rule: RuleV1): CompiledRule => {
  const conditions = rule.conditions.map(compileCondition);
  const [first] = conditions;
  if (first === undefined) return { rule, conditions, test: always };
  return { rule, conditions, test: conditions.length === 1 ? first.test : (context) => testAll(conditions, context) };
};

/** Compiles rules, given in any order: sorted once, indexed by agent and action on first use of a pair. */
export const compileBundle = (rules: readonly RuleV1[]): CompiledBundle => {
  const sorted = rules.filter(({ enabled }) => enabled).sort(compareRules).map(compileRule);
  const agents = new Set(sorted.map(({ rule }) => rule.agent));
  const actions = new Set(sorted.map(({ rule }) => rule.action));
  const index = new Map<string, Map<string, readonly CompiledRule[]>>();
  return {
    rulesFor: (agent, action) => {
      // Names that no rule has share the wildcards' list, so that requests can't fill the index.
      const agentKey = agents.has(agent) ? agent : '*';
      const actionKey = actions.has(action) ? action : '*';
      const known = index.get(agentKey)?.get(actionKey);
      if (known !== undefined) return known;
      const list = sorted.filter(({ rule }) => (rule.agent === '*' || rule.agent === agentKey) && (rule.action === '*' || rule.action === actionKey));
      const ofAgent = index.get(agentKey) ?? new Map<string, readonly CompiledRule[]>();
      index.set(agentKey, ofAgent.set(actionKey, list));
      return list;
    },
  };
};

const ofUnknown = (counted: RuleOutcome['counted'], unknown: readonly RuleV1[], lookedAt: number): RuleOutcome =>
  ({ decision: counted.length === 0 ? 'ABSTAIN' : 'NEEDS_APPROVAL', rule: counted[0]?.rule ?? null, counted, unknown, lookedAt });

/**
 * The first rule that matches decides. A deny or needs_approval rule that is unknown counts as NEEDS_APPROVAL; from then on the
 * decision can only become stricter: every later rule is looked at, one that denies denies, one that allows changes nothing.
 */
export const evaluateRules = (bundle: CompiledBundle, agent: string, action: string, context: EvaluationContext): RuleOutcome => {
  const rules = bundle.rulesFor(agent, action);
  const counted: { rule: RuleV1; unknown: boolean }[] = [];
  const unknown: RuleV1[] = [];
  for (let i = 0; i < rules.length; i += 1) {
    const { rule, test } = rules[i]!;
    const truth = test(context);
    if (truth === false) continue;
    if (truth === undefined) {
      unknown.push(rule);
      if (rule.effect !== 'allow') counted.push({ rule, unknown: true });
      continue;
    }
    if (counted.length === 0) return { decision: decisions[rule.effect], rule, counted: [{ rule, unknown: false }], unknown, lookedAt: i + 1 };
    if (rule.effect === 'allow') continue;
    counted.push({ rule, unknown: false });
    if (rule.effect === 'deny') return { decision: 'DENY', rule, counted, unknown, lookedAt: i + 1 };
  }
  return ofUnknown(counted, unknown, rules.length);
};
