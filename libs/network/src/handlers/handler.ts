import type { ImpactEstimate, JsonObject, LeafChange, Reason } from '@interlock/contracts';
import type { KpiLimits, Kpis } from '../kpi.js';
import type { Leaves } from '../leaf-path.js';
import type { BoundModel } from '../bindings/fit.js';
import type { EntityClass } from '../bindings/binding.js';
import type { DeviceProfile, SafetyLevel } from '../profiles.js';
import type { Topology } from '../topology.js';

/**
 * A planned change, computed from the device's running leaves. A plan with violations contains
 * nothing to send.
 */
export type ChangePlan = {
  readonly device_id: string | null;
  readonly site_id: string | null;
  /** The further entities that the change edits. */
  readonly neighbours: readonly string[];
  /** The list entries that the change edits. The journal keeps them whole, as they were before. */
  readonly entries: readonly string[];
  readonly violations: readonly Reason[];
  readonly changes: readonly LeafChange[];
  /** The content of `<config>`, and the content that reverts it. */
  readonly edit_xml: string;
  readonly inverse_xml: string;
  readonly diff_hash: string;
  /** The hash over the current values of the edited leaves. */
  readonly leaves_fingerprint: string;
  readonly plan_hash: string;
};

/** The data that a plan reads from one device. */
export type DeviceView = {
  readonly running: Leaves;
  readonly profile: DeviceProfile;
  readonly model: BoundModel;
};

/** An action's request to its handler. The parameters have passed the catalogue's schema. */
type HandlerRequest = { readonly entity_id: string; readonly parameters: JsonObject };

/**
 * One action type that changes devices: its name, its limits, and its plan as pure functions of the
 * topology and of the device's data. The gateway's safe change applies, observes, confirms and
 * undoes the plans of all handlers in the same way.
 */
export type NetworkHandler = {
  /** The action type's name, which also names the handler in the catalogue's entry. */
  readonly action_type: string;
  /** The kind of its entities: things of a class, or devices. */
  readonly entity: EntityClass | 'device';
  /** The leaves that it changes, as `<class>.<leaf>`; empty if the log determines them. */
  readonly changes: readonly string[];
  /** The least safe way in which its change may be made. */
  readonly needs: SafetyLevel;
  /** Returns the device that has an entity; undefined if no device has it. */
  readonly deviceOf: (entityId: string, topology: Topology) => string | undefined;
  /** Returns the device's model that the change uses; undefined if none serves. */
  readonly modelOf: (
    models: readonly BoundModel[],
    entityId: string,
    topology: Topology,
  ) => BoundModel | undefined;
  /**
   * The limits of the KPIs during the soak. null: no effect on KPIs is expected, so only the leaves
   * are read again.
   */
  readonly limits: KpiLimits | null;
  /** Whether its estimate has the change of the KPIs that a network model expects. */
  readonly hasModel?: true;
  /** The entities whose KPIs are read before planning, the action's own first. */
  readonly watched: (entityId: string, topology: Topology) => readonly string[];
  /**
   * Estimates the change's effect on users from the latest KPIs of the watched entities. Without
   * KPIs it returns zeros.
   */
  readonly estimateImpact: (
    asked: HandlerRequest,
    topology: Topology,
    kpis: ReadonlyMap<string, Kpis>,
  ) => ImpactEstimate;
  /**
   * Plans the change to the device's current state. The same leaves and topology give the same
   * plan. `violations` names each refusal.
   */
  readonly plan: (
    asked: HandlerRequest,
    running: Leaves,
    topology: Topology,
    profile: DeviceProfile,
    model: BoundModel,
  ) => ChangePlan;
  /**
   * The functions for a change of several devices in one action; absent if the handler never makes
   * one.
   */
  readonly several?: {
    /** Returns the devices that must be read for the plan, the entity's own device first. */
    readonly devicesOf: (asked: HandlerRequest, topology: Topology) => readonly string[];
    /**
     * Returns the change of each device, in commit order. If a guard is violated on any device, it
     * returns one refused plan.
     */
    readonly plan: (
      asked: HandlerRequest,
      views: ReadonlyMap<string, DeviceView>,
      topology: Topology,
    ) => readonly ChangePlan[];
  };
};
