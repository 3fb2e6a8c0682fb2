import type {
  ConsumeAnswer,
  ConsumeRequest,
  GiveBackAnswer,
  GiveBackRequest,
  ModeAnswer,
  ModeRequest,
} from './budget-rpc.js';
import type { ChangeCommands } from './change-rpc.js';
import type { CheckCommands } from './check-rpc.js';
import type {
  ExpectedChange,
  HandlerCommand,
  HandlerCommands,
  HandlerRpcName,
  HandlerService,
} from './handler-rpc.js';
import type { ActionIntentV1, ActionTypeV1 } from '../values/intent.js';
import type {
  AutoApprovalDecision,
  AutonomyMode,
  JsonObject,
  PolicyDecision,
  PostureLevel,
  Reason,
  RiskLevel,
  Timestamp,
} from '../values/names.js';
import type { Actor } from '../access/scopes.js';
import type { RecordAccessAnswer, RecordAccessRequest, RecordRefusalRequest } from './person-rpc.js';
import type { RecordSecretsAnswer, RecordSecretsRequest } from './secret-rpc.js';
import type { RecordPersonAnswer, RecordPersonRequest } from './person-rpc.js';
import type { PostureAnswer, PostureRequest, VoteAnswer, VoteRequest } from './posture-rpc.js';
import type { RetentionCommands } from '../values/retention.js';
import type { EvaluationAnswer } from './seen-evaluation.js';
import type { SeenAnswer, SeenRequest } from './seen-rpc.js';

// ---- digital-twin.predict
export type PredictRequest = {
  readonly tenant_id: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly parameters: JsonObject;
  readonly affected_entity_count?: number;
  readonly trigger_type?: string;
  readonly incident_id?: string;
  /**
   * True if the action only reads according to the catalogue. It is then predicted to have no
   * effect.
   */
  readonly read_only?: boolean;
  /** The change that the handler's network model expects; used only if there is no trace. */
  readonly expected?: ExpectedChange;
  /**
   * The present KPIs of the entity and its neighbours as a group, by KPI name and in its unit.
   * Absent if one of them is unknown.
   */
  readonly state?: { readonly [kpi: string]: number };
  /** The time from which the age of traces is measured. */
  readonly at: Timestamp;
  readonly fresh?: boolean;
};
export type TraceWeight = {
  readonly trace_id: string;
  readonly weight: number;
  readonly similarity: number;
  readonly age_h: number;
  readonly impact_delta: number;
  readonly impact_by_kpi: { readonly [kpi: string]: number };
  readonly harmed: boolean;
};
export type LostVote = {
  readonly outcomes: number;
  readonly misses: number;
  readonly most_misses: number;
};
export type PredictionV1 = {
  /** A whole number from 1 to 99. */
  readonly risk_score: number;
  readonly risk_level: RiskLevel;
  readonly impact_delta: number;
  readonly impact_by_kpi: { readonly [kpi: string]: number };
  /** The bounds [low, high] of `impact_delta`, low ≤ high. */
  readonly confidence_interval: readonly [number, number];
  readonly interval_by_kpi: { readonly [kpi: string]: readonly [number, number] };
  /** 0–1. */
  readonly confidence: number;
  readonly basis: 'memory' | 'model' | 'heuristic' | 'no_effect';
  /**
   * Present while the twin has no vote on the action type: `misses` of its last `outcomes` were
   * outside the predicted interval, more than `most_misses`. A person then decides.
   */
  readonly lost_vote?: LostVote;
  /** The risk score before its calibration by past outcomes; absent if it was not calibrated. */
  readonly raw_risk?: number;
  /**
   * Present if past outcomes depend on the network's state, which the request does not state. A
   * person then decides.
   */
  readonly lacks_state?: true;
  readonly traces: readonly TraceWeight[];
  readonly explanation: string;
  readonly memory_version: string;
  readonly made_at: Timestamp;
  /** The basis of the answer, from which it can be computed again. */
  readonly input: JsonObject;
};
/**
 * A prediction in the form of an action's record. It names the three nearest traces; the memory's
 * version determines all of them. `input` does not hold the request, because that follows from the
 * intent.
 */
export type SeenPrediction = Omit<PredictionV1, 'traces' | 'explanation' | 'interval_by_kpi'> & {
  /**
   * The nearest traces. Traces, explanation and intervals are absent if a later gate refused,
   * because they follow from the memory's version.
   */
  readonly traces?: readonly Pick<TraceWeight, 'trace_id' | 'weight'>[];
  readonly explanation?: string;
  readonly interval_by_kpi?: PredictionV1['interval_by_kpi'];
};

// ---- policy-evaluator.evaluate / auto_approve
export type EvaluateRequest = {
  readonly tenant_id: string;
  readonly intent: ActionIntentV1;
  readonly prediction: SeenPrediction | null;
  readonly posture: PostureLevel | null;
  readonly at: Timestamp;
  readonly fresh?: boolean;
  readonly action_id?: string;
  readonly request_id?: string;
  readonly dry_run?: boolean;
};
export type MatchedPolicy = {
  readonly policy_id: string;
  readonly version: number;
  readonly content_hash: string;
  readonly name: string;
  readonly decision: 'ALLOW' | 'DENY' | 'CONFIRM';
};
export type EvaluationLimits = {
  readonly max_affected_entities: number | null;
  readonly min_confidence: number | null;
  readonly confirmation_window_s: number | null;
  readonly confirm_above_entities: number | null;
  readonly on_elapse: 'proceed' | 'expire';
  /**
   * The policy whose CONFIRM or confirm_above_entities opens the window. Null if a rule opens it,
   * or if there is no window.
   */
  readonly window_policy: string | null;
};
/**
 * The shift that adaptive thresholds add to an action type's configured confidence thresholds, −0.1
 * to 0.1. `revision` is that of the stream that sets it.
 */
export type ThresholdShift = { readonly shift: number; readonly revision: string };
export type EvaluationV1 = {
  readonly evaluation_id: string;
  readonly trace_id: string;
  readonly decision: PolicyDecision;
  readonly confidence: number;
  readonly reasons: readonly Reason[];
  readonly explanation: string;
  readonly policies: {
    readonly decision: PolicyDecision | 'ABSTAIN';
    readonly matched: readonly MatchedPolicy[];
  };
  readonly bundle: {
    readonly decision: PolicyDecision | 'ABSTAIN';
    readonly bundle_id: string | null;
    readonly bundle_version: string | null;
    readonly bundle_hash: string | null;
    readonly variant: 'active' | 'canary' | 'none';
    readonly rule_id: string | null;
    readonly reason: string | null;
  };
  readonly matched_rules: readonly string[];
  readonly near_misses: readonly JsonObject[];
  readonly unknown_fields: readonly string[];
  readonly budget: { readonly cost: number; readonly compute: number };
  /** The number of approvals: 0 if no policy asks for a person, otherwise 1 or 2. */
  readonly approvals_required: 0 | 1 | 2;
  readonly limits: EvaluationLimits;
  /** The tenant's thresholds for gate 7 by risk level, 0–1, including a shift. */
  readonly confidence_thresholds: { readonly [level in RiskLevel]: number };
  /** Absent if the tenant has not opted in to adaptive thresholds for the action type. */
  readonly threshold_shift?: ThresholdShift;
  /** The versions that were used, and the log position up to which the evaluator was current. */
  readonly versions: JsonObject;
  readonly position: string;
};
export type AutoApproveRequest = {
  readonly action_type: string;
  readonly confidence_score: number;
  readonly risk_level: RiskLevel;
  readonly lifecycle_state?: string;
  readonly tenant_id: string;
  readonly account_id: string;
  readonly autonomy_mode: AutonomyMode;
  readonly external_contact: boolean;
  readonly fresh?: boolean;
};
export type AutoApproveAnswer = {
  readonly decision: AutoApprovalDecision;
  readonly reason?: string;
  readonly explanation: string;
  readonly policy_version: string;
  readonly policy_clause?: string;
  /**
   * The configuration that decided, so that the event alone explains it. Its thresholds include the
   * shift.
   */
  readonly config: JsonObject;
  readonly version: string;
  /** Absent if the tenant has not opted in to adaptive thresholds for the action type. */
  readonly threshold_shift?: ThresholdShift;
};

// ---- alerting.raise / resolve
/** Alerts that services report about themselves. Alerting derives all others from the log. */
export const raisedAlerts = [
  'projection_lag',
  'canary_gate',
  'device_unreachable',
  'channel_failing',
  'rollback_failed',
  'forged_event',
  'open_work_missed',
] as const;
/**
 * The request to raise an alert. `subject` is e.g. `safety-rails/actions`; there is one alert per
 * tenant, name and subject. `tenant_id`: the owner; absent: the system. `cause`: the event that it
 * is about; null if there is none. `at`: the sender's own time, which identifies a late repeat.
 */
export type RaiseAlertRequest = {
  readonly request_id: string;
  readonly name: (typeof raisedAlerts)[number];
  readonly tenant_id?: string;
  readonly subject: string;
  readonly detail: string;
  readonly cause: { readonly event_id: string; readonly type: string; readonly stream: string } | null;
  readonly at: Timestamp;
};
export type ResolveAlertRequest = Omit<RaiseAlertRequest, 'cause'>;
export type RaisedAlertAnswer = {
  readonly alert_id: string;
  readonly status: 'none' | 'firing' | 'acknowledged' | 'resolved';
};

// ---- safety-rails.executor
/**
 * The report of an instance that carries out actions. `register`: it may hold leases from now on.
 * `answer`: it sends nothing more under a lease older than an event of a kill switch's stream.
 * `leave`: it no longer holds any lease.
 */
type ExecutorRequest = { readonly service: string; readonly instance: string } & (
  | { readonly kind: 'register' | 'leave' }
  | { readonly kind: 'answer'; readonly stream: string; readonly revision: string }
);

// ---- policy-registry.define_tool / retire
/**
 * An MCP server's tool that a person has confirmed, to become an action type. `actor` is that
 * person.
 */
export type DefineToolRequest = {
  readonly request_id: string;
  readonly tenant_id: string;
  readonly actor: Actor;
  readonly at: Timestamp;
  readonly type: Omit<ActionTypeV1, 'version'>;
};
export type DefineToolAnswer = { readonly action_type: string; readonly version: number };

/**
 * Every request/reply command, by `<service>.<command>`. Its subject is
 * `interlock.rpc.<service>.<command>.<caller>`.
 */
type RpcCommands = {
  readonly 'posture.posture': { readonly request: PostureRequest; readonly answer: PostureAnswer };
  readonly 'budget-ledger.mode': { readonly request: ModeRequest; readonly answer: ModeAnswer };
  readonly 'budget-ledger.consume': { readonly request: ConsumeRequest; readonly answer: ConsumeAnswer };
  readonly 'budget-ledger.give_back': { readonly request: GiveBackRequest; readonly answer: GiveBackAnswer };
  readonly 'digital-twin.predict': { readonly request: PredictRequest; readonly answer: PredictionV1 };
  readonly 'policy-evaluator.evaluate': {
    readonly request: EvaluateRequest;
    readonly answer: EvaluationAnswer;
  };
  readonly 'policy-evaluator.auto_approve': {
    readonly request: AutoApproveRequest;
    readonly answer: AutoApproveAnswer;
  };
  /**
   * Submits an intent. `requester` is read only from a service that has authenticated somebody
   * itself (`rpcCallers`). A tenant's user submits for itself.
   */
  readonly 'safety-rails.submit': {
    readonly request: { readonly intent: unknown; readonly requester?: string; readonly time: Timestamp };
    readonly answer: {
      readonly action_id: string;
      readonly intent_id: string;
      readonly position: string;
      readonly state: string;
    };
  };
  readonly 'safety-rails.executor': {
    readonly request: ExecutorRequest;
    readonly answer: { readonly registered_s: number };
  };
  readonly 'safety-rails.seen': { readonly request: SeenRequest; readonly answer: SeenAnswer };
  readonly 'policy-registry.define_tool': {
    readonly request: DefineToolRequest;
    readonly answer: DefineToolAnswer;
  };
  readonly 'policy-evaluator.vote': { readonly request: VoteRequest; readonly answer: VoteAnswer };
  readonly 'audit.record_person': {
    readonly request: RecordPersonRequest;
    readonly answer: RecordPersonAnswer;
  };
  readonly 'audit.record_access': {
    readonly request: RecordAccessRequest;
    readonly answer: RecordAccessAnswer;
  };
  readonly 'audit.record_refusal': {
    readonly request: RecordRefusalRequest;
    readonly answer: RecordAccessAnswer;
  };
  readonly 'audit.record_secrets': {
    readonly request: RecordSecretsRequest;
    readonly answer: RecordSecretsAnswer;
  };
  readonly 'audit.vote': { readonly request: VoteRequest; readonly answer: VoteAnswer };
  readonly 'alerting.raise': { readonly request: RaiseAlertRequest; readonly answer: RaisedAlertAnswer };
  readonly 'alerting.resolve': { readonly request: ResolveAlertRequest; readonly answer: RaisedAlertAnswer };
} & ChangeCommands &
  CheckCommands &
  RetentionCommands & {
    readonly [C in HandlerCommand as `${HandlerService}.${C}`]: HandlerCommands[C];
  };
export type RpcName = keyof RpcCommands;
/**
 * The callable commands: a command by its name, or a handler's by the service that the catalogue
 * names.
 */
export type CalledName = RpcName | HandlerRpcName;
type Called<N extends CalledName> = N extends RpcName
  ? RpcCommands[N]
  : N extends `${string}.${infer C extends HandlerCommand}`
    ? HandlerCommands[C]
    : never;
/**
 * A request. The reply is sent as the answer `{ "ok": … }` or a problem `{ "problem":
 * ProblemDetails }`.
 */
export type RpcRequest<N extends CalledName> = Called<N>['request'];
export type RpcAnswer<N extends CalledName> = Called<N>['answer'];
