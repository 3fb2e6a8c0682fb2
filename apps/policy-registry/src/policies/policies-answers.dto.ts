import { guardrailDecisions, policyStatuses } from '@interlock/policy';
import type { PolicyView, PolicyVersionView } from './policies.queries.js';
import { ConditionDto } from '../condition-answers.dto.js';
import { FieldChangeDto } from '../bundles/analysis-answers.dto.js';
import { logPosition, nullable, pageOf, streamRevision, time } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';

/** What every view of a policy shows of one of its versions. */
class PolicyContentDto {
  @ApiProperty() readonly name!: string;
  @ApiProperty({ type: [String] }) readonly action_types!: readonly string[];
  @ApiProperty({ type: [ConditionDto] }) readonly conditions!: readonly ConditionDto[];
  @ApiProperty({ enum: guardrailDecisions }) readonly decision!: 'ALLOW' | 'CONFIRM' | 'DENY';
  @ApiProperty(nullable({ type: Number })) readonly max_affected_entities!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly min_confidence!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly confirmation_window_s!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly confirm_above_entities!: number | null;
  @ApiProperty({ enum: ['proceed', 'expire'] }) readonly on_elapse!: 'proceed' | 'expire';
  @ApiProperty() readonly policy_id!: string;
  @ApiProperty() readonly version!: number;
  @ApiProperty({ enum: policyStatuses }) readonly status!: 'active' | 'disabled' | 'retired';
  @ApiProperty() readonly content_hash!: string;
}

export class WrittenPolicyDto extends PolicyContentDto {
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
  @ApiProperty(time) readonly effective_by!: string;
}

export class PolicyDto extends PolicyContentDto implements PolicyView {
  @ApiProperty(time) readonly created_at!: string;
  @ApiProperty() readonly created_by!: string;
  @ApiProperty(time) readonly updated_at!: string;
  @ApiProperty() readonly updated_by!: string;
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(logPosition) readonly position!: string;
}

export class PolicyVersionDto extends PolicyContentDto implements PolicyVersionView {
  @ApiProperty({ type: [String] }) readonly changed!: readonly string[];
  @ApiProperty(nullable({ type: Number })) readonly restored_version!: number | null;
  @ApiProperty(time) readonly made_at!: string;
  @ApiProperty() readonly made_by!: string;
}

export class PolicyDifferenceDto {
  @ApiProperty({ type: PolicyVersionDto }) readonly from!: PolicyVersionDto;
  @ApiProperty({ type: PolicyVersionDto }) readonly to!: PolicyVersionDto;
  @ApiProperty({ type: [FieldChangeDto] }) readonly changes!: readonly FieldChangeDto[];
}

export class PolicyUseDto {
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly matched!: boolean;
  @ApiProperty(nullable({ type: Number })) readonly policy_version!: number | null;
  @ApiProperty() readonly agent!: string;
  @ApiProperty() readonly action_type!: string;
  @ApiProperty() readonly decision!: string;
  @ApiProperty(logPosition) readonly position!: string;
  @ApiProperty() readonly evaluation_id!: string;
  @ApiProperty(nullable({ type: String })) readonly action_id!: string | null;
  @ApiProperty() readonly confidence!: number;
  @ApiProperty() readonly explanation!: string;
  @ApiProperty() readonly trace_id!: string;
  @ApiProperty(nullable({ type: String })) readonly bundle_version!: string | null;
  @ApiProperty(nullable({ type: String })) readonly rule_id!: string | null;
  @ApiProperty() readonly dry_run!: boolean;
}

export class PolicyPageDto extends pageOf(PolicyDto) {}

export class PolicyVersionPageDto extends pageOf(PolicyVersionDto) {}

export class PolicyUsePageDto extends pageOf(PolicyUseDto) {}
