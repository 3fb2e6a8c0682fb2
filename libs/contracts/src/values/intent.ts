import type { JsonObject, Reason, RiskLevel, Timestamp } from './names.js';

/** The request in its published shape (docs/integrating.md, The intent). */
export type ActionIntentV1 = {
  readonly intent_id: string;
  readonly tenant_id: string;
  readonly account_id: string;
  readonly agent: string;
  /**
   * The model and its version that the agent claims to use, 1 to 128 printable characters each. No
   * decision uses them.
   */
  readonly agent_model?: string;
  readonly agent_model_version?: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly parameters: JsonObject;
  /** A whole number ≥ 0. */
  readonly affected_entity_count: number;
  /** 0–1. */
  readonly confidence_score: number;
  readonly risk_level?: RiskLevel;
  readonly lifecycle_state?: string;
  readonly external_contact?: boolean;
  readonly trigger_type?: string;
  readonly incident_id?: string;
  /** A decimal number ≥ 0, in the tenant's currency. */
  readonly estimated_cost?: number;
  readonly estimated_compute?: number;
  readonly not_after?: Timestamp;
  readonly requested_by?: string;
  readonly dry_run?: boolean;
};

/**
 * Returns a person's intent to restore the drifted leaves of a device. The CLI and the console
 * submit it.
 */
export const driftRestoreIntent = (
  of: Pick<ActionIntentV1, 'intent_id' | 'tenant_id' | 'entity_id'> &
    Partial<Pick<ActionIntentV1, 'account_id' | 'agent'>>,
): ActionIntentV1 => ({
  account_id: 'operations',
  agent: 'operator',
  action_type: 'drift_restore',
  parameters: {},
  affected_entity_count: 1,
  confidence_score: 1,
  trigger_type: 'drift',
  ...of,
});

/** CloudEvents 1.0, JSON, NATS binding, as Interlock sends it. */
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

/**
 * A CloudEvent with an intent. Two attributes are optional, as in CloudEvents: without `time`, the
 * time at which the bus stored the message applies; without `datacontenttype`, the data is JSON.
 */
export type IntentCloudEvent = Omit<
  CloudEvent<'interlock.action_intent.v1', ActionIntentV1>,
  'time' | 'datacontenttype'
> & {
  readonly time?: Timestamp;
  /** `application/json`, with or without parameters such as `charset`. */
  readonly datacontenttype?: string;
};

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

/**
 * The effect of an ended action outside Interlock. `none`: nothing was sent. `refused`: the device
 * or the handler refused it, and nothing is left of it. `applied`: it is in effect. `taken_back`:
 * it was applied and undone. `unknown`: a person must look.
 */
export type ActionEffect = 'none' | 'refused' | 'applied' | 'taken_back' | 'unknown';

/** The data on `interlock.accepted.<tenant>`, type `interlock.intent_accepted.v1`. */
export type IntentAcceptedV1 = {
  readonly intent_id: string;
  readonly action_id: string;
  readonly tenant_id: string;
  readonly position: string;
};
/** The data on `interlock.intents.rejected.<tenant>`, type `interlock.intent_rejected.v1`. */
export type IntentRejectedV1 = {
  readonly intent_id: string | null;
  readonly tenant_id: string;
  readonly code: string;
  readonly detail: string;
  readonly violations: readonly { readonly pointer: string; readonly detail: string }[];
  /** The number of refusals that this message reports, if they are more than one. */
  readonly count?: number;
};
/**
 * The data of a test of an outcome webhook, type `interlock.webhook_test.v1`. It names no intent.
 */
export type WebhookTestV1 = {
  readonly tenant_id: string;
  readonly webhook_id: string;
  readonly test: true;
};
/**
 * The data on `interlock.outcomes.<tenant>.<action_type>`, type `interlock.action_outcome.v1`.
 * `sequence` is 1, or 2 after a rollback of a completed action.
 */
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
  /** The effect of the action outside Interlock. */
  readonly effect: ActionEffect;
};

/** The steps that Interlock can request from a tenant's handler. */
export const handlerSteps = [
  'estimate_impact',
  'plan',
  'apply',
  'observe',
  'confirm',
  'undo',
  'status',
] as const;
export type HandlerStep = (typeof handlerSteps)[number];
type EndpointTerms = {
  /** The steps that the handler supports. `apply` and `status` are always among them. */
  readonly steps: readonly HandlerStep[];
  /** The time limit for an answer, in milliseconds. */
  readonly timeout_ms: number;
  /** The number of simultaneous calls to it. */
  readonly max_calls: number;
};
/**
 * The way to call a tenant's handler: by a signed POST, or on the bus. `secret_ref` names the
 * secret that signs requests, and is never the secret itself.
 */
export type HandlerEndpoint = EndpointTerms &
  (
    | {
        readonly kind: 'webhook';
        readonly url: string;
        /** Other addresses for single steps. */
        readonly urls?: { readonly [step in HandlerStep]?: string };
        readonly secret_ref: string;
      }
    | { readonly kind: 'nats' }
    | {
        /** A tool of a registered MCP server, in the version that a person confirmed. */
        readonly kind: 'mcp';
        readonly server: string;
        readonly tool: string;
        readonly digest: string;
        readonly keep_results: boolean;
      }
  );

/**
 * A catalogue entry (stream `action_type-<tenant>:<name>`). `parameters_schema` is JSON Schema:
 * Draft 7 if its `$schema` names it, otherwise 2020-12.
 */
export type ActionTypeV1 = {
  readonly action_type: string;
  readonly title: string;
  readonly parameters_schema: JsonObject;
  readonly handler: {
    readonly service: string;
    readonly name: string;
    /** The way to call a tenant's own handler. Absent if the service itself is the handler. */
    readonly endpoint?: HandlerEndpoint;
  } | null;
  readonly impact_fields: readonly string[];
  readonly reversible: boolean;
  readonly read_only: boolean;
  /** True if the type can contact someone outside. A missing flag in an intent counts as true. */
  readonly external_contact: boolean;
  /** The type's threshold for gate 7, 0–1. Absent: the tenant's thresholds apply. */
  readonly min_confidence?: number;
  /** The number of the tenant's registration, from 1; absent in built-in types. */
  readonly version?: number;
  /**
   * The parameter with the number of affected entities (a number, or a list that is counted), and
   * those with the cost and the compute.
   */
  readonly impact?: {
    readonly affected_entities?: string;
    readonly cost?: string;
    readonly compute?: string;
  };
  /** The KPIs that the handler reports. */
  readonly kpis?: readonly string[];
  /**
   * Seconds after its end during which a completed action can be rolled back. Absent: without
   * limit.
   */
  readonly undo_within_s?: number;
  /**
   * The parameter with the number of seconds for which the change stays. After this time Interlock
   * undoes it, and the approval of the action includes that. Absent: the change stays.
   */
  readonly duration_parameter?: string;
  /**
   * The treatment of a call whose outcome was unknown and that proves to be applied: undo it, or
   * leave it to a person.
   */
  readonly on_unknown?: 'undo' | 'ask';
};

/** The parts of an action type that are needed to decide and carry out an action. */
export type ActionTypeTerms = Omit<ActionTypeV1, 'title' | 'parameters_schema' | 'impact_fields'>;

/** An action type as an accepted action refers to it. */
export type AcceptedActionType = ActionTypeTerms & {
  /** The content hash of the whole catalogue entry, 64 hex digits. */
  readonly hash: string;
};

/** The events in an action's own stream that end it. */
export const actionEndTypes = [
  'ActionCompleted',
  'DryRunCompleted',
  'ActionRolledBack',
  'ActionRollbackFailed',
  'ActionCancelled',
  'ActionCancelledByRefusal',
  'ActionDenied',
  'ActionRejected',
  'ActionExpired',
] as const;

/** The events that end an executed action. A dry run is not executed. */
export const executedEndTypes = [
  'ActionCompleted',
  'ActionRolledBack',
  'ActionRollbackFailed',
] as const satisfies readonly (typeof actionEndTypes)[number][];
