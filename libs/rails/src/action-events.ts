import { actionEndTypes, type ActionIntentV1, type ActionTypeV1, type LeafChange, type Observation, type PlanAnswer, type Reason, type Timestamp } from '@interlock/contracts';
import type { GateName, GateRecord, Hold } from './gates.js';
import type { KillSwitchHead } from './kill-switch.js';

export type HoldRecord = { readonly gate: GateName; readonly hold: Hold; readonly reasons: readonly Reason[] };
/** What a yes is bound to: a hash by part. The prediction is compared by its risk, not by its hash. */
export type DigestParts = {
  readonly action: string; readonly risk_score: number; readonly diff: string; readonly leaves: string; readonly policies: string;
};
export type KpiVerdict = {
  readonly kpi: string; readonly observed: number; readonly predicted: readonly [number, number] | null; readonly verdict: 'inside' | 'better' | 'worse';
};
export type ValidationResult = { readonly verdict: 'pass' | 'fail'; readonly kpis: readonly KpiVerdict[]; readonly impact_delta: number | null; readonly predicted_interval: readonly [number, number] | null };

type Fact<Type extends string, Data> = { readonly type: Type; readonly data: Data };
type WithReasons = { readonly reasons: readonly Reason[] };
/** What a person wrote, sealed (docs/privacy.md); absent where nothing. Reasons never repeat it: machines read them, and they go upstream. */
type WithComment = { readonly comment?: string };
/** What an ended action leaves for the decision memory. */
export type FinishedData = WithReasons & {
  readonly action_type: string; readonly entity_id: string; readonly parameters: ActionIntentV1['parameters']; readonly affected_entity_count: number;
  readonly trigger_type: string; readonly incident_id: string | null; readonly dry_run: boolean;
  readonly predicted: { readonly risk_score: number; readonly impact_delta: number; readonly confidence_interval: readonly [number, number]; readonly impact_by_kpi: { readonly [kpi: string]: number } } | null;
  readonly observation: Observation | null; readonly validation_result: ValidationResult | null;
};

export type GateEventType =
  | 'KillSwitchChecked' | 'PostureChecked' | 'AutonomyModeResolved' | 'PredictionRecorded' | 'PolicyEvaluated' | 'BlastRadiusChecked' | 'ConfidenceChecked' | 'AutoApprovalEvaluated' | 'BudgetChecked';
export type GateEvent = { [T in GateEventType]: Fact<T, GateRecord> }[GateEventType];
/** The event of each gate. */
export const gateEventTypes = {
  kill_switch: 'KillSwitchChecked', posture: 'PostureChecked', autonomy_mode: 'AutonomyModeResolved', prediction: 'PredictionRecorded', policy: 'PolicyEvaluated',
  blast_radius: 'BlastRadiusChecked', confidence: 'ConfidenceChecked', auto_approval: 'AutoApprovalEvaluated', budget: 'BudgetChecked',
} as const satisfies { readonly [gate in GateName]: GateEventType };

export type IntentAcceptedData = {
  readonly action_id: string; readonly intent: ActionIntentV1; readonly content_hash: string; readonly requester: string; readonly claimed_by: string | null;
  readonly source: string; readonly time: Timestamp; readonly first_gate_by: Timestamp; readonly action_type: ActionTypeV1;
};

export type ActionEvent =
  | Fact<'IntentAccepted', IntentAcceptedData>
  | GateEvent
  | Fact<'ServiceAwaited', { readonly service: string; readonly gate: string; readonly detail: string; readonly expires_at: Timestamp }>
  | Fact<'BudgetConsumeRequested', { readonly request_id: string; readonly day: string; readonly time_zone: string }>
  | Fact<'PlanPrepared', { readonly plan: PlanAnswer | null }>
  | Fact<'ConfirmationWindowOpened', { readonly due_at: Timestamp; readonly window_s: number; readonly policy_id: string | null; readonly on_elapse: 'proceed' | 'expire'; readonly holds: readonly HoldRecord[]; readonly digest: string; readonly digest_parts: DigestParts; readonly smallest_change: readonly Reason[] }>
  | Fact<'ConfirmationWindowExtended', { readonly due_at: Timestamp; readonly by: string }>
  | Fact<'GatesReevaluated', { readonly gates: readonly GateRecord[] }>
  | Fact<'ConfirmationWindowElapsed', { readonly policy_id: string | null }>
  | Fact<'ActionConfirmed', WithComment & { readonly by: string; readonly digest: string }>
  | Fact<'ApprovalRequested', { readonly cause: 'holds' | 'window-not-automatic' | 'changed'; readonly holds: readonly HoldRecord[]; readonly approvals_required: 1 | 2; readonly digest: string; readonly digest_parts: DigestParts; readonly expires_at: Timestamp; readonly smallest_change: readonly Reason[]; readonly difference: readonly Reason[] }>
  | Fact<'ActionApproved', WithComment & { readonly by: string; readonly digest: string; readonly approvals: number; readonly approvals_required: 1 | 2 }>
  | Fact<'ReservationRequested', { readonly keys: readonly string[]; readonly wait_expires_at: Timestamp }>
  | Fact<'ReservationAwaited', { readonly held_by: readonly string[] }>
  | Fact<'ReservationGranted', { readonly fencing: string; readonly expires_at: Timestamp }>
  | Fact<'ReservationReleased', Record<string, never>>
  /** The executor is asked to take the action's turn: to connect, to lock and to prepare, so that nothing waits between the last look and the first change. */
  | Fact<'TurnRequested', { readonly turn: number; readonly request_id: string; readonly expires_at: Timestamp }>
  | Fact<'TurnTaken', { readonly turn: number }>
  /** The executor sent nothing under that turn and gave it up; 0 for an execution from before there were turns. */
  | Fact<'TurnLapsed', WithReasons & { readonly turn: number }>
  | Fact<'LastLookTaken', { readonly gates: readonly GateRecord[]; readonly plan: PlanAnswer | null; readonly digest_parts: DigestParts; readonly difference: readonly Reason[] }>
  | Fact<'ExecutionStarted', { readonly plan_hash: string; readonly epoch: string; readonly switches: readonly KillSwitchHead[]; readonly request_id: string; readonly soak_s: number; readonly confirm_timeout_s: number; readonly handler: { readonly service: string; readonly name: string }; readonly fencing: string; readonly basis: 'allow' | 'elapsed' | 'confirmed' | 'approved'; /** The turn it is started under. */ readonly turn?: number }>
  | Fact<'ApplyRefused', WithReasons>
  | Fact<'ExecutionApplied', { readonly tx_id: string; readonly diff: readonly LeafChange[] }>
  | Fact<'OutcomeValidated', WithReasons & { readonly validation_result: ValidationResult; readonly observation: Observation }>
  | Fact<'ConfirmRequested', { readonly request_id: string }>
  | Fact<'UndoRequested', WithReasons & WithComment & { readonly request_id: string; readonly cause: 'validation' | 'operator' | 'kill_switch' | 'stale' }>
  | Fact<'ActionCompleted', FinishedData>
  | Fact<'DryRunCompleted', FinishedData & { readonly holds: readonly HoldRecord[] }>
  | Fact<'ActionRolledBack', FinishedData & { readonly cause: string }>
  | Fact<'ActionRollbackFailed', FinishedData & { readonly cause: string }>
  | Fact<'ActionCancelledByKillSwitch', WithReasons>
  | Fact<'ActionCancelled', WithReasons & WithComment & { readonly by: string }>
  | Fact<'ActionCancelledByRefusal', WithReasons>
  | Fact<'ActionDeniedByPosture', WithReasons>
  | Fact<'ActionDeniedByPolicy', WithReasons & { readonly evaluation_id: string | null; readonly rule_id: string | null }>
  | Fact<'ActionDeniedByBlastRadius', WithReasons>
  | Fact<'ActionDeniedByHandler', WithReasons>
  | Fact<'ActionDeniedByGateError', WithReasons & { readonly gate: string }>
  | Fact<'ActionProposed', WithReasons>
  | Fact<'ActionBlockedByMode', WithReasons>
  | Fact<'ActionBlockedByAutoApproval', WithReasons>
  | Fact<'ActionRejected', WithReasons & WithComment & { readonly by: string }>
  | Fact<'ActionExpired', WithReasons & { readonly cause: 'intent' | 'service' | 'window' | 'approval' | 'reservation' | 'turn' }>
  | Fact<'BudgetGiveBackRequested', { readonly request_id: string; readonly day: string }>
  | Fact<'BudgetGivenBack', { readonly given_back: boolean }>;

/**
 * In version 1 a comment stood in the place of the reason's detail, and an execution named no turn; data of version 1 are data of version 2 without them, so nothing
 * converts them.
 */
export const actionSchemaVersions = { ExecutionStarted: 2, ActionConfirmed: 2, ActionApproved: 2, UndoRequested: 2, ActionCancelled: 2, ActionRejected: 2 } as const;

/** The events that end an action. */
export const endEventTypes: ReadonlySet<string> = new Set<ActionEvent['type']>(actionEndTypes);

export const actionEventTypes: readonly ActionEvent['type'][] = [
  'IntentAccepted', ...Object.values(gateEventTypes), 'ServiceAwaited', 'BudgetConsumeRequested', 'PlanPrepared', 'ConfirmationWindowOpened', 'ConfirmationWindowExtended',
  'GatesReevaluated', 'ConfirmationWindowElapsed', 'ActionConfirmed', 'ApprovalRequested', 'ActionApproved', 'ReservationRequested', 'ReservationAwaited', 'ReservationGranted',
  'ReservationReleased', 'TurnRequested', 'TurnTaken', 'TurnLapsed', 'LastLookTaken', 'ExecutionStarted', 'ApplyRefused', 'ExecutionApplied', 'OutcomeValidated', 'ConfirmRequested', 'UndoRequested', 'ActionCompleted',
  'DryRunCompleted', 'ActionRolledBack', 'ActionRollbackFailed', 'ActionCancelledByKillSwitch', 'ActionCancelled', 'ActionCancelledByRefusal', 'ActionDeniedByPosture',
  'ActionDeniedByPolicy', 'ActionDeniedByBlastRadius', 'ActionDeniedByHandler', 'ActionDeniedByGateError', 'ActionProposed', 'ActionBlockedByMode', 'ActionBlockedByAutoApproval',
  'ActionRejected', 'ActionExpired', 'BudgetGiveBackRequested', 'BudgetGivenBack',
];
