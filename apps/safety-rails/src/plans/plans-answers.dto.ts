import type { Reason } from '@interlock/contracts';
import { listOf, logPosition, nullable, pageOf, reason, time } from '@interlock/platform';
import { failureRules, planApprovals, planStates } from '@interlock/rails';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { HoldRecordDto } from '../actions/actions-answers.dto.js';
import type { PlanNodeView, PlanView } from './plan-view.js';
import type { PlanSummary } from './plans.queries.js';

export class PlanNodeViewDto implements PlanNodeView {
  @ApiProperty() readonly node_id!: string;
  @ApiProperty({ type: [String] }) readonly depends_on!: readonly string[];
  @ApiProperty() readonly action_type!: string;
  @ApiProperty() readonly entity_id!: string;
  @ApiProperty() readonly affected_entity_count!: number;
  @ApiProperty() readonly state!: string;
  @ApiProperty(listOf(reason)) readonly reasons!: readonly Reason[];
  @ApiProperty() readonly preview_action_id!: string;
  @ApiProperty(nullable({ type: String })) readonly preview_state!: string | null;
  @ApiProperty({ type: [HoldRecordDto] }) readonly holds!: readonly HoldRecordDto[];
  @ApiProperty(nullable({ type: String })) readonly action_id!: string | null;
  @ApiProperty(nullable({ type: String })) readonly compensation_action_id!: string | null;
  @ApiProperty(nullable({ type: String })) readonly compensation_state!: string | null;
  @ApiProperty(nullable({ type: Number })) readonly ended_place!: number | null;
  @ApiProperty(nullable({ type: Boolean })) readonly taken_back!: boolean | null;
}

export class PlanApprovalDto {
  @ApiProperty() readonly affected_entity_count!: number;
  @ApiProperty({ enum: [1, 2] }) readonly required!: 1 | 2;
  @ApiProperty() readonly digest!: string;
  @ApiProperty(time) readonly expires_at!: string;
  @ApiProperty({ type: [String] }) readonly approved_by!: readonly string[];
  /**
   * The yes includes the rollback of completed nodes that have no compensation, once another node
   * fails.
   */
  @ApiPropertyOptional({ enum: [true] }) readonly rolls_back?: true;
}

export class PlanDto implements PlanView {
  @ApiProperty() readonly plan_id!: string;
  @ApiProperty() readonly submission_id!: string;
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty(nullable({ type: String })) readonly description!: string | null;
  @ApiProperty({ enum: planStates }) readonly state!: string;
  @ApiProperty({ enum: failureRules }) readonly failure_rule!: string;
  @ApiProperty({ enum: planApprovals }) readonly approval_rule!: string;
  @ApiProperty() readonly dry_run!: boolean;
  @ApiProperty() readonly max_affected_entities!: number;
  @ApiProperty() readonly affected_entity_count!: number;
  @ApiProperty() readonly requester!: string;
  @ApiProperty(time) readonly submitted_at!: string;
  @ApiProperty(nullable(time)) readonly ended_at!: string | null;
  @ApiProperty(nullable({ type: PlanApprovalDto })) readonly approval!: PlanApprovalDto | null;
  @ApiProperty(listOf(reason)) readonly reasons!: readonly Reason[];
  @ApiProperty({ type: [PlanNodeViewDto] }) readonly nodes!: readonly PlanNodeViewDto[];
  @ApiProperty(logPosition) readonly position!: string;
  @ApiProperty(time) readonly server_time!: string;
}

class PlanSummaryDto implements PlanSummary {
  @ApiProperty() readonly plan_id!: string;
  @ApiProperty() readonly submission_id!: string;
  @ApiProperty({ enum: planStates }) readonly state!: string;
  @ApiProperty({ enum: failureRules }) readonly failure_rule!: string;
  @ApiProperty() readonly dry_run!: boolean;
  @ApiProperty() readonly nodes!: number;
  @ApiProperty(time) readonly submitted_at!: string;
  @ApiProperty(nullable(time)) readonly ended_at!: string | null;
}

export class PlanPageDto extends pageOf(PlanSummaryDto) {
  @ApiProperty(time) readonly server_time!: string;
}
