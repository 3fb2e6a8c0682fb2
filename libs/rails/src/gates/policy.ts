import {
  matchedPolicies,
  seenEvaluation,
  type ContextInRecord,
  type EvaluationAnswer,
  type SeenEvaluation,
} from '@interlock/contracts';
import { localTime, short, shown } from '@interlock/kernel';
import { same, within } from './covering.js';
import { ask, fail, pass, type Gate, type GateContext } from './gate.js';

type Sight = { readonly evaluation: SeenEvaluation };

const sorted = (items: readonly string[]): readonly string[] => [...new Set(items)].sort();

const nearMiss = ({
  rule_id: rule,
  effect,
  policy_id: policy,
  decision,
  field,
  op,
  value,
  actual,
}: {
  readonly [name: string]: unknown;
}): string =>
  `${rule === undefined ? `policy ${shown(policy)} (${shown(decision)})` : `rule ${shown(rule)} (${shown(effect)})`} wants ${shown(field)} ${shown(op)} ${shown(value)}, it is ${shown(actual)}`;

/**
 * Returns the data that the same event contains beside the evaluation, so that it is not written
 * again; undefined if the event does not contain it.
 */
const besideOf = (
  { input: { at }, versions: { time_zone: zone } }: EvaluationAnswer,
  { intent: { tenant_id }, prediction, posture, together = false }: GateContext,
): ContextInRecord | undefined =>
  together && prediction !== undefined && posture !== undefined && typeof zone === 'string'
    ? { tenant_id, prediction, posture, time: localTime(at, zone) }
    : undefined;

/** Gate 5: the policies and the rules of the bundle allow the action. */
export const policyGate: Gate<EvaluationAnswer, Sight> = {
  see: (answer, before) => ({ evaluation: seenEvaluation(answer, besideOf(answer, before)) }),
  reasons: ({ reasons }) => reasons,
  judge: ({ evaluation }, reasons) => {
    switch (evaluation.decision) {
      case 'ALLOW':
        return { ...pass, reasons };
      case 'CONFIRM':
        return ask('window', ...reasons);
      case 'NEEDS_APPROVAL':
        return ask('approval', ...reasons);
      case 'DENY':
        return fail(...reasons);
    }
  },
  summary: (saw, refuses) => {
    if (!refuses) return saw;
    const {
      limits: _limits,
      confidence_thresholds: _thresholds,
      near_misses: _misses,
      ...evaluation
    } = saw.evaluation;
    return { evaluation };
  },
  refuse: (_reasons, saw) => {
    // An altered log may lack the evaluation, and must still be compared.
    const { evaluation }: Partial<Sight> = saw;
    return {
      status: 'DENIED',
      evaluation_id: evaluation?.evaluation_id ?? null,
      rule_id: evaluation?.bundle.rule_id ?? null,
    };
  },
  content: ({ evaluation }, reasons) => ({
    decision: evaluation.decision,
    rule_id: evaluation.bundle.rule_id,
    bundle_version: evaluation.bundle.bundle_version,
    bundle_hash: evaluation.bundle.bundle_hash,
    policies: matchedPolicies(evaluation).map(({ policy_id, version, content_hash }) => ({
      policy_id,
      version,
      content_hash,
    })),
    window_policy: evaluation.limits?.window_policy ?? null,
    causes: sorted(reasons.map(({ code }) => code)),
    unknown_fields: sorted(evaluation.unknown_fields ?? []),
  }),
  covers: (said, now) =>
    same(said, now, 'rule_id', 'bundle_version', 'bundle_hash', 'policies', 'window_policy') &&
    (said['decision'] === 'NEEDS_APPROVAL' || same(said, now, 'decision')) &&
    within(now['causes'], said['causes']) &&
    within(now['unknown_fields'], said['unknown_fields']),
  lookAgain: () => null,
  askAgain: ({ evaluation }, asked, reasons) => asked.evaluation(evaluation, reasons),
  tell: ({ evaluation }) => [
    `evaluation ${evaluation.evaluation_id} at position ${evaluation.position}: ${evaluation.decision}`,
    ...matchedPolicies(evaluation).map(
      ({ policy_id, version, decision, content_hash }) =>
        `policy ${policy_id} version ${version}: ${decision} (${short(content_hash)})`,
    ),
    `bundle ${evaluation.bundle.bundle_version ?? 'none'} (${evaluation.bundle.variant}, ${short(evaluation.bundle.bundle_hash)}): ${evaluation.bundle.decision}${evaluation.bundle.rule_id === null ? '' : `, rule ${evaluation.bundle.rule_id}`}`,
    ...(evaluation.matched_rules.length === 0
      ? []
      : [`rules that matched: ${evaluation.matched_rules.join(', ')}`]),
    ...(evaluation.near_misses ?? []).map((miss) => `near miss: ${nearMiss(miss)}`),
    ...(evaluation.unknown_fields === undefined
      ? []
      : [`unknown fields: ${evaluation.unknown_fields.join(', ')}`]),
  ],
};
