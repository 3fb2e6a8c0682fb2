import type { JsonObject, Reason, RiskLevel, Timestamp } from './names.js';

/** The request in its published shape (docs/integrating.md, The intent). */
export type ActionIntentV1 = {
  readonly intent_id: string;
  readonly tenant_id: string;
  readonly account_id: string;
  readonly agent: string;
  /**
   * The model behind the agent and its version, as the agent claims. 1 to 128 printable characters
   * each. Nothing decides by them.
   */
  readonly agent_model?: string;
  readonly agent_model_version?: string;
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

/**
 * A person's intent to restore the drifted leaves of a device. The CLI and the console submit it.
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

/** CloudEvents 1.0, JSON, NATS binding. */
type CloudEvent<T, D> = {
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

/**
 * What an ended action has left outside. `none`: nothing was sent; `refused`: the device or the
 * handler refused it, and nothing is left of it; `applied`: it stands; `taken_back`: it was applied
 * and taken back; `unknown`: a person must look.
 */
export type ActionEffect = 'none' | 'refused' | 'applied' | 'taken_back' | 'unknown';

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
/**
 * On `interlock.outcomes.<tenant>.<action_type>`, type `interlock.action_outcome.v1`; `sequence` is
 * 1, or 2 after a rollback of a completed action.
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
  /** The effect of the action outside. */
  readonly effect: ActionEffect;
};

/** The steps that a tenant's handler can be asked for. */
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
  /** The steps that the handler answers; `apply` and `status` always are among them. */
  readonly steps: readonly HandlerStep[];
  /** How long an answer is waited for, in milliseconds. */
  readonly timeout_ms: number;
  /** How many calls it gets at once. */
  readonly max_calls: number;
};
/**
 * How a tenant's handler is called: by a signed POST, or on the bus. `secret_ref` names the secret
 * that signs requests, and is never the secret itself.
 */
export type HandlerEndpoint = EndpointTerms &
  (
    | {
        readonly kind: 'webhook';
        readonly url: string;
        /** Another address for single steps. */
        readonly urls?: { readonly [step in HandlerStep]?: string };
        readonly secret_ref: string;
      }
    | { readonly kind: 'nats' }
    | {
        /** A tool of a registered MCP server, as it was when a person confirmed it. */
        readonly kind: 'mcp';
        readonly server: string;
        readonly tool: string;
        readonly digest: string;
        readonly keep_results: boolean;
      }
  );

/**
 * A catalogue entry (stream `action_type-<tenant>:<name>`). `parameters_schema` is JSON Schema:
 * Draft 7 if it says so, otherwise 2020-12.
 */
export type ActionTypeV1 = {
  readonly action_type: string;
  readonly title: string;
  readonly parameters_schema: JsonObject;
  readonly handler: {
    readonly service: string;
    readonly name: string;
    /** How a tenant's own handler is called; absent if the service itself is the handler. */
    readonly endpoint?: HandlerEndpoint;
  } | null;
  readonly impact_fields: readonly string[];
  readonly reversible: boolean;
  readonly read_only: boolean;
  /** true: the type can contact someone outside, and a missing flag in an intent counts as true. */
  readonly external_contact: boolean;
  /** 0–1; the type's threshold for gate 7, if it has one. */
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
   * For how many seconds after its end a completed action can still be rolled back; without a limit
   * where absent.
   */
  readonly undo_within_s?: number;
  /**
   * What happens to a call with an unknown outcome that proves to be applied: it is undone, or left
   * for a person.
   */
  readonly on_unknown?: 'undo' | 'ask';
};

/** The parts of an action type that decide and carry out an action. */
export type ActionTypeTerms = Omit<ActionTypeV1, 'title' | 'parameters_schema' | 'impact_fields'>;

/** An action type in the form in which an accepted action refers to it. */
export type AcceptedActionType = ActionTypeTerms & {
  /** Content hash of the whole entry of the catalogue, 64 hex digits. */
  readonly hash: string;
};

/** The events that end an action, in its own stream. */
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

/** The events that end an executed action; a dry run is not executed. */
export const executedEndTypes = [
  'ActionCompleted',
  'ActionRolledBack',
  'ActionRollbackFailed',
] as const satisfies readonly (typeof actionEndTypes)[number][];
