import {
  policyDecisions,
  type EvaluationLimits,
  type EvaluationV1,
  type JsonObject,
  type MatchedPolicy,
  type PolicyDecision,
  type Reason,
  type ThresholdShift,
} from '@interlock/contracts';
import { anyObject, listOf, logPosition, nullable, reason } from '@interlock/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class MatchedPolicyDto implements MatchedPolicy {
  @ApiProperty() readonly policy_id!: string;
  @ApiProperty() readonly version!: number;
  @ApiProperty() readonly content_hash!: string;
  @ApiProperty() readonly name!: string;
  @ApiProperty({ enum: ['ALLOW', 'CONFIRM', 'DENY'] }) readonly decision!: 'ALLOW' | 'CONFIRM' | 'DENY';
}

export class PolicyLayerDto {
  @ApiProperty({ enum: [...policyDecisions, 'ABSTAIN'] }) readonly decision!: PolicyDecision | 'ABSTAIN';
  @ApiProperty({ type: [MatchedPolicyDto] }) readonly matched!: readonly MatchedPolicyDto[];
}

export class BundleLayerDto {
  @ApiProperty({ enum: [...policyDecisions, 'ABSTAIN'] }) readonly decision!: PolicyDecision | 'ABSTAIN';
  @ApiProperty(nullable({ type: String })) readonly bundle_id!: string | null;
  @ApiProperty(nullable({ type: String })) readonly bundle_version!: string | null;
  @ApiProperty(nullable({ type: String })) readonly bundle_hash!: string | null;
  @ApiProperty({ enum: ['active', 'canary', 'none'] }) readonly variant!: 'active' | 'canary' | 'none';
  @ApiProperty(nullable({ type: String })) readonly rule_id!: string | null;
  @ApiProperty(nullable({ type: String })) readonly reason!: string | null;
}

export class EvaluationBudgetDto {
  @ApiProperty() readonly cost!: number;
  @ApiProperty() readonly compute!: number;
}

export class EvaluationLimitsDto implements EvaluationLimits {
  @ApiProperty(nullable({ type: Number })) readonly max_affected_entities!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly min_confidence!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly confirmation_window_s!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly confirm_above_entities!: number | null;
  @ApiProperty({ enum: ['proceed', 'expire'] }) readonly on_elapse!: 'proceed' | 'expire';
  @ApiProperty(nullable({ type: String })) readonly window_policy!: string | null;
}

export class EvaluationThresholdsDto {
  @ApiProperty() readonly LOW!: number;
  @ApiProperty() readonly MEDIUM!: number;
  @ApiProperty() readonly HIGH!: number;
}

/**
 * What adaptive thresholds have moved the configured thresholds by, and the revision that says so.
 */
export class ThresholdShiftDto implements ThresholdShift {
  @ApiProperty() readonly shift!: number;
  @ApiProperty() readonly revision!: string;
}

/** What policies and bundle say of a request. */
export class EvaluationDto implements EvaluationV1 {
  @ApiProperty(logPosition) readonly recorded_position!: string;
  @ApiProperty() readonly evaluation_id!: string;
  @ApiProperty() readonly trace_id!: string;
  @ApiProperty({ enum: policyDecisions }) readonly decision!: PolicyDecision;
  @ApiProperty() readonly confidence!: number;
  @ApiProperty(listOf(reason)) readonly reasons!: readonly Reason[];
  @ApiProperty() readonly explanation!: string;
  @ApiProperty({ type: PolicyLayerDto }) readonly policies!: PolicyLayerDto;
  @ApiProperty({ type: BundleLayerDto }) readonly bundle!: BundleLayerDto;
  @ApiProperty({ type: [String] }) readonly matched_rules!: readonly string[];
  @ApiProperty(listOf(anyObject)) readonly near_misses!: readonly JsonObject[];
  @ApiProperty({ type: [String] }) readonly unknown_fields!: readonly string[];
  @ApiProperty({ type: EvaluationBudgetDto }) readonly budget!: EvaluationBudgetDto;
  @ApiProperty({ enum: [0, 1, 2] }) readonly approvals_required!: 0 | 1 | 2;
  @ApiProperty({ type: EvaluationLimitsDto }) readonly limits!: EvaluationLimitsDto;
  @ApiProperty({ type: EvaluationThresholdsDto }) readonly confidence_thresholds!: EvaluationThresholdsDto;
  @ApiPropertyOptional({ type: ThresholdShiftDto }) readonly threshold_shift?: ThresholdShiftDto;
  @ApiProperty(anyObject) readonly versions!: JsonObject;
  @ApiProperty(logPosition) readonly position!: string;
}
