import type { JsonObject, Reason, RiskLevel, Timestamp } from './names.js';

/** The request as published upstream (safety-rails.md, The life of an action). */
export type ActionIntentV1 = {
  readonly intent_id: string;
  readonly tenant_id: string;
  readonly account_id: string;
  readonly agent: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly parameters: JsonObject;
  /** Whole number ≥ 0. */
  readonly affected_entity_count: number;
  /** 0–1. */
  readonly confidence_score: number;
  readonly risk_level?: RiskLevel;
  readonly lifecycle_state?: string;
  readonly external_contact?: boolean;
  readonly trigger_type?: string;
  readonly incident_id?: string;
  /** Decimal number ≥ 0, in the tenant's currency. */
  readonly estimated_cost?: number;
  readonly estimated_compute?: number;
  readonly not_after?: Timestamp;
  readonly requested_by?: string;
  readonly dry_run?: boolean;
};

/** CloudEvents 1.0, JSON, NATS binding. */
export type CloudEvent<T, D> = {
  readonly specversion: '1.0';
  readonly type: T;
  readonly source: string;
  readonly id: string;
  readonly time: Timestamp;
  readonly datacontenttype: 'application/json';
  readonly data: D;
  readonly traceparent?: string;
};

export type IntentCloudEvent = CloudEvent<'interlock.action_intent.v1', ActionIntentV1>;

export const actionStates = [
  'PENDING',
  'AWAITING_CONFIRMATION',
  'AWAITING_APPROVAL',
  'EXECUTING',
  'VALIDATING',
  'ROLLING_BACK',
  'COMPLETED',
  'ROLLED_BACK',
  'ROLLBACK_FAILED',
  'DENIED',
  'BLOCKED',
  'PROPOSED',
  'REJECTED',
  'EXPIRED',
  'CANCELLED',
] as const;
export type ActionStateName = (typeof actionStates)[number];
export const endStates: readonly ActionStateName[] = [
  'COMPLETED',
  'ROLLED_BACK',
  'ROLLBACK_FAILED',
  'DENIED',
  'BLOCKED',
  'PROPOSED',
  'REJECTED',
  'EXPIRED',
  'CANCELLED',
];

/** On `interlock.accepted.<tenant>`, type `interlock.intent_accepted.v1`. */
export type IntentAcceptedV1 = {
  readonly intent_id: string;
  readonly action_id: string;
  readonly tenant_id: string;
  readonly position: string;
};
/** On `interlock.intents.rejected.<tenant>`, type `interlock.intent_rejected.v1`. */
export type IntentRejectedV1 = {
  readonly intent_id: string | null;
  readonly tenant_id: string;
  readonly code: string;
  readonly detail: string;
  readonly violations: readonly { readonly pointer: string; readonly detail: string }[];
};
/** On `interlock.outcomes.<tenant>.<action_type>`, type `interlock.action_outcome.v1`; `sequence` is 1, or 2 after a rollback of a completed action. */
export type ActionOutcomeV1 = {
  readonly intent_id: string;
  readonly action_id: string;
  readonly tenant_id: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly state: ActionStateName;
  readonly reasons: readonly Reason[];
  readonly sequence: number;
  readonly dry_run: boolean;
  readonly position: string;
};

/** A catalogue entry (stream `action_type-<tenant>:<name>`); `parameters_schema` is JSON Schema Draft 7. */
export type ActionTypeV1 = {
  readonly action_type: string;
  readonly title: string;
  readonly parameters_schema: JsonObject;
  readonly handler: { readonly service: string; readonly name: string } | null;
  readonly impact_fields: readonly string[];
  readonly reversible: boolean;
  readonly read_only: boolean;
  /** true: the type can contact someone outside; absent in an intent then counts as true. */
  readonly external_contact: boolean;
  /** 0–1; gate 7's threshold of the type, where it has one. */
  readonly min_confidence?: number;
};

/** The events that end an action, in its own stream. */
export const actionEndTypes = [
  'ActionCompleted',
  'DryRunCompleted',
  'ActionRolledBack',
  'ActionRollbackFailed',
  'ActionCancelledByKillSwitch',
  'ActionCancelled',
  'ActionCancelledByRefusal',
  'ActionDeniedByPosture',
  'ActionDeniedByPolicy',
  'ActionDeniedByBlastRadius',
  'ActionDeniedByHandler',
  'ActionDeniedByGateError',
  'ActionProposed',
  'ActionBlockedByMode',
  'ActionBlockedByAutoApproval',
  'ActionRejected',
  'ActionExpired',
] as const;
