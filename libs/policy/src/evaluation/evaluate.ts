import type {
  EvaluationV1,
  JsonObject,
  PolicyDecision,
  Reason,
  RiskLevel,
  ShadowEvaluation,
  ThresholdShift,
} from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { RuleIndex, type RuleOutcome } from '../rules/rule-index.js';
import { unknownFieldsOf, type EvaluationContext } from '../condition/condition.js';
import { explain, nearMisses, reasonsOf } from './explanation.js';
import {
  compilePolicies,
  evaluatePolicies,
  stricter,
  type CompiledPolicies,
  type PolicyOutcome,
} from '../policy/evaluation.js';
import type { BundleVariant, RolloutFloor } from './routing.js';
import type { RuleV1 } from '../rules/rule.js';

/** A tenant's bundle in the evaluator: compiled once, named by its hash. */
export type EvaluableBundle = {
  readonly bundle_id: string;
  readonly version: string;
  readonly bundle_hash: string;
  readonly variant: BundleVariant;
  readonly compiled: RuleIndex;
};

/** All inputs of an evaluation, and the evidence to record with it (ids, versions, position). */
export type EvaluationInput = {
  readonly evaluation_id: string;
  readonly trace_id: string;
  readonly agent: string;
  readonly action_type: string;
  readonly context: EvaluationContext;
  readonly policies: CompiledPolicies;
  readonly bundle: EvaluableBundle | null;
  readonly confidence_thresholds: { readonly [level in RiskLevel]: number };
  /** The shift of `confidence_thresholds` by adaptive thresholds; absent if they do not apply. */
  readonly threshold_shift?: ThresholdShift;
  /** The reason why no bundle decides; the decision is then at best NEEDS_APPROVAL. */
  readonly floor?: RolloutFloor | null;
  /** Further versions to record, besides the bundle's and the policies'. */
  readonly versions: JsonObject;
  /** The log position that the evaluator had reached. */
  readonly position: string;
};

/** Makes a bundle evaluable. */
export const evaluableBundle = (
  bundle: {
    readonly bundle_id: string;
    readonly version: string;
    readonly bundle_hash: string;
    readonly rules: readonly RuleV1[];
  },
  variant: BundleVariant = 'active',
): EvaluableBundle => ({
  bundle_id: bundle.bundle_id,
  version: bundle.version,
  bundle_hash: bundle.bundle_hash,
  variant,
  compiled: new RuleIndex(bundle.rules),
});

/** The compiled form of no policies at all. */
export const noPolicies: CompiledPolicies = compilePolicies([]);

const noBudget = { cost: 0, compute: 0 };
const noRules: RuleOutcome = { decision: 'ABSTAIN', rule: null, counted: [], unknown: [], lookedTo: 0 };

/**
 * Returns the value that gate 7 compares: the smaller of the intent's and the twin's confidence, 0
 * if neither is known.
 */
const confidenceOf = ({ confidence_score: own, confidence: predicted }: EvaluationContext): number => {
  const known = [own, predicted].filter((value) => typeof value === 'number');
  return known.length === 0 ? 0 : Math.min(...known);
};

const approvals = (decision: PolicyDecision, rules: RuleOutcome): 0 | 1 | 2 => {
  if (decision !== 'NEEDS_APPROVAL') return 0;
  return rules.counted.some(({ rule }) => rule.approvals_required === 2) ? 2 : 1;
};

const unknownFields = (policies: PolicyOutcome, rules: RuleOutcome, context: EvaluationContext): string[] => {
  const conditions = [
    ...policies.counted.filter(({ unknown }) => unknown).map(({ policy }) => policy.conditions),
    ...rules.unknown.map((rule) => rule.conditions),
  ].flat();
  return unknownFieldsOf(conditions, context).sort();
};

/**
 * Returns the strictest of both layers and the floor: DENY > NEEDS_APPROVAL > CONFIRM > ALLOW. If
 * both layers abstain, a person is asked. Too many entities open the window.
 */
export const combined = (
  policies: Pick<PolicyOutcome, 'decision' | 'exceeded'>,
  rules: Pick<RuleOutcome, 'decision'>,
  floor: RolloutFloor | null = null,
): PolicyDecision => {
  const decision = stricter(
    stricter(policies.decision, rules.decision),
    floor === null ? 'ABSTAIN' : 'NEEDS_APPROVAL',
  );
  if (decision === 'ABSTAIN') return 'NEEDS_APPROVAL';
  return decision === 'ALLOW' && policies.exceeded.length > 0 ? 'CONFIRM' : decision;
};

const applicable = (policies: CompiledPolicies, action: string): JsonObject[] =>
  policies.policiesFor(action).map(({ policy }) => ({
    policy_id: policy.policy_id,
    version: policy.version,
    content_hash: policy.content_hash,
  }));

/**
 * Evaluates a tenant's policies and bundle for one request: pure, deterministic, from its input
 * alone. An error in it is an error of the gate, never a skipped rule. Throws ProblemError
 * `internal-error`.
 */
export const evaluate = (input: EvaluationInput): EvaluationV1 => {
  try {
    return evaluateUnguarded(input);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError('internal-error', 'the evaluation failed', { cause: error });
  }
};

const evaluateUnguarded = (input: EvaluationInput): EvaluationV1 => {
  const { context, agent, action_type: action, floor = null } = input;
  const bundle = floor === null ? input.bundle : null;
  const policies = evaluatePolicies(input.policies, action, context);
  const rules = bundle === null ? noRules : bundle.compiled.evaluate(agent, action, context);
  const decision = combined(policies, rules, floor);
  const reasons: readonly Reason[] = reasonsOf(decision, policies, rules, bundle, context, floor);
  return {
    evaluation_id: input.evaluation_id,
    trace_id: input.trace_id,
    decision,
    confidence: confidenceOf(context),
    reasons,
    explanation: explain(decision, reasons),
    policies: {
      decision: policies.decision,
      matched: policies.counted.map(
        ({ policy: { policy_id, version, content_hash, name, decision: own } }) => ({
          policy_id,
          version,
          content_hash,
          name,
          decision: own,
        }),
      ),
    },
    bundle: {
      decision: rules.decision,
      bundle_id: bundle?.bundle_id ?? null,
      bundle_version: bundle?.version ?? null,
      bundle_hash: bundle?.bundle_hash ?? null,
      variant: bundle?.variant ?? 'none',
      rule_id: rules.rule?.id ?? null,
      reason: rules.rule?.reason ?? null,
    },
    matched_rules: rules.counted.map(({ rule }) => rule.id),
    near_misses: nearMisses(input.policies, bundle, rules, agent, action, context),
    unknown_fields: unknownFields(policies, rules, context),
    budget: rules.rule?.budget ?? noBudget,
    approvals_required: approvals(decision, rules),
    limits: policies.limits,
    confidence_thresholds: input.confidence_thresholds,
    ...(input.threshold_shift === undefined ? {} : { threshold_shift: input.threshold_shift }),
    versions: {
      ...input.versions,
      ...(floor === null ? {} : { floor }),
      bundle_hash: bundle?.bundle_hash ?? null,
      policies: applicable(input.policies, action),
    },
    position: input.position,
  };
};

/** Evaluates with another bundle than the deciding one. Throws what `evaluate` throws. */
export const shadowOf = (
  input: Pick<EvaluationInput, 'agent' | 'action_type' | 'context' | 'policies'>,
  other: EvaluableBundle,
): ShadowEvaluation => {
  try {
    const rules = other.compiled.evaluate(input.agent, input.action_type, input.context);
    return {
      bundle_id: other.bundle_id,
      bundle_version: other.version,
      bundle_hash: other.bundle_hash,
      variant: other.variant,
      decision: combined(evaluatePolicies(input.policies, input.action_type, input.context), rules, null),
      rule_id: rules.rule?.id ?? null,
      budget: rules.rule?.budget ?? noBudget,
    };
  } catch (error) {
    throw new ProblemError('internal-error', 'the evaluation failed', { cause: error });
  }
};
