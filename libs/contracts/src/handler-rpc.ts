import type { JsonObject, Reason, Timestamp } from './names.js';

/* ---- handlers (netconf-gateway and every service that has some) -------------------------------------------------- */
export type EstimateImpactRequest = {
  readonly tenant_id: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly parameters: JsonObject;
  /** The version of the action type that the action was accepted under; absent for built-in types. */
  readonly action_type_version?: number;
};
export type ImpactEstimate = {
  /** What the topology says is touched: the entity itself and the neighbours that are edited. */
  readonly affected_entity_count: number;
  readonly device_id: string | null;
  readonly site_id: string | null;
  readonly neighbours: readonly string[];
  /** What it would move, each as `<kpi>:<entity>`: two actions that would move the same are never under way at once. */
  readonly kpis: readonly string[];
  readonly users_affected: number;
  readonly connection_drops: number;
  readonly latency_increase_ms: { readonly [entity: string]: number };
  readonly topology_version: string;
};
export type PlanRequest = EstimateImpactRequest & {
  readonly action_id: string;
  /** Asks what taking the completed action back would change, in the place of what doing it would. Absent where it is the action itself. */
  readonly undo?: true;
};
export type LeafChange = {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
};
export type PlanAnswer = {
  readonly plan_hash: string;
  readonly device_id: string;
  readonly site_id: string | null;
  readonly profile: string;
  /** The exact edit-config payloads, in the order they are sent. */
  readonly payloads: readonly {
    readonly device_id: string;
    readonly operation: string;
    readonly xml: string;
  }[];
  readonly diff: readonly LeafChange[];
  readonly diff_hash: string;
  /** Hash over the present values of the leaves to be edited. */
  readonly leaves_fingerprint: string;
  readonly reversible: boolean;
  readonly violations: readonly Reason[];
};
/** Every handler command that acts carries this and nothing of the action itself: the service reads the action's own stream. */
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
  /** The handler's own limits over the soak: each breach named. */
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
 * Answer of `take_turn`, `status`, `observe`, `confirm` and `undo`: where the transaction of the action stands. QUEUED: it waits for its turn; READY: its executor
 * holds the turn and waits for `apply`; STALE: the turn was lost and nothing was sent; FAILED: apply failed and nothing is left on the device.
 */
export type TxStatus = {
  readonly tx_id: string;
  readonly state: TxState;
  readonly reasons: readonly Reason[];
  readonly observation: Observation | null;
  readonly diff: readonly LeafChange[];
  /** The number of the latest turn that was asked for; absent where none was. */
  readonly turn?: number;
  /** The request of an undo that was refused before anything was sent; absent where none was. */
  readonly undo_refused?: string;
};

/** What every service that runs actions answers, by command. */
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
/** The services of this product that run actions; the bus lets their commands be called. */
export type HandlerService = 'netconf-gateway' | 'posture' | 'agent-gateway';
/** A handler's command at the service that an action type's catalogue entry names, whichever that is. */
export type HandlerRpcName = `${string}.${HandlerCommand}`;
