import {
  actionEffects,
  actionStates,
  windowOutcomes,
  type ActionEffect,
  type JsonObject,
  type JsonValue,
  type LeafChange,
  type PlanAnswer,
  type Reason,
  type WindowOutcome,
} from '@interlock/contracts';
import { verdicts } from '@interlock/kernel';
import {
  feedbackVerdicts,
  gateNames,
  type ActionRow,
  type ActionState,
  type AutomaticIf,
  type ApprovalState,
  type DigestParts,
  type FeedbackVerdict,
  type GateView,
  type HoldRecord,
  type KpiVerdict,
  type RollbackState,
  type ShownWindow,
  type ValidationResult,
} from '@interlock/rails';
import type { Accepted } from '../intents/door.js';
import {
  anyJson,
  anyObject,
  listOf,
  logPosition,
  nullable,
  oneOf,
  pageOf,
  streamRevision,
  time,
  reason,
  KpiObservationDto,
  PersonActorDto,
  ServiceActorDto,
} from '@interlock/platform';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';

type ActionComment = ActionState['comments'][number];

export class AcceptedActionDto implements Accepted {
  @ApiProperty() readonly action_id!: string;
  @ApiProperty() readonly intent_id!: string;
  @ApiProperty(logPosition) readonly position!: string;
  @ApiProperty() readonly state!: string;
}

export class AwaitedServiceDto {
  @ApiProperty() readonly service!: string;
  @ApiProperty() readonly gate!: string;
  @ApiProperty() readonly detail!: string;
  @ApiProperty(time) readonly expires_at!: string;
}

export class ActionCommentDto implements ActionComment {
  @ApiProperty({ type: String }) readonly on!: ActionComment['on'];
  @ApiProperty() readonly by!: string;
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly comment!: string;
}

export class ActionGateDto implements GateView {
  @ApiProperty() readonly gate!: string;
  @ApiProperty({ enum: verdicts }) readonly verdict!: GateView['verdict'];
  @ApiPropertyOptional(nullable({ type: String })) readonly hold?: string | null;
  @ApiProperty(listOf(reason)) readonly reasons!: readonly Reason[];
  @ApiProperty(anyObject) readonly saw!: object;
}

export class PlanPayloadDto {
  @ApiProperty() readonly device_id!: string;
  @ApiProperty() readonly operation!: string;
  @ApiProperty() readonly xml!: string;
}

export class LeafChangeDto implements LeafChange {
  @ApiProperty() readonly path!: string;
  @ApiProperty(nullable({ type: String })) readonly before!: string | null;
  @ApiProperty(nullable({ type: String })) readonly after!: string | null;
}

export class ActionPlanDto implements PlanAnswer {
  @ApiProperty() readonly plan_hash!: string;
  @ApiProperty() readonly device_id!: string;
  @ApiProperty(nullable({ type: String })) readonly site_id!: string | null;
  @ApiProperty() readonly profile!: string;
  @ApiProperty({ type: [PlanPayloadDto] }) readonly payloads!: readonly PlanPayloadDto[];
  @ApiProperty({ type: [LeafChangeDto] }) readonly diff!: readonly LeafChangeDto[];
  @ApiProperty() readonly diff_hash!: string;
  @ApiProperty() readonly leaves_fingerprint!: string;
  @ApiProperty() readonly reversible!: boolean;
  @ApiProperty(listOf(reason)) readonly violations!: readonly Reason[];
}

export class HoldRecordDto implements HoldRecord {
  @ApiProperty({ enum: gateNames }) readonly gate!: HoldRecord['gate'];
  @ApiProperty({ enum: ['approval', 'window'] }) readonly hold!: HoldRecord['hold'];
  @ApiProperty(listOf(reason)) readonly reasons!: readonly Reason[];
  @ApiProperty(anyObject) readonly content!: JsonObject;
}

export class DigestPartsDto implements DigestParts {
  @ApiProperty() readonly action!: string;
  @ApiProperty() readonly risk_score!: number;
  @ApiProperty() readonly diff!: string;
  @ApiProperty() readonly leaves!: string;
  @ApiProperty() readonly policies!: string;
  @ApiPropertyOptional() readonly holds?: string;
  /** How many entities were affected when it was shown. */
  @ApiPropertyOptional() readonly affected?: number;
}

class WindowOutcomeDto implements WindowOutcome {
  @ApiProperty({ enum: windowOutcomes }) readonly outcome!: WindowOutcome['outcome'];
  /** The outcome with its reason, as a clause that follows "then". */
  @ApiProperty() readonly detail!: string;
}

export class ConfirmationWindowDto implements ShownWindow {
  /**
   * Where `untold_s` is there, people are asked for an approval at this time unless somebody has
   * been told of the window.
   */
  @ApiProperty(time) readonly due_at!: string;
  /**
   * Seconds that the window will be open from when a channel has told somebody of it; absent once
   * its clock runs.
   */
  @ApiPropertyOptional() readonly untold_s?: number;
  /** When it was opened, no channel of the tenant reached people; absent otherwise. */
  @ApiPropertyOptional({ type: Boolean }) readonly reaches_nobody?: true;
  /** What happens at its end as things stand now, if nobody says anything. */
  @ApiProperty({ type: WindowOutcomeDto }) readonly end!: WindowOutcome;
  @ApiProperty(nullable({ type: String })) readonly policy_id!: string | null;
  @ApiProperty({ enum: ['proceed', 'expire'] }) readonly on_elapse!: 'proceed' | 'expire';
  @ApiProperty({ type: [HoldRecordDto] }) readonly holds!: readonly HoldRecordDto[];
  @ApiProperty() readonly digest!: string;
  @ApiProperty({ type: DigestPartsDto }) readonly digest_parts!: DigestPartsDto;
  @ApiProperty(listOf(reason)) readonly smallest_change!: readonly Reason[];
}

export class ActionApprovalDto implements ApprovalState {
  @ApiProperty() readonly cause!: string;
  @ApiProperty({ type: [HoldRecordDto] }) readonly holds!: readonly HoldRecordDto[];
  @ApiProperty({ enum: [1, 2] }) readonly required!: 1 | 2;
  @ApiProperty() readonly digest!: string;
  @ApiProperty({ type: DigestPartsDto }) readonly digest_parts!: DigestPartsDto;
  @ApiProperty(time) readonly requested_at!: string;
  @ApiProperty(time) readonly expires_at!: string;
  @ApiProperty(nullable(time)) readonly escalated_at!: string | null;
  @ApiProperty({ type: [String] }) readonly approved_by!: readonly string[];
  @ApiProperty({ type: [String] }) readonly approved_as!: readonly string[];
  @ApiProperty(listOf(reason)) readonly smallest_change!: readonly Reason[];
  @ApiProperty(listOf(reason)) readonly difference!: readonly Reason[];
}

/** Every `KpiVerdict`, whichever its verdict is: a class cannot be a union. */
export class KpiVerdictDto {
  @ApiProperty() readonly kpi!: string;
  @ApiProperty(nullable({ type: Number })) readonly observed!: number | null;
  @ApiProperty(nullable({ type: [Number] })) readonly predicted!: KpiVerdict['predicted'];
  @ApiProperty({ enum: ['inside', 'better', 'worse', 'missing'] }) readonly verdict!: KpiVerdict['verdict'];
}

export class ValidationResultDto implements Omit<ValidationResult, 'kpis'> {
  @ApiProperty({ enum: ['pass', 'inconclusive', 'fail'] }) readonly verdict!: ValidationResult['verdict'];
  @ApiProperty({ type: [KpiVerdictDto] }) readonly kpis!: readonly KpiVerdictDto[];
  @ApiProperty(nullable({ type: Number })) readonly impact_delta!: number | null;
  @ApiProperty(nullable({ type: [Number] }))
  readonly predicted_interval!: ValidationResult['predicted_interval'];
}

export class AutomaticBoundDto {
  @ApiProperty() readonly op!: string;
  @ApiProperty(anyJson) readonly value!: JsonValue;
}

/** A figure of a gate that asks, and what it would have to be for the gate not to ask. */
export class AutomaticIfDto implements AutomaticIf {
  @ApiProperty({ enum: gateNames }) readonly gate!: AutomaticIf['gate'];
  @ApiProperty() readonly figure!: string;
  @ApiProperty(anyJson) readonly is!: JsonValue;
  @ApiProperty({ type: AutomaticBoundDto }) readonly automatic!: AutomaticBoundDto;
  @ApiPropertyOptional() readonly by?: string;
}

/** The rollback of an action that was completed, as far as it has come. */
export class ActionRollbackDto implements RollbackState {
  @ApiProperty({ enum: ['prepared', 'approved', 'judged', 'started', 'refused', 'done'] })
  readonly status!: RollbackState['status'];
  @ApiProperty() readonly prepared_by!: string;
  @ApiProperty({ type: ActionPlanDto }) readonly plan!: ActionPlanDto;
  /** What a yes to it names. */
  @ApiProperty() readonly digest!: string;
  @ApiProperty(time) readonly expires_at!: string;
  @ApiProperty(nullable({ type: String })) readonly approved_by!: string | null;
  @ApiProperty(nullable({ type: String })) readonly request_id!: string | null;
  @ApiProperty(nullable(time)) readonly start_by!: string | null;
  @ApiProperty(nullable({ type: String })) readonly epoch!: string | null;
  @ApiProperty(listOf(reason)) readonly reasons!: readonly Reason[];
}

export class ActionDto {
  @ApiProperty() readonly action_id!: string;
  @ApiProperty() readonly intent_id!: string;
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly account_id!: string;
  @ApiProperty() readonly agent!: string;
  @ApiProperty() readonly action_type!: string;
  @ApiProperty() readonly entity_id!: string;
  @ApiProperty(anyObject) readonly parameters!: JsonObject;
  @ApiProperty() readonly affected_entity_count!: number;
  @ApiProperty({ enum: actionStates }) readonly state!: string;
  @ApiProperty() readonly dry_run!: boolean;
  @ApiProperty() readonly requester!: string;
  @ApiProperty(nullable({ type: String })) readonly claimed_by!: string | null;
  @ApiProperty(nullable(time)) readonly accepted_at!: string | null;
  @ApiProperty(nullable(time)) readonly ended_at!: string | null;
  @ApiProperty(nullable(time)) readonly due_at!: string | null;
  @ApiProperty(time) readonly server_time!: string;
  @ApiProperty(nullable({ type: String })) readonly waiting_for!: string | null;
  @ApiProperty(nullable({ type: AwaitedServiceDto })) readonly waiting!: AwaitedServiceDto | null;
  @ApiProperty(listOf(reason)) readonly reasons!: readonly Reason[];
  /** What it has left outside; null until it is over. */
  @ApiProperty(nullable({ enum: actionEffects })) readonly effect!: ActionEffect | null;
  @ApiProperty(nullable({ type: ActionRollbackDto })) readonly rollback!: ActionRollbackDto | null;
  @ApiProperty({ type: [ActionCommentDto] }) readonly comments!: readonly ActionCommentDto[];
  @ApiProperty({ type: [ActionGateDto] }) readonly gates!: readonly ActionGateDto[];
  @ApiProperty(nullable({ type: ActionPlanDto })) readonly plan!: ActionPlanDto | null;
  @ApiProperty(nullable({ type: ConfirmationWindowDto })) readonly window!: ConfirmationWindowDto | null;
  @ApiProperty(nullable({ type: ActionApprovalDto })) readonly approval!: ActionApprovalDto | null;
  @ApiProperty({ type: [AutomaticIfDto] }) readonly automatic_if!: readonly AutomaticIfDto[];
  @ApiProperty(nullable({ type: ValidationResultDto }))
  readonly validation_result!: ValidationResultDto | null;
  @ApiProperty(nullable({ type: KpiObservationDto })) readonly observation!: KpiObservationDto | null;
  @ApiProperty(logPosition) readonly position!: string;
}

export class FeedbackDto {
  /** `person:<person_id>`. */
  @ApiProperty() readonly by!: string;
  @ApiProperty({ enum: feedbackVerdicts }) readonly verdict!: FeedbackVerdict;
  @ApiProperty(nullable({ type: String })) readonly comment!: string | null;
  @ApiProperty(time) readonly at!: string;
}

/** One action, with what people said of what it did. */
export class ActionWithFeedbackDto extends ActionDto {
  @ApiProperty({ type: [FeedbackDto] }) readonly feedback!: readonly FeedbackDto[];
}

/** What people said of what an action did, the last word last. */
export class ActionFeedbackDto {
  @ApiProperty() readonly action_id!: string;
  @ApiProperty({ type: [FeedbackDto] }) readonly feedback!: readonly FeedbackDto[];
  @ApiProperty(nullable({ type: String })) readonly position!: string | null;
}

@ApiExtraModels(PersonActorDto, ServiceActorDto)
export class ActionEventDto {
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(logPosition) readonly position!: string;
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly type!: string;
  @ApiProperty(oneOf(PersonActorDto, ServiceActorDto)) readonly actor!: PersonActorDto | ServiceActorDto;
  @ApiProperty(anyObject) readonly data!: object;
}

export class ActionTimelineDto {
  @ApiProperty() readonly action_id!: string;
  @ApiProperty(time) readonly server_time!: string;
  @ApiProperty({ type: [ActionEventDto] }) readonly items!: readonly ActionEventDto[];
}

/** What a list shows of an action; the rest of it is in `GET …/actions/{id}`. */
class ActionRowDto
  extends PickType(ActionDto, [
    'action_id',
    'intent_id',
    'tenant_id',
    'account_id',
    'agent',
    'action_type',
    'entity_id',
    'affected_entity_count',
    'state',
    'dry_run',
    'requester',
    'claimed_by',
    'accepted_at',
    'ended_at',
    'due_at',
    'waiting_for',
    'waiting',
    'reasons',
    'effect',
    'position',
  ])
  implements Omit<ActionRow, 'state' | 'accepted_at'>
{
  /** The site of its change; null before it was planned, and where it has none. */
  @ApiProperty(nullable({ type: String })) readonly site_id!: string | null;
  /** Why a person was asked, also once that is over. */
  @ApiProperty(listOf(reason)) readonly held_for!: readonly Reason[];
  /** The digital twin's score, 1 to 99; null before it was asked. */
  @ApiProperty(nullable({ type: Number })) readonly risk_score!: number | null;
  /** Whether a person said yes or wrote something to it. */
  @ApiProperty() readonly answered!: boolean;
}

export class ActionPageDto extends pageOf(ActionRowDto) {
  @ApiProperty(time) readonly server_time!: string;
}

/** Whole actions, as an auditor holds them against the log. */
export class ActionRecordsDto extends pageOf(ActionDto) {
  @ApiProperty(time) readonly server_time!: string;
}
