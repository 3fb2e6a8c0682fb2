import type { JsonObject, Reason, Timestamp } from '../values/names.js';

/*
 * ---- handlers (netconf-gateway and every service that has some)
 * --------------------------------------------------
 */
export type EstimateImpactRequest = {
  readonly tenant_id: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly parameters: JsonObject;
  /** The version of the action type when the action was accepted; absent for built-in types. */
  readonly action_type_version?: number;
};
export type ImpactEstimate = {
  /**
   * The entities that the topology says are touched: the entity itself and the neighbours that are
   * edited.
   */
  readonly affected_entity_count: number;
  readonly device_id: string | null;
  readonly site_id: string | null;
  readonly neighbours: readonly string[];
  /**
   * The KPIs that it would move, each as `<kpi>:<entity>`. Two actions that would move the same one
   * never run at the same time.
   */
  readonly kpis: readonly string[];
  readonly users_affected: number;
  readonly connection_drops: number;
  readonly latency_increase_ms: { readonly [entity: string]: number };
  readonly topology_version: string;
};
export type PlanRequest = EstimateImpactRequest & {
  readonly action_id: string;
  /**
   * Asks what the rollback of the completed action would change, instead of the action itself.
   * Absent for the action itself.
   */
  readonly undo?: true;
  /** Asks for the device's own difference beside the planned one. */
  readonly device_diff?: true;
};
export type LeafChange = {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
};
/**
 * What the device itself shows as the difference that the edit makes. `candidate`: its candidate
 * against its running. `read-back`: it has no candidate, so running is compared after the edit.
 * `unavailable`: it did not show it now.
 */
export type DeviceDiff = {
  readonly source: 'candidate' | 'read-back' | 'unavailable';
  /** null unless the source is `candidate`. */
  readonly changes: readonly LeafChange[] | null;
  /** Why there are no changes to show; null if there are. */
  readonly why: string | null;
};
/** The part of a plan that is on one device, where the plan changes several. */
export type PlanPart = {
  readonly device_id: string;
  readonly site_id: string | null;
  readonly profile: string;
  /** The binding whose paths the diff is in; absent for the one of Interlock's own model. */
  readonly binding?: string;
  readonly plan_hash: string;
  readonly diff: readonly LeafChange[];
  readonly diff_hash: string;
  readonly leaves_fingerprint: string;
  readonly device_diff?: DeviceDiff;
};
export type PlanAnswer = {
  readonly plan_hash: string;
  /** The device of the entity; where there are `parts`, its own part comes last. */
  readonly device_id: string;
  readonly site_id: string | null;
  readonly profile: string;
  /** The binding whose paths the diff is in; absent for the one of Interlock's own model. */
  readonly binding?: string;
  /** The exact edit-config payloads, in the order they are sent. */
  readonly payloads: readonly {
    readonly device_id: string;
    readonly operation: string;
    readonly xml: string;
  }[];
  readonly diff: readonly LeafChange[];
  readonly diff_hash: string;
  /** Hash over the present values of the leaves that will be edited. */
  readonly leaves_fingerprint: string;
  /** Present if it was asked for, and the plan changes one device and has no violation. */
  readonly device_diff?: DeviceDiff;
  /**
   * The parts of the change in the order of their commits, where it changes several devices; absent
   * where it changes one. Payloads and diff are those of all parts, and the profile is that of the
   * least safe device.
   */
  readonly parts?: readonly PlanPart[];
  readonly reversible: boolean;
  readonly violations: readonly Reason[];
};
/**
 * The payload of every handler command that acts. It has no data of the action, because the service
 * reads the action's own stream.
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
  /** after − before, by KPI. */
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
 * Answer of `take_turn`, `status`, `observe`, `confirm` and `undo`: the status of the action's
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
  /** The number of the latest requested turn; absent if there was none. */
  readonly turn?: number;
  /** The request of an undo that was refused before anything was sent; absent if there was none. */
  readonly undo_refused?: string;
};

/** The answers of every service that runs actions, by command. */
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
/** The services of this product that run actions; the bus allows calls of their commands. */
export type HandlerService = 'netconf-gateway' | 'posture' | 'agent-gateway';
/** A handler's command at the service that an action type's catalogue entry names. */
export type HandlerRpcName = `${string}.${HandlerCommand}`;
