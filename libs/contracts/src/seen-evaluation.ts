import type { PolicyDecision, Timestamp } from './names.js';
import type { EvaluationV1, MatchedPolicy } from './rpc.js';

/** The values that conditions look at, by field. */
export type EvaluatedContext = { readonly [field: string]: string | number | boolean };
/** What was looked at, beside the bundle and the policies, which are named by hash. */
export type EvaluatedInput = {
  readonly context: EvaluatedContext;
  readonly at: Timestamp;
};
/** What the bundle that did not decide would have said of the same request, both layers combined. */
export type ShadowEvaluation = {
  readonly bundle_id: string;
  readonly bundle_version: string;
  readonly bundle_hash: string;
  readonly variant: 'active' | 'canary';
  readonly decision: PolicyDecision;
  readonly rule_id: string | null;
  readonly budget: { readonly cost: number; readonly compute: number };
};
/** `shadow`: while a canary runs. */
export type EvaluationAnswer = EvaluationV1 & {
  readonly input: EvaluatedInput;
  readonly shadow?: ShadowEvaluation;
};

/**
 * An evaluation as an action's record keeps it. Its reasons are those of the gate; the explanation follows from these, and the hashes of the bundle and of the policies
 * that matched stand in it once.
 */
export type SeenEvaluation = Omit<EvaluationAnswer, 'reasons' | 'explanation' | 'policies'> & {
  readonly policies: {
    readonly decision: EvaluationV1['policies']['decision'];
    readonly matched: readonly Omit<MatchedPolicy, 'content_hash'>[];
  };
};

/** An evaluation as an action's record keeps it. */
export const seenEvaluation = ({
  reasons: _reasons,
  explanation: _explanation,
  versions: { bundle_hash: _hash, ...versions },
  policies,
  ...rest
}: EvaluationAnswer): SeenEvaluation => ({
  ...rest,
  policies: {
    decision: policies.decision,
    matched: policies.matched.map(({ content_hash: _content, ...matched }) => matched),
  },
  versions,
});

type Applicable = {
  readonly policy_id?: unknown;
  readonly version?: unknown;
  readonly content_hash?: unknown;
};

/** The policies that matched, with their hashes; an altered log may lack one, which is the empty text then. */
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
