import type {
  ActionStateName,
  ActionEffect,
  JsonObject,
  JsonValue,
  Reason,
  WindowOutcome,
} from '@interlock/contracts';
import type {
  ActionState,
  AutomaticIf,
  FeedbackVerdict,
  GateView,
  HoldRecord,
  KpiVerdict,
  RollbackState,
  ValidationResult,
} from '@interlock/rails';
import type {
  KpiObservationDto,
  PersonActorDto,
  ServiceActorDto,
  LogPosition,
  Time,
  StreamRevision,
  PageOf,
} from '@interlock/platform';

type ActionComment = ActionState['comments'][number];

export type AcceptedActionDto = {
  readonly action_id: string;
  readonly intent_id: string;
  readonly position: LogPosition;
  readonly state: string;
};

export type AwaitedServiceDto = {
  readonly service: string;
  readonly gate: string;
  readonly detail: string;
  readonly expires_at: Time;
};

export type ActionCommentDto = {
  readonly on: ActionComment['on'];
  readonly by: string;
  readonly at: Time;
  readonly comment: string;
};

export type ActionGateDto = {
  readonly gate: string;
  readonly verdict: GateView['verdict'];
  readonly hold?: string | null;
  readonly reasons: readonly Reason[];
  readonly saw: object;
};

export type PlanPayloadDto = {
  readonly device_id: string;
  readonly operation: string;
  readonly xml: string;
};

export type LeafChangeDto = {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
};

export type ActionPlanDto = {
  readonly plan_hash: string;
  readonly device_id: string;
  readonly site_id: string | null;
  readonly profile: string;
  readonly payloads: readonly PlanPayloadDto[];
  readonly diff: readonly LeafChangeDto[];
  readonly diff_hash: string;
  readonly leaves_fingerprint: string;
  readonly reversible: boolean;
  readonly violations: readonly Reason[];
};

export type HoldRecordDto = {
  readonly gate: HoldRecord['gate'];
  readonly hold: HoldRecord['hold'];
  readonly reasons: readonly Reason[];
  readonly content: JsonObject;
};

export type DigestPartsDto = {
  readonly action: string;
  readonly risk_score: number;
  readonly diff: string;
  readonly leaves: string;
  readonly policies: string;
  readonly holds?: string;
  /** How many entities were affected when it was shown. */
  readonly affected?: number;
};

export type ConfirmationWindowDto = {
  /**
   * Where `untold_s` is there, people are asked for an approval at this time unless somebody has
   * been told of the window.
   */
  readonly due_at: Time;
  /**
   * Seconds that the window will be open from when a channel has told somebody of it; absent once
   * its clock runs.
   */
  readonly untold_s?: number;
  /** When it was opened, no channel of the tenant reached people; absent otherwise. */
  readonly reaches_nobody?: true;
  /** What happens at its end as things stand now, if nobody says anything. */
  readonly end: WindowOutcome;
  readonly policy_id: string | null;
  readonly on_elapse: 'proceed' | 'expire';
  readonly holds: readonly HoldRecordDto[];
  readonly digest: string;
  readonly digest_parts: DigestPartsDto;
  readonly smallest_change: readonly Reason[];
};

export type ActionApprovalDto = {
  readonly cause: string;
  readonly holds: readonly HoldRecordDto[];
  readonly required: 1 | 2;
  readonly digest: string;
  readonly digest_parts: DigestPartsDto;
  readonly requested_at: Time;
  readonly expires_at: Time;
  readonly escalated_at: Time | null;
  readonly approved_by: readonly string[];
  readonly approved_as: readonly string[];
  readonly smallest_change: readonly Reason[];
  readonly difference: readonly Reason[];
};

/** Every `KpiVerdict`, whichever its verdict is: a class cannot be a union. */
export type KpiVerdictDto = {
  readonly kpi: string;
  readonly observed: number | null;
  readonly predicted: KpiVerdict['predicted'];
  readonly verdict: KpiVerdict['verdict'];
};

export type ValidationResultDto = {
  readonly verdict: ValidationResult['verdict'];
  readonly kpis: readonly KpiVerdictDto[];
  readonly impact_delta: number | null;
  readonly predicted_interval: ValidationResult['predicted_interval'];
};

export type AutomaticBoundDto = {
  readonly op: string;
  readonly value: JsonValue;
};

/** A figure of a gate that asks, and what it would have to be for the gate not to ask. */
export type AutomaticIfDto = {
  readonly gate: AutomaticIf['gate'];
  readonly figure: string;
  readonly is: JsonValue;
  readonly automatic: AutomaticBoundDto;
  readonly by?: string;
};

/** The rollback of an action that was completed, as far as it has come. */
export type ActionRollbackDto = {
  readonly status: RollbackState['status'];
  readonly prepared_by: string;
  readonly plan: ActionPlanDto;
  /** What a yes to it names. */
  readonly digest: string;
  readonly expires_at: Time;
  readonly approved_by: string | null;
  readonly request_id: string | null;
  readonly start_by: Time | null;
  readonly epoch: string | null;
  readonly reasons: readonly Reason[];
};

export type ActionDto = {
  readonly action_id: string;
  readonly intent_id: string;
  readonly tenant_id: string;
  readonly account_id: string;
  readonly agent: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly parameters: JsonObject;
  readonly affected_entity_count: number;
  readonly state: ActionStateName;
  readonly dry_run: boolean;
  readonly requester: string;
  readonly claimed_by: string | null;
  readonly accepted_at: Time | null;
  readonly ended_at: Time | null;
  readonly due_at: Time | null;
  readonly server_time: Time;
  readonly waiting_for: string | null;
  readonly waiting: AwaitedServiceDto | null;
  readonly reasons: readonly Reason[];
  /** What it has left outside; null until it is over. */
  readonly effect: ActionEffect | null;
  readonly rollback: ActionRollbackDto | null;
  readonly comments: readonly ActionCommentDto[];
  readonly gates: readonly ActionGateDto[];
  readonly plan: ActionPlanDto | null;
  readonly window: ConfirmationWindowDto | null;
  readonly approval: ActionApprovalDto | null;
  readonly automatic_if: readonly AutomaticIfDto[];
  readonly validation_result: ValidationResultDto | null;
  readonly observation: KpiObservationDto | null;
  readonly position: LogPosition;
};

export type FeedbackDto = {
  /** `person:<person_id>`. */
  readonly by: string;
  readonly verdict: FeedbackVerdict;
  readonly comment: string | null;
  readonly at: Time;
};

/** One action, with what people said of what it did. */
export type ActionWithFeedbackDto = ActionDto & {
  readonly feedback: readonly FeedbackDto[];
};

/** What people said of what an action did, the last word last. */
export type ActionFeedbackDto = {
  readonly action_id: string;
  readonly feedback: readonly FeedbackDto[];
  readonly position: string | null;
};

export type ActionEventDto = {
  readonly revision: StreamRevision;
  readonly position: LogPosition;
  readonly at: Time;
  readonly type: string;
  readonly actor: PersonActorDto | ServiceActorDto;
  readonly data: object;
};

export type ActionTimelineDto = {
  readonly action_id: string;
  readonly server_time: Time;
  readonly items: readonly ActionEventDto[];
};

/** What a list shows of an action; the rest of it is in `GET …/actions/{id}`. */
type ActionRowDto = Pick<
  ActionDto,
  | 'action_id'
  | 'intent_id'
  | 'tenant_id'
  | 'account_id'
  | 'agent'
  | 'action_type'
  | 'entity_id'
  | 'affected_entity_count'
  | 'state'
  | 'dry_run'
  | 'requester'
  | 'claimed_by'
  | 'accepted_at'
  | 'ended_at'
  | 'due_at'
  | 'waiting_for'
  | 'waiting'
  | 'reasons'
  | 'effect'
  | 'position'
> & {
  /** The site of its change; null before it was planned, and where it has none. */
  readonly site_id: string | null;
  /** Why a person was asked, also once that is over. */
  readonly held_for: readonly Reason[];
  /** The digital twin's score, 1 to 99; null before it was asked. */
  readonly risk_score: number | null;
  /** Whether a person said yes or wrote something to it. */
  readonly answered: boolean;
};

export type ActionPageDto = PageOf<ActionRowDto> & {
  readonly server_time: Time;
};

/** Whole actions, as an auditor holds them against the log. */
export type ActionRecordsDto = PageOf<ActionDto> & {
  readonly server_time: Time;
};
