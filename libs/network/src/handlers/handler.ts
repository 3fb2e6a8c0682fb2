import type { ImpactEstimate, JsonObject, LeafChange, Reason } from '@interlock/contracts';
import type { KpiLimits, Kpis } from '../kpi.js';
import type { Leaves } from '../leaf-path.js';
import type { DeviceProfile } from '../profiles.js';
import type { Topology } from '../topology.js';

/**
 * What a change will be, computed from the device's running leaves. With violations it holds
 * nothing that could be sent.
 */
export type ChangePlan = {
  readonly device_id: string | null;
  readonly site_id: string | null;
  /** The entities beside the action's own that the change edits. */
  readonly neighbours: readonly string[];
  readonly violations: readonly Reason[];
  readonly changes: readonly LeafChange[];
  /** Content of `<config>`, and the one that takes it back. */
  readonly edit_xml: string;
  readonly inverse_xml: string;
  readonly diff_hash: string;
  /** Hash over the present values of the leaves to be edited. */
  readonly leaves_fingerprint: string;
  readonly plan_hash: string;
};

/** What an action asks of its handler. The parameters have passed the catalogue's schema. */
type HandlerRequest = { readonly entity_id: string; readonly parameters: JsonObject };

/**
 * One action type that changes devices: its name, its limits, and what it does as pure functions of
 * the topology and of what the device says. How a plan is applied, observed, confirmed and taken
 * back is the same for all of them: the gateway's safe change.
 */
export type NetworkHandler = {
  /** Its name, which is also the name of the handler in the catalogue's entry. */
  readonly action_type: string;
  /** What must hold over the soak. */
  readonly limits: KpiLimits;
  /** The entities whose KPIs are read before anything is planned, the action's own first. */
  readonly watched: (entityId: string, topology: Topology) => readonly string[];
  /**
   * What the change would do to users, from the latest KPIs of the watched entities (none: zeros).
   */
  readonly estimateImpact: (
    asked: HandlerRequest,
    topology: Topology,
    kpis: ReadonlyMap<string, Kpis>,
  ) => ImpactEstimate;
  /**
   * The change on what the device has now: same leaves, same topology, same answer. Each refusal is
   * named in `violations`.
   */
  readonly plan: (
    asked: HandlerRequest,
    running: Leaves,
    topology: Topology,
    profile: DeviceProfile,
  ) => ChangePlan;
};
