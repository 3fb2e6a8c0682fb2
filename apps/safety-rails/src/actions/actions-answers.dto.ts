import type {
  ActionStateName,
  ActionEffect,
  JsonObject,
  JsonValue,
  Reason,
  WindowOutcome,
} from '@interlock/contracts';
import type {
  ActionRow,
  ActionState,
  AutomaticIf,
  FeedbackVerdict,
  GateView,
  StepView,
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

type AwaitedServiceDto = {
  readonly service: string;
  readonly gate: string;
  readonly detail: string;
  readonly expires_at: Time;
};

type ActionCommentDto = {
  readonly on: ActionComment['on'];
  readonly by: string;
  readonly at: Time;
  readonly comment: string;
};

/** One of the nine gates, with everything that it looked at. */
type ActionGateDto = {
  /** @example "prediction" */
  readonly gate: GateView['gate'];
  readonly verdict: GateView['verdict'];
  /**
   * How people are asked because of the gate; null if they are not.
   *
   * @example null
   */
  readonly hold: GateView['hold'];
  readonly reasons: readonly Reason[];
  /** @example {"risk_score":12} */
  readonly saw: object;
};

/** One step after the gates. */
type ActionStepDto = {
  readonly step: StepView['step'];
  readonly verdict: StepView['verdict'];
  readonly reasons: readonly Reason[];
  /** @example {"epoch":"4711"} */
  readonly saw: object;
};

type PlanPayloadDto = {
  readonly device_id: string;
  readonly operation: string;
  readonly xml: string;
};

type LeafChangeDto = {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
};

/** The difference that the edit makes, as the device itself reports it. */
type DeviceDiffDto = {
  readonly source: 'candidate' | 'read-back' | 'unavailable';
  /** Null unless the source is `candidate`. */
  readonly changes: readonly LeafChangeDto[] | null;
  /** The reason why there are no changes to show. Null if there are changes. */
  readonly why: string | null;
};

/** The part of a plan that is on one device. */
type ActionPlanPartDto = {
  readonly device_id: string;
  readonly site_id: string | null;
  readonly profile: string;
  readonly binding?: string;
  readonly plan_hash: string;
  readonly diff: readonly LeafChangeDto[];
  readonly diff_hash: string;
  readonly leaves_fingerprint: string;
  readonly device_diff?: DeviceDiffDto;
};

type ActionPlanDto = {
  readonly plan_hash: string;
  readonly device_id: string;
  readonly site_id: string | null;
  readonly profile: string;
  readonly binding?: string;
  readonly payloads: readonly PlanPayloadDto[];
  readonly diff: readonly LeafChangeDto[];
  readonly diff_hash: string;
  readonly leaves_fingerprint: string;
  readonly device_diff?: DeviceDiffDto;
  readonly reversible: boolean;
  readonly violations: readonly Reason[];
  /** The parts in the order of the commits. Absent unless the plan changes several devices. */
  readonly parts?: readonly ActionPlanPartDto[];
};

export type HoldRecordDto = {
  readonly gate: HoldRecord['gate'];
  readonly hold: HoldRecord['hold'];
  readonly reasons: readonly Reason[];
  readonly content: JsonObject;
};

type DigestPartsDto = {
  readonly action: string;
  readonly risk_score: number;
  readonly diff: string;
  readonly leaves: string;
  readonly policies: string;
  readonly holds?: string;
  /** The number of affected entities when the action was shown. */
  readonly affected?: number;
};

type ConfirmationWindowDto = {
  /**
   * The time at which people are asked for an approval. With `unnotified_s`, it applies unless
   * somebody has been notified of the window.
   */
  readonly due_at: Time;
  /**
   * The number of seconds that the window stays open after a channel has notified somebody. Absent
   * once its clock runs.
   */
  readonly unnotified_s?: number;
  /** True if no channel of the tenant reached people when the window opened. Absent otherwise. */
  readonly reaches_nobody?: true;
  /** The outcome at the end of the window if nobody answers, as things are now. */
  readonly end: WindowOutcome;
  readonly policy_id: string | null;
  readonly on_elapse: 'proceed' | 'expire';
  readonly holds: readonly HoldRecordDto[];
  readonly digest: string;
  readonly digest_parts: DigestPartsDto;
  readonly smallest_change: readonly Reason[];
};

type ActionApprovalDto = {
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

/** How one KPI compares with its prediction. */
type KpiVerdictDto = {
  readonly kpi: string;
  readonly observed: number | null;
  readonly predicted: KpiVerdict['predicted'];
  readonly verdict: KpiVerdict['verdict'];
};

type ValidationResultDto = {
  readonly verdict: ValidationResult['verdict'];
  readonly kpis: readonly KpiVerdictDto[];
  readonly impact_delta: number | null;
  readonly predicted_interval: ValidationResult['predicted_interval'];
};

type AutomaticBoundDto = {
  readonly op: string;
  /** @example 10 */
  readonly value: JsonValue;
};

/** A figure that makes a gate ask a person, and the bound below which the gate does not ask. */
type AutomaticIfDto = {
  readonly gate: AutomaticIf['gate'];
  readonly figure: string;
  /** @example 12 */
  readonly is: JsonValue;
  readonly automatic: AutomaticBoundDto;
  readonly by?: string;
};

/** The rollback of a completed action, with its progress. */
type ActionRollbackDto = {
  readonly status: RollbackState['status'];
  readonly prepared_by: string;
  readonly plan: ActionPlanDto;
  /** The digest that an approval of the rollback names. */
  readonly digest: string;
  readonly expires_at: Time;
  readonly approved_by: string | null;
  readonly request_id: string | null;
  readonly start_by: Time | null;
  /** True if it undoes a temporary change at the end of its time. */
  readonly temporary: boolean;
  /** When a refused undo of a temporary change is tried again; null if it is not. */
  readonly again_at: Time | null;
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
  /** @example {"cell_id":"cell-17"} */
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
  /** What the action has changed outside Interlock; null until the action ends. */
  readonly effect: ActionEffect | null;
  /** When Interlock undoes its temporary change that is in place; null if there is none. */
  readonly stays_until: Time | null;
  readonly rollback: ActionRollbackDto | null;
  readonly comments: readonly ActionCommentDto[];
  /** The gates that have been judged, in their order. */
  readonly gates: readonly ActionGateDto[];
  /** The steps after the gates that the action has reached, in their order. */
  readonly steps: readonly ActionStepDto[];
  readonly plan: ActionPlanDto | null;
  readonly window: ConfirmationWindowDto | null;
  readonly approval: ActionApprovalDto | null;
  readonly automatic_if: readonly AutomaticIfDto[];
  readonly validation_result: ValidationResultDto | null;
  readonly observation: KpiObservationDto | null;
  readonly position: LogPosition;
};

type FeedbackDto = {
  /** `person:<person_id>`. */
  readonly by: string;
  readonly verdict: FeedbackVerdict;
  readonly comment: string | null;
  readonly at: Time;
};

/** One action with the feedback of people on its outcome. */
export type ActionWithFeedbackDto = ActionDto & {
  readonly feedback: readonly FeedbackDto[];
};

/** People's feedback on the outcome of an action, oldest first. */
export type ActionFeedbackDto = {
  readonly action_id: string;
  readonly feedback: readonly FeedbackDto[];
  readonly position: string | null;
};

type ActionEventDto = {
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

/** The part of an action that lists show. `GET …/actions/{id}` returns the rest. */
type ActionRowDto = Pick<ActionDto, keyof ActionDto & keyof ActionRow> & Omit<ActionRow, keyof ActionDto>;

export type ActionPageDto = PageOf<ActionRowDto> & {
  readonly server_time: Time;
};

/** Whole actions, for comparison with the log. */
export type ActionRecordsDto = PageOf<ActionDto> & {
  readonly server_time: Time;
};
