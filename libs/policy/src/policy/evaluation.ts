import { defaults, policyDecisions, type EvaluationLimits, type PolicyDecision } from '@interlock/contracts';
import {
  compileCondition,
  testAll,
  type CompiledCondition,
  type EvaluationContext,
} from '../condition/condition.js';
import type { PolicyV1 } from './content.js';

type CompiledPolicy = { readonly policy: PolicyV1; readonly conditions: readonly CompiledCondition[] };
/** A tenant's active policies, compiled; immutable. */
export type CompiledPolicies = { readonly policiesFor: (action: string) => readonly CompiledPolicy[] };

/** The outcome of a tenant's policies for a request. ABSTAIN means that none matched. */
export type PolicyOutcome = {
  readonly decision: PolicyDecision | 'ABSTAIN';
  /**
   * The counted policies, by policy id. `unknown`: a field is missing and all other conditions
   * hold. DENY and CONFIRM then count as NEEDS_APPROVAL, ALLOW does not count, and limits always
   * count.
   */
  readonly counted: readonly { readonly policy: PolicyV1; readonly unknown: boolean }[];
  readonly limits: EvaluationLimits;
  /** Policies whose `confirm_above_entities` the request exceeds. */
  readonly exceeded: readonly PolicyV1[];
};

/** Returns the stricter of two decisions; any decision is stricter than ABSTAIN. */
export const stricter = (
  a: PolicyDecision | 'ABSTAIN',
  b: PolicyDecision | 'ABSTAIN',
): PolicyDecision | 'ABSTAIN' => {
  if (a === 'ABSTAIN') return b;
  if (b === 'ABSTAIN') return a;
  return policyDecisions.indexOf(a) >= policyDecisions.indexOf(b) ? a : b;
};

/** Compiles the active policies among these, indexed by action type. */
export const compilePolicies = (policies: readonly PolicyV1[]): CompiledPolicies => {
  const sorted = policies
    .filter(({ status }) => status === 'active')
    .sort((a, b) => (a.policy_id < b.policy_id ? -1 : 1))
    .map((policy): CompiledPolicy => ({ policy, conditions: policy.conditions.map(compileCondition) }));
  const everywhere = sorted.filter(({ policy }) => policy.action_types.includes('*'));
  const named = new Set(sorted.flatMap(({ policy }) => policy.action_types));
  const index = new Map(
    [...named].map((action) => [
      action,
      sorted.filter(
        ({ policy }) => policy.action_types.includes('*') || policy.action_types.includes(action),
      ),
    ]),
  );
  return { policiesFor: (action) => index.get(action) ?? everywhere };
};

const least = (values: readonly (number | null)[]): number | null =>
  values.reduce((a, b) => (a === null ? b : b === null ? a : Math.min(a, b)), null);
const most = (values: readonly (number | null)[]): number | null =>
  values.reduce((a, b) => (a === null ? b : b === null ? a : Math.max(a, b)), null);
/** Returns the length of the window that a policy opens, in seconds. */
export const windowOf = (policy: PolicyV1): number =>
  policy.confirmation_window_s ?? defaults.confirmation_window_s;

/**
 * Returns the strictest limits of the counted policies: smallest limit, largest threshold, longest
 * window, `expire` before `proceed`.
 */
const limitsOf = (counted: readonly PolicyV1[], exceeded: readonly PolicyV1[]): EvaluationLimits => {
  const opening = counted.filter((policy) => policy.decision === 'CONFIRM' || exceeded.includes(policy));
  // If nothing known here opens the window, the topology may still show that more entities are
  // affected.
  const windows = (
    opening.length > 0 ? opening : counted.filter((policy) => policy.confirm_above_entities !== null)
  ).toSorted((a, b) => windowOf(b) - windowOf(a));
  return {
    max_affected_entities: least(counted.map((policy) => policy.max_affected_entities)),
    min_confidence: most(counted.map((policy) => policy.min_confidence)),
    confirmation_window_s: windows[0] === undefined ? null : windowOf(windows[0]),
    confirm_above_entities: least(counted.map((policy) => policy.confirm_above_entities)),
    on_elapse: windows.some((policy) => policy.on_elapse === 'expire') ? 'expire' : 'proceed',
    window_policy: windows[0]?.policy_id ?? null,
  };
};

/** Returns the strictest decision of the policies that match, and their limits. */
export const evaluatePolicies = (
  policies: CompiledPolicies,
  action: string,
  context: EvaluationContext,
): PolicyOutcome => {
  const counted: { policy: PolicyV1; unknown: boolean }[] = [];
  let decision: PolicyDecision | 'ABSTAIN' = 'ABSTAIN';
  for (const { policy, conditions } of policies.policiesFor(action)) {
    const truth = testAll(conditions, context);
    if (truth === false) continue;
    counted.push({ policy, unknown: truth === undefined });
    if (truth === true) decision = stricter(decision, policy.decision);
    else if (policy.decision !== 'ALLOW') decision = stricter(decision, 'NEEDS_APPROVAL');
  }
  const { affected_entity_count: count } = context;
  const all = counted.map(({ policy }) => policy);
  const exceeded = all.filter(
    ({ confirm_above_entities: above }) => above !== null && (typeof count !== 'number' || count > above),
  );
  return { decision, counted, limits: limitsOf(all, exceeded), exceeded };
};
