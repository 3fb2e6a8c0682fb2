import type { HourlyRoom } from '../execution/lease.js';
import {
  actionEndTypes,
  type ActionIntentV1,
  type AcceptedActionType,
  type LeafChange,
  type Observation,
  type PlanAnswer,
  type Reason,
  type Timestamp,
} from '@interlock/contracts';
import type { WithReasons } from '@interlock/kernel';
import type { Fact, Hold, HoldContent } from '../gates/gate.js';
import type { ActionDenied } from '../gates/record.js';
import type { GateName, RecordedGate } from '../gates/table.js';
import type { KillSwitchHead } from '../stop/kill-switch.js';
import { rollbackEventTypes, type RollbackEvent } from './rollback-events.js';

/** A gate that needs a person. An approval of it covers `content`. */
export type HoldRecord = {
  readonly gate: GateName;
  readonly hold: Hold;
  readonly reasons: readonly Reason[];
  readonly content: HoldContent;
};
/**
 * The parts that an approval is bound to: one hash per part. The prediction is compared by its
 * risk, and the holds by their contents, not by their hashes. `holds` are those that a person is
 * asked about; it is absent elsewhere.
 */
export type DigestParts = {
  readonly action: string;
  readonly risk_score: number;
  readonly diff: string;
  readonly leaves: string;
  readonly policies: string;
  readonly holds?: string;
  /**
   * The number of affected entities, as it was shown. It is compared as a number, because fewer
   * entities are no difference. Absent if it was not shown.
   */
  readonly affected?: number;
};
/**
 * `missing`: a predicted value was not observed (`observed` is null), so no comparison is possible.
 */
export type KpiVerdict = { readonly kpi: string } & (
  | {
      readonly verdict: 'inside' | 'missing';
      readonly observed: number | null;
      readonly predicted: readonly [number, number] | null;
    }
  | {
      readonly verdict: 'better' | 'worse';
      readonly observed: number;
      readonly predicted: readonly [number, number];
    }
);
export type ValidationResult = {
  readonly verdict: 'pass' | 'inconclusive' | 'fail';
  readonly kpis: readonly KpiVerdict[];
  readonly impact_delta: number | null;
  readonly predicted_interval: readonly [number, number] | null;
};

/**
 * The text that a person wrote, sealed (docs/privacy.md); absent if there is none. Reasons never
 * repeat it, because machines read reasons and they are sent upstream.
 */
type WithComment = { readonly comment?: string };
/** The data of an ended action that the decision memory keeps. */
export type FinishedData = WithReasons & {
  readonly action_type: string;
  readonly entity_id: string;
  readonly parameters: ActionIntentV1['parameters'];
  readonly affected_entity_count: number;
  readonly trigger_type: string;
  readonly incident_id: string | null;
  readonly dry_run: boolean;
  readonly predicted: {
    readonly risk_score: number;
    /** The score before its calibration; absent if it was not calibrated. */
    readonly raw_risk?: number;
    readonly impact_delta: number;
    readonly confidence_interval: readonly [number, number];
    readonly impact_by_kpi: { readonly [kpi: string]: number };
  } | null;
  readonly observation: Observation | null;
  readonly validation_result: ValidationResult | null;
};

/**
 * The sequence number of this end's outcome: absent for the first, 2 after the rollback of a
 * completed action.
 */
type AfterRollback = { readonly sequence?: 2 };

/** The data that a plan adds to an action that it submits. Only the intent gateway writes it. */
export type PartOfPlan = {
  readonly plan_id: string;
  readonly node_id: string;
  readonly role: 'preview' | 'node' | 'take_back';
  /**
   * The people's approval of this action within the plan; null if nobody was asked, or if the
   * approval covers nothing of it.
   */
  readonly approval: PlanApproval | null;
};
export type PlanApproval = {
  readonly digest: string;
  readonly digest_parts: DigestParts;
  readonly holds: readonly HoldRecord[];
  readonly approvals_required: 1 | 2;
  readonly approved_by: readonly string[];
  readonly approved_as: readonly string[];
  readonly expires_at: Timestamp;
  /** The approval includes the rollback of the completed action, if the plan takes it back. */
  readonly rolls_back?: true;
};

export type IntentAcceptedData = {
  readonly action_id: string;
  readonly intent: ActionIntentV1;
  readonly content_hash: string;
  readonly requester: string;
  /** The person on whose behalf the action is requested; absent if there is none. */
  readonly claimed_by?: string;
  /**
   * Every key that identifies the person in `claimed_by` when another person is needed; absent if
   * it is only that key.
   */
  readonly claimed_as?: readonly string[];
  readonly source: string;
  readonly time: Timestamp;
  readonly first_gate_by: Timestamp;
  readonly action_type: AcceptedActionType;
  /**
   * The intent's own estimate, if its parameters state a larger one; absent if `intent` is
   * unchanged.
   */
  readonly own_estimates?: Pick<ActionIntentV1, 'estimated_cost' | 'estimated_compute'>;
  /** The plan that submitted the intent; absent if none did. */
  readonly part_of?: PartOfPlan;
};

/**
 * The walk through the gates, in order. `from` is the first of `gates` if the walk continues an
 * earlier one. `consume` is the request for the day's budget; its gate then follows in the next
 * event of this kind.
 */
type FirstLook = {
  readonly occasion: 'first';
  readonly from?: GateName;
  readonly gates: readonly RecordedGate[];
  readonly consume?: { readonly request_id: string; readonly day: string; readonly time_zone: string };
};
/** Every gate but the budget again, after a confirmation window has run out. */
type AnotherLook = { readonly occasion: 'again'; readonly gates: readonly RecordedGate[] };
/**
 * Every gate but the budget, and the plan, again right before the execution; `difference` lists the
 * changes since the approval.
 */
type LastLook = {
  readonly occasion: 'last';
  readonly gates: readonly RecordedGate[];
  readonly plan: PlanAnswer | null;
  readonly digest_parts: DigestParts;
  readonly difference: readonly Reason[];
};

/**
 * Why people are asked. `nobody-told`: no channel notified anybody of a confirmation window in
 * time.
 */
export type ApprovalCause = 'holds' | 'window-not-automatic' | 'nobody-told' | 'changed';
export type ActionEvent =
  | Fact<'IntentAccepted', IntentAcceptedData>
  /** Gates that were judged together, each with what it saw and its verdict. */
  | Fact<'GatesJudged', FirstLook | AnotherLook | LastLook>
  | ActionDenied
  | Fact<
      'ServiceAwaited',
      {
        readonly service: string;
        readonly gate: string;
        readonly detail: string;
        readonly expires_at: Timestamp;
      }
    >
  | Fact<'PlanPrepared', { readonly plan: PlanAnswer | null }>
  | Fact<
      'ConfirmationWindowOpened',
      {
        readonly due_at: Timestamp;
        readonly window_s: number;
        /**
         * The seconds until `due_at`, by which one of the tenant's channels must have notified
         * somebody. The clock begins with that notification. Absent if the clock began at once.
         */
        readonly notify_within_s?: number;
        /**
         * None of the tenant's channels reaches people, so nobody can be notified; absent
         * otherwise.
         */
        readonly reaches_nobody?: true;
        readonly policy_id: string | null;
        readonly on_elapse: 'proceed' | 'expire';
        readonly holds: readonly HoldRecord[];
        readonly digest: string;
        readonly digest_parts: DigestParts;
        readonly smallest_change: readonly Reason[];
      }
    >
  /** A channel has notified somebody of the window, and its clock begins. */
  | Fact<'ConfirmationWindowStarted', { readonly due_at: Timestamp; readonly channel_id: string }>
  | Fact<'ConfirmationWindowExtended', { readonly due_at: Timestamp; readonly by: string }>
  | Fact<'ConfirmationWindowElapsed', { readonly policy_id: string | null }>
  | Fact<'ActionConfirmed', WithComment & { readonly by: string; readonly digest: string }>
  | Fact<
      'ApprovalRequested',
      {
        readonly cause: ApprovalCause;
        readonly holds: readonly HoldRecord[];
        readonly approvals_required: 1 | 2;
        readonly digest: string;
        readonly digest_parts: DigestParts;
        readonly expires_at: Timestamp;
        readonly smallest_change: readonly Reason[];
        readonly difference: readonly Reason[];
      }
    >
  /**
   * Nobody has answered for so long that other people should be asked too. Written once for each
   * request.
   */
  | Fact<'ApprovalEscalated', { readonly requested_at: Timestamp; readonly expires_at: Timestamp }>
  | Fact<
      'ActionApproved',
      WithComment & {
        readonly by: string;
        readonly digest: string;
        readonly approvals: number;
        readonly approvals_required: 1 | 2;
      }
    >
  /**
   * The plan's approval covers every hold of the action's own gates, so the action goes on with
   * that approval.
   */
  | Fact<'PlanApprovalRecorded', PlanApproval & { readonly plan_id: string; readonly node_id: string }>
  | Fact<'ReservationRequested', { readonly keys: readonly string[]; readonly wait_expires_at: Timestamp }>
  /** `room` is how much of the hour's blast radius is used, in entities. */
  | Fact<
      'ReservationAwaited',
      {
        readonly held_by: readonly string[];
        readonly room?: HourlyRoom;
      }
    >
  | Fact<'ReservationGranted', { readonly fencing: string; readonly expires_at: Timestamp }>
  | Fact<'ReservationReleased', Record<string, never>>
  /**
   * Asks the executor to take the action's turn: to connect, to lock and to prepare. Then nothing
   * has to wait between the last look and the first change.
   */
  | Fact<
      'TurnRequested',
      { readonly turn: number; readonly request_id: string; readonly expires_at: Timestamp }
    >
  | Fact<'TurnTaken', { readonly turn: number }>
  /** The executor gave up the turn, and sent nothing under it. */
  | Fact<'TurnLapsed', WithReasons & { readonly turn: number }>
  | Fact<
      'ExecutionStarted',
      {
        readonly plan_hash: string;
        readonly epoch: string;
        readonly switches: readonly KillSwitchHead[];
        readonly request_id: string;
        readonly soak_s: number;
        readonly confirm_timeout_s: number;
        readonly handler: { readonly service: string; readonly name: string };
        readonly fencing: string;
        readonly basis: 'allow' | 'elapsed' | 'confirmed' | 'approved';
        /** The turn under which the execution started. */
        readonly turn: number;
      }
    >
  | Fact<'ApplyRefused', WithReasons>
  | Fact<'ExecutionApplied', { readonly tx_id: string; readonly diff: readonly LeafChange[] }>
  | Fact<
      'OutcomeValidated',
      WithReasons & { readonly validation_result: ValidationResult; readonly observation: Observation }
    >
  | Fact<'ConfirmRequested', { readonly request_id: string }>
  | Fact<
      'UndoRequested',
      WithReasons &
        WithComment & {
          readonly request_id: string;
          readonly cause: 'validation' | 'operator' | 'kill_switch';
        }
    >
  | Fact<'ActionCompleted', FinishedData>
  | Fact<'DryRunCompleted', FinishedData & { readonly holds: readonly HoldRecord[] }>
  | Fact<'ActionRolledBack', FinishedData & AfterRollback & { readonly cause: string }>
  | Fact<'ActionRollbackFailed', FinishedData & AfterRollback & { readonly cause: string }>
  | RollbackEvent
  | Fact<'ActionCancelled', WithReasons & WithComment & { readonly by: string }>
  | Fact<'ActionCancelledByRefusal', WithReasons>
  | Fact<'ActionRejected', WithReasons & WithComment & { readonly by: string }>
  | Fact<
      'ActionExpired',
      WithReasons & { readonly cause: 'intent' | 'service' | 'window' | 'approval' | 'reservation' | 'turn' }
    >
  | Fact<'BudgetGiveBackRequested', { readonly request_id: string; readonly day: string }>
  | Fact<'BudgetGivenBack', { readonly given_back: boolean }>;

/** The events that end an action. */
export const endEventTypes: ReadonlySet<string> = new Set<ActionEvent['type']>(actionEndTypes);

export const actionEventTypes: readonly ActionEvent['type'][] = [
  'IntentAccepted',
  'GatesJudged',
  'ServiceAwaited',
  'PlanPrepared',
  'ConfirmationWindowOpened',
  'ConfirmationWindowStarted',
  'ConfirmationWindowExtended',
  'ConfirmationWindowElapsed',
  'ActionConfirmed',
  'ApprovalRequested',
  'ApprovalEscalated',
  'ActionApproved',
  'PlanApprovalRecorded',
  'ReservationRequested',
  'ReservationAwaited',
  'ReservationGranted',
  'ReservationReleased',
  'TurnRequested',
  'TurnTaken',
  'TurnLapsed',
  'ExecutionStarted',
  'ApplyRefused',
  'ExecutionApplied',
  'OutcomeValidated',
  'ConfirmRequested',
  'UndoRequested',
  ...rollbackEventTypes,
  ...actionEndTypes,
  'BudgetGiveBackRequested',
  'BudgetGivenBack',
];
