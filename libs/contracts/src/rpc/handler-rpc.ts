import type { JsonObject, Reason, Timestamp } from '../values/names.js';

// ---- handlers (netconf-gateway and every service that has some)
export type EstimateImpactRequest = {
  readonly tenant_id: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly parameters: JsonObject;
  /** The version of the action type when the action was accepted. Absent for built-in types. */
  readonly action_type_version?: number;
};
export type ImpactEstimate = {
  /**
   * The number of affected entities according to the topology: the entity itself, the edited
   * neighbours, and the slices.
   */
  readonly affected_entity_count: number;
  readonly device_id: string | null;
  readonly site_id: string | null;
  readonly neighbours: readonly string[];
  /**
   * The slices whose shares it would change. Two actions that would change the same slice never run
   * at the same time, whatever cells they are on. Absent if it changes none, or none is known.
   */
  readonly slices?: readonly string[];
  /**
   * The device's entry names no slices, so nobody knows whether the change touches 5QIs of voice or
   * emergency services. A person then decides.
   */
  readonly lacks_slices?: true;
  /**
   * The KPIs that it would change, each as `<kpi>:<entity>`. Two actions that would change the same
   * KPI never run at the same time.
   */
  readonly kpis: readonly string[];
  readonly users_affected: number;
  readonly connection_drops: number;
  readonly latency_increase_ms: { readonly [entity: string]: number };
  readonly topology_version: string;
  /**
   * The change of the KPIs that the handler's network model expects. Absent without a model, or if
   * a KPI that the model needs is unknown.
   */
  readonly expected?: ExpectedChange;
  /**
   * The present KPIs of the entity and the neighbours as a group, by KPI name and in its unit. An
   * action's observation has the same form. Absent if a cell reports none that it can have.
   */
  readonly state?: { readonly [kpi: string]: number };
};
/**
 * The KPIs of the entity and its neighbours as a group, before the action and as a network model
 * expects them after it, by KPI name and in its unit. An action's observation has the same form.
 */
export type ExpectedChange = {
  readonly before: { readonly [kpi: string]: number };
  readonly after: { readonly [kpi: string]: number };
  /**
   * The share of the handler's limits that the change uses, by the limit that is nearest. 0: no KPI
   * gets worse. Above 1: a limit is exceeded.
   */
  readonly limit_use: number;
};
export type PlanRequest = EstimateImpactRequest & {
  readonly action_id: string;
  /**
   * Requests the changes that the rollback of the completed action would make. Absent: the changes
   * of the action itself.
   */
  readonly undo?: true;
  /** Requests the device's own difference in addition to the planned one. */
  readonly device_diff?: true;
};
export type LeafChange = {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
};
/**
 * The difference that the edit makes, as the device itself reports it. `candidate`: its candidate
 * compared with its running configuration. `read-back`: it has no candidate, so running is compared
 * after the edit. `unavailable`: it reports no difference now.
 */
export type DeviceDiff = {
  readonly source: 'candidate' | 'read-back' | 'unavailable';
  /** Null unless the source is `candidate`. */
  readonly changes: readonly LeafChange[] | null;
  /** The reason why there are no changes to show. Null if there are changes. */
  readonly why: string | null;
};
/** One device's part of a plan that changes several devices. */
export type PlanPart = {
  readonly device_id: string;
  readonly site_id: string | null;
  readonly profile: string;
  /** The binding whose paths the diff uses. Absent for Interlock's own model. */
  readonly binding?: string;
  readonly plan_hash: string;
  readonly diff: readonly LeafChange[];
  readonly diff_hash: string;
  readonly leaves_fingerprint: string;
  readonly device_diff?: DeviceDiff;
};
export type PlanAnswer = {
  readonly plan_hash: string;
  /** The device of the entity. If there are `parts`, its own part is the last one. */
  readonly device_id: string;
  readonly site_id: string | null;
  readonly profile: string;
  /** The binding whose paths the diff uses. Absent for Interlock's own model. */
  readonly binding?: string;
  /** The exact edit-config payloads, in the order in which they are sent. */
  readonly payloads: readonly {
    readonly device_id: string;
    readonly operation: string;
    readonly xml: string;
  }[];
  readonly diff: readonly LeafChange[];
  readonly diff_hash: string;
  /** The hash over the present values of the leaves that will be edited. */
  readonly leaves_fingerprint: string;
  /** Present if it was requested, and the plan changes one device and has no violation. */
  readonly device_diff?: DeviceDiff;
  /**
   * The parts of the change in the order of their commits. Absent if it changes one device.
   * Payloads and diff are those of all parts, and the profile is that of the least safe device.
   */
  readonly parts?: readonly PlanPart[];
  readonly reversible: boolean;
  readonly violations: readonly Reason[];
};
/**
 * The payload of every handler command that acts. It contains no data of the action, because the
 * service reads the action's own stream.
 */
export type HandlerEnvelope = {
  readonly request_id: string;
  readonly deadline: Timestamp;
  readonly epoch: string;
  readonly tenant_id: string;
  readonly action_id: string;
};
export type ApplyAnswer =
  | { readonly status: 'accepted'; readonly tx_id: string }
  | { readonly status: 'refused'; readonly reasons: readonly Reason[] };
export type KpiSample = {
  readonly at: Timestamp;
  readonly entity_id: string;
  readonly kpis: { readonly [kpi: string]: number };
};
export type Observation = {
  readonly before: { readonly [kpi: string]: number };
  readonly after: { readonly [kpi: string]: number };
  /** The difference after − before, by KPI. */
  readonly delta: { readonly [kpi: string]: number };
  readonly samples: number;
  /** The breaches of the handler's own limits during the soak, each by name. */
  readonly breaches: readonly Reason[];
};
export const txStates = [
  'NONE',
  'QUEUED',
  'READY',
  'STALE',
  'PREPARING',
  'TENTATIVE',
  'OBSERVED',
  'CONFIRMED',
  'ROLLED_BACK',
  'REFUSED',
  'FAILED',
  'ROLLBACK_FAILED',
] as const;
export type TxState = (typeof txStates)[number];
/**
 * The answer to `take_turn`, `status`, `observe`, `confirm` and `undo`: the status of the action's
 * transaction. QUEUED: it waits for its turn. READY: its executor holds the turn and waits for
 * `apply`. STALE: the turn was lost and nothing was sent. FAILED: apply failed and nothing is left
 * on the device.
 */
export type TxStatus = {
  readonly tx_id: string;
  readonly state: TxState;
  readonly reasons: readonly Reason[];
  readonly observation: Observation | null;
  readonly diff: readonly LeafChange[];
  /** The number of the latest requested turn. Absent if there was none. */
  readonly turn?: number;
  /**
   * The request for an undo that was refused before anything was sent. Absent if there was none.
   */
  readonly undo_refused?: string;
};

/** The commands and answers of every service that runs actions. */
export type HandlerCommands = {
  readonly estimate_impact: { readonly request: EstimateImpactRequest; readonly answer: ImpactEstimate };
  readonly plan: { readonly request: PlanRequest; readonly answer: PlanAnswer };
  readonly take_turn: { readonly request: HandlerEnvelope; readonly answer: TxStatus };
  readonly apply: { readonly request: HandlerEnvelope; readonly answer: ApplyAnswer };
  readonly observe: { readonly request: HandlerEnvelope; readonly answer: TxStatus };
  readonly confirm: { readonly request: HandlerEnvelope; readonly answer: TxStatus };
  readonly undo: { readonly request: HandlerEnvelope; readonly answer: TxStatus };
  readonly status: { readonly request: HandlerEnvelope; readonly answer: TxStatus };
};
export type HandlerCommand = keyof HandlerCommands;
/** The services of Interlock that run actions. The bus allows calls of their commands. */
export type HandlerService = 'netconf-gateway' | 'posture' | 'agent-gateway';
/** A handler's command, at the service that the catalogue entry of an action type names. */
export type HandlerRpcName = `${string}.${HandlerCommand}`;
