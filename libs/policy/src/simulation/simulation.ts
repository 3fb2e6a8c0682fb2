import type { JsonValue, PolicyDecision } from '@interlock/contracts';
import { amountOf, compareAmounts, noAmount, numberOf, plus, times, type Amount } from '@interlock/kernel';
import { evaluate, noPolicies, type EvaluableBundle } from '../evaluation/evaluate.js';
import type { CompiledPolicies } from '../policy/evaluation.js';
import { compareRules, type RuleEffect, type RuleV1 } from '../rules/rule.js';
import type { SimulationCase } from './case.js';
import type { FlipCounts } from '../bundle/flips.js';

/** The limits of total spending. Only more than a limit is a breach. */
export type SimulationLimits = { readonly cost: number; readonly compute: number };
export const defaultLimits: SimulationLimits = { cost: 1000, compute: 100 };

export const caseEffects = ['allow', 'deny', 'needs_approval', 'no_match'] as const;
/** The outcome of a bundle's rules for a case. */
export type CaseEffect = RuleEffect | 'no_match';

export type SimulatedCase = Pick<
  SimulationCase,
  'id' | 'name' | 'group' | 'agent' | 'action' | 'recorded'
> & {
  readonly effect: CaseEffect;
  /** The deciding rule. */
  readonly rule_id: string | null;
  readonly matched_rules: readonly string[];
  readonly unknown_fields: readonly string[];
  readonly explanation: string;
  readonly budget: { readonly cost: number; readonly compute: number };
  /** The decision of both layers together; only with policies. */
  readonly decision?: PolicyDecision;
  /** Rules, and policies if included, that a single condition kept from matching. */
  readonly near_misses?: readonly JsonValue[];
};

export type SimulationReport = {
  readonly bundle: {
    readonly bundle_id: string | null;
    readonly version: string;
    readonly bundle_hash: string;
  };
  readonly total: number;
  readonly counts: { readonly [effect in CaseEffect]: number };
  /** The decisions of both layers; only with policies. */
  readonly decisions?: { readonly [decision in PolicyDecision]: number };
  /** The changes from the recorded decision to the present one; only for a replay. */
  readonly changes?: FlipCounts;
  /** Cases in which a rule or policy read a field that the case lacks. */
  readonly unknown: number;
  /** Every enabled rule, in evaluation order. */
  readonly rules: readonly {
    readonly rule_id: string;
    readonly effect: RuleEffect;
    readonly hits: number;
    readonly cost: number;
    readonly compute: number;
  }[];
  /** The total over the cases that would go on, because they are allowed or ask for an approval. */
  readonly total_cost: number;
  readonly total_compute: number;
  readonly limits: SimulationLimits;
  readonly cost_breach: boolean;
  readonly compute_breach: boolean;
};

export type SimulationOptions = {
  readonly bundle: EvaluableBundle;
  /** The rules of the same bundle. */
  readonly rules: readonly RuleV1[];
  readonly bundle_id: string | null;
  /** The policies; null simulates the bundle alone. */
  readonly policies: CompiledPolicies | null;
  readonly limits?: SimulationLimits;
  /** Whether the results include near misses. */
  readonly nearMisses?: boolean;
};

type Tally = { hits: number; /** Those whose budget counts. */ spent: number };

const effects = {
  ALLOW: 'allow',
  DENY: 'deny',
  NEEDS_APPROVAL: 'needs_approval',
  CONFIRM: 'allow',
  ABSTAIN: 'no_match',
} as const;
const noThresholds = { LOW: 0, MEDIUM: 0, HIGH: 0 };

/** Simulates a bundle case by case, without other inputs and without effects. */
export class Simulation {
  readonly #options: SimulationOptions;
  readonly #tallies: ReadonlyMap<string, Tally>;
  readonly #counts = { allow: 0, deny: 0, needs_approval: 0, no_match: 0 };
  readonly #decisions = { ALLOW: 0, CONFIRM: 0, NEEDS_APPROVAL: 0, DENY: 0 };
  readonly #changes = new Map<string, number>();
  readonly #rules: readonly RuleV1[];
  /** Each repeated text, kept once. */
  readonly #texts = new Map<string, string>();
  #total = 0;
  #unknown = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#rules = options.rules.filter(({ enabled }) => enabled).toSorted(compareRules);
    this.#tallies = new Map(this.#rules.map(({ id }) => [id, { hits: 0, spent: 0 }]));
  }

  /** Decides a case and counts it. Throws `internal-error` if the evaluation throws. */
  add(one: SimulationCase): SimulatedCase {
    const { bundle, policies, nearMisses = false } = this.#options;
    const {
      decision,
      reasons,
      explanation,
      bundle: said,
      matched_rules,
      unknown_fields,
      near_misses,
      budget,
    } = evaluate({
      evaluation_id: one.id,
      trace_id: '',
      agent: one.agent,
      action_type: one.action,
      context: one.context,
      policies: policies ?? noPolicies,
      bundle,
      confidence_thresholds: noThresholds,
      versions: {},
      position: '0',
    });
    const effect = effects[said.decision];
    this.#total += 1;
    this.#counts[effect] += 1;
    if (unknown_fields.length > 0) this.#unknown += 1;
    if (said.rule_id !== null)
      this.#tally(said.rule_id, effect !== 'deny' && (policies === null || decision !== 'DENY'));
    if (policies !== null) this.#decisions[decision] += 1;
    if (one.recorded !== undefined && one.recorded.decision !== decision) {
      const change = `${one.recorded.decision}→${decision}`;
      this.#changes.set(change, (this.#changes.get(change) ?? 0) + 1);
    }
    const alone =
      effect === 'no_match'
        ? [
            `no rule of bundle ${bundle.version} matches`,
            ...reasons.filter(({ code }) => code === 'unknown-field').map(({ detail }) => detail),
          ].join('; ')
        : explanation;
    const { id, name, group, agent, action, recorded } = one;
    return {
      id,
      ...(name === undefined ? {} : { name }),
      ...(group === undefined ? {} : { group }),
      agent,
      action,
      ...(recorded === undefined ? {} : { recorded }),
      effect,
      rule_id: said.rule_id,
      matched_rules,
      unknown_fields,
      explanation: this.#text(policies === null ? alone : explanation),
      budget,
      ...(policies === null ? {} : { decision }),
      ...(nearMisses ? { near_misses } : {}),
    };
  }

  /** Exact totals of the added cases. */
  totals(): { readonly cost: Amount; readonly compute: Amount } {
    let [cost, compute] = [noAmount, noAmount];
    for (const { id, budget } of this.#rules) {
      const { spent } = this.#tallies.get(id)!;
      if (budget === undefined || spent === 0) continue;
      cost = plus(cost, times(amountOf(budget.cost), spent));
      compute = plus(compute, times(amountOf(budget.compute), spent));
    }
    return { cost, compute };
  }

  report(): SimulationReport {
    const { bundle, bundle_id, policies, limits = defaultLimits } = this.#options;
    const { cost, compute } = this.totals();
    return {
      bundle: { bundle_id, version: bundle.version, bundle_hash: bundle.bundle_hash },
      total: this.#total,
      counts: { ...this.#counts },
      ...(policies === null ? {} : { decisions: { ...this.#decisions } }),
      ...(this.#changes.size === 0
        ? {}
        : { changes: Object.fromEntries([...this.#changes].sort(([a], [b]) => (a < b ? -1 : 1))) }),
      unknown: this.#unknown,
      rules: this.#rules.map(({ id, effect, budget }) => {
        const { hits, spent } = this.#tallies.get(id)!;
        const of = (each: number | undefined): number => numberOf(times(amountOf(each ?? 0), spent));
        return { rule_id: id, effect, hits, cost: of(budget?.cost), compute: of(budget?.compute) };
      }),
      total_cost: numberOf(cost),
      total_compute: numberOf(compute),
      limits,
      cost_breach: compareAmounts(cost, amountOf(limits.cost)) > 0,
      compute_breach: compareAmounts(compute, amountOf(limits.compute)) > 0,
    };
  }

  #tally(ruleId: string, counts: boolean): void {
    const tally = this.#tallies.get(ruleId)!;
    tally.hits += 1;
    if (counts) tally.spent += 1;
  }

  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size < 10_000) this.#texts.set(text, text);
    return text;
  }
}
