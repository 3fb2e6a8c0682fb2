import type { JsonObject, PolicyDecision, Reason } from '@interlock/contracts';
import type { LogPosition } from '@interlock/platform';

type MatchedPolicyDto = {
  readonly policy_id: string;
  readonly version: number;
  readonly content_hash: string;
  readonly name: string;
  readonly decision: 'ALLOW' | 'CONFIRM' | 'DENY';
};

type PolicyLayerDto = {
  readonly decision: PolicyDecision | 'ABSTAIN';
  readonly matched: readonly MatchedPolicyDto[];
};

type BundleLayerDto = {
  readonly decision: PolicyDecision | 'ABSTAIN';
  readonly bundle_id: string | null;
  readonly bundle_version: string | null;
  readonly bundle_hash: string | null;
  readonly variant: 'active' | 'canary' | 'none';
  readonly rule_id: string | null;
  readonly reason: string | null;
};

type EvaluationBudgetDto = {
  readonly cost: number;
  readonly compute: number;
};

type EvaluationLimitsDto = {
  readonly max_affected_entities: number | null;
  readonly min_confidence: number | null;
  readonly confirmation_window_s: number | null;
  readonly confirm_above_entities: number | null;
  readonly on_elapse: 'proceed' | 'expire';
  readonly window_policy: string | null;
};

type EvaluationThresholdsDto = {
  readonly LOW: number;
  readonly MEDIUM: number;
  readonly HIGH: number;
};

/**
 * The shift that adaptive thresholds add to the configured thresholds, and the revision that
 * defines it.
 */
type ThresholdShiftDto = {
  readonly shift: number;
  readonly revision: string;
};

/** The decision of policies and bundle about a request. */
export type EvaluationDto = {
  readonly recorded_position: LogPosition;
  readonly evaluation_id: string;
  readonly trace_id: string;
  readonly decision: PolicyDecision;
  readonly confidence: number;
  readonly reasons: readonly Reason[];
  readonly explanation: string;
  readonly policies: PolicyLayerDto;
  readonly bundle: BundleLayerDto;
  readonly matched_rules: readonly string[];
  readonly near_misses: readonly JsonObject[];
  readonly unknown_fields: readonly string[];
  readonly budget: EvaluationBudgetDto;
  readonly approvals_required: 0 | 1 | 2;
  readonly limits: EvaluationLimitsDto;
  readonly confidence_thresholds: EvaluationThresholdsDto;
  readonly threshold_shift?: ThresholdShiftDto;
  readonly versions: JsonObject;
  readonly position: LogPosition;
};
