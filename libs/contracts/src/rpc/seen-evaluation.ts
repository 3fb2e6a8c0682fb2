import type { PolicyDecision, Timestamp } from '../values/names.js';
import type { SeenPosture } from './posture-rpc.js';
import type { EvaluationV1, MatchedPolicy, SeenPrediction } from './rpc.js';

/** The values that conditions use, by field. */
export type EvaluatedContext = { readonly [field: string]: string | number | boolean };
/** The inputs, besides the bundle and the policies, whose hashes the record holds. */
export type EvaluatedInput = {
  readonly context: EvaluatedContext;
  readonly at: Timestamp;
};
/**
 * The answer to the same request from the bundle that did not decide, with both layers combined.
 */
export type ShadowEvaluation = {
  readonly bundle_id: string;
  readonly bundle_version: string;
  readonly bundle_hash: string;
  readonly variant: 'active' | 'canary';
  readonly decision: PolicyDecision;
  readonly rule_id: string | null;
  readonly budget: { readonly cost: number; readonly compute: number };
};
/** An evaluation with its input. `shadow` is present while a canary runs. */
export type EvaluationAnswer = EvaluationV1 & {
  readonly input: EvaluatedInput;
  readonly shadow?: ShadowEvaluation;
};

/** The usual values of an evaluation's members. A record omits a member with its usual value. */
const usual = {
  near_misses: [],
  unknown_fields: [],
  budget: { cost: 0, compute: 0 },
  approvals_required: 0,
} satisfies Partial<EvaluationV1>;
type Usual = Pick<EvaluationV1, keyof typeof usual>;

/**
 * An evaluation in the form of an action's record. Its reasons are those of the gate, and the
 * explanation follows from them. It holds the hashes of the bundle and of the matching policies
 * once. The context omits values of the record's own prediction and posture.
 */
export type SeenEvaluation = Omit<
  EvaluationAnswer,
  'reasons' | 'explanation' | 'policies' | 'bundle' | 'limits' | 'confidence_thresholds' | keyof Usual
> &
  Partial<Usual> & {
    readonly bundle: Omit<EvaluationV1['bundle'], 'reason'>;
    readonly policies: {
      readonly decision: EvaluationV1['policies']['decision'];
      readonly matched: readonly Omit<MatchedPolicy, 'content_hash'>[];
    };
    /**
     * The limits. They and the thresholds are absent if the policies deny, because no gate uses
     * them.
     */
    readonly limits?: EvaluationV1['limits'];
    readonly confidence_thresholds?: EvaluationV1['confidence_thresholds'];
  };

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value));

/**
 * Returns the fields of a context for the twin's prediction, added to `fields`. A name with a dot
 * cannot be addressed.
 */
export const predictedContext = (
  prediction: Partial<Pick<SeenPrediction, 'impact_by_kpi' | 'confidence_interval'>> & {
    readonly [name in 'risk_score' | 'impact_delta' | 'confidence' | 'basis']?: unknown;
  },
  fields: { [field: string]: string | number | boolean } = {},
): EvaluatedContext => {
  const { risk_score, impact_delta, confidence, basis, confidence_interval: interval } = prediction;
  const put = (field: string, value: unknown): void => {
    if (isScalar(value)) fields[field] = value;
  };
  put('risk_score', risk_score);
  put('impact_delta', impact_delta);
  put('confidence', confidence);
  put('basis', basis);
  put('confidence_interval.low', interval?.[0]);
  put('confidence_interval.high', interval?.[1]);
  for (const [kpi, impact] of Object.entries(prediction.impact_by_kpi ?? {}))
    if (!kpi.includes('.')) put(`impact_by_kpi.${kpi}`, impact);
  return fields;
};

/**
 * The inputs of an evaluation that the record of an action already holds. `time` is that of the
 * evaluation, in the tenant's zone.
 */
export type ContextInRecord = {
  readonly tenant_id: string;
  readonly prediction: SeenPrediction;
  readonly posture: Pick<SeenPosture, 'effective'>;
  readonly time: { readonly hour: number; readonly weekday: string };
};

const evaluatedContext = ({
  tenant_id,
  prediction,
  posture,
  time: { hour, weekday },
}: ContextInRecord): EvaluatedContext => {
  const context: { [field: string]: string | number | boolean } = { tenant_id };
  predictedContext(prediction, context);
  context['posture'] = posture.effective;
  context['time.hour'] = hour;
  context['time.weekday'] = weekday;
  context['dry_run'] = false;
  return context;
};

/**
 * Returns an evaluation in the form of an action's record. `beside` is the prediction and the
 * posture in the same event; undefined if it has none.
 */
export const seenEvaluation = (
  {
    reasons: _reasons,
    explanation: _explanation,
    versions: { bundle_hash: _hash, ...versions },
    bundle: { reason: _reason, ...bundle },
    policies,
    input,
    ...rest
  }: EvaluationAnswer,
  beside?: ContextInRecord,
): SeenEvaluation => {
  const said = beside === undefined ? {} : evaluatedContext(beside);
  const isUsual = ([name, value]: readonly [string, unknown]): boolean =>
    Object.hasOwn(usual, name) && JSON.stringify(value) === JSON.stringify(usual[name as keyof Usual]);
  return {
    ...(Object.fromEntries(Object.entries(rest).filter((member) => !isUsual(member))) as typeof rest),
    policies: {
      decision: policies.decision,
      matched: policies.matched.map(({ content_hash: _content, ...matched }) => matched),
    },
    bundle,
    versions,
    input: {
      context: Object.fromEntries(
        Object.entries(input.context).filter(([field, value]) => said[field] !== value),
      ),
      at: input.at,
    },
  };
};

/** Returns the full context of an evaluation, completed from the record around it. */
export const wholeContext = (
  context: EvaluatedContext,
  beside: ContextInRecord | undefined,
): EvaluatedContext => (beside === undefined ? context : { ...evaluatedContext(beside), ...context });

/** Returns the members of an evaluation that its record omits if they have their usual value. */
export const usualMembers = ({
  near_misses,
  unknown_fields,
  budget,
  approvals_required,
}: Partial<Usual>): Usual => ({
  near_misses: near_misses ?? usual.near_misses,
  unknown_fields: unknown_fields ?? usual.unknown_fields,
  budget: budget ?? usual.budget,
  approvals_required: approvals_required ?? 0,
});

type Applicable = {
  readonly policy_id?: unknown;
  readonly version?: unknown;
  readonly content_hash?: unknown;
};

/**
 * Returns the matching policies with their hashes. In an altered log, a missing hash is the empty
 * text.
 */
export const matchedPolicies = ({
  policies,
  versions,
}: Pick<SeenEvaluation, 'policies' | 'versions'>): readonly MatchedPolicy[] => {
  const applicable = (Array.isArray(versions['policies']) ? versions['policies'] : []) as Applicable[];
  return policies.matched.map((matched) => {
    const hash = applicable.find(
      (one) => one.policy_id === matched.policy_id && one.version === matched.version,
    )?.content_hash;
    return { ...matched, content_hash: typeof hash === 'string' ? hash : '' };
  });
};
