import type { ImpactEstimate, JsonObject, LeafChange, Reason } from '@interlock/contracts';
import type { KpiLimits, Kpis } from '../kpi.js';
import type { Leaves } from '../leaf-path.js';
import type { BoundModel } from '../bindings/fit.js';
import type { EntityClass } from '../bindings/binding.js';
import type { DeviceProfile, SafetyLevel } from '../profiles.js';
import type { Topology } from '../topology.js';

/**
 * A planned change, computed from the device's running leaves. With violations it contains nothing
 * to send.
 */
export type ChangePlan = {
  readonly device_id: string | null;
  readonly site_id: string | null;
  /** The further entities that the change edits. */
  readonly neighbours: readonly string[];
  /** The list entries that the change edits; the journal keeps them whole as they were. */
  readonly entries: readonly string[];
  readonly violations: readonly Reason[];
  readonly changes: readonly LeafChange[];
  /** The content of `<config>`, and the content that reverts it. */
  readonly edit_xml: string;
  readonly inverse_xml: string;
  readonly diff_hash: string;
  /** Hash over the present values of the edited leaves. */
  readonly leaves_fingerprint: string;
  readonly plan_hash: string;
};

/** What a plan reads of one device. */
export type DeviceView = {
  readonly running: Leaves;
  readonly profile: DeviceProfile;
  readonly model: BoundModel;
};

/** An action's request to its handler. The parameters have passed the catalogue's schema. */
type HandlerRequest = { readonly entity_id: string; readonly parameters: JsonObject };

/**
 * One action type that changes devices: its name, its limits, and its plan as pure functions of the
 * topology and of the device's data. Applying, observing, confirming and undoing a plan is the same
 * for all handlers: the gateway's safe change.
 */
export type NetworkHandler = {
  /** Its name, which is also the name of the handler in the catalogue's entry. */
  readonly action_type: string;
  /** What its entities are: things of a class, or devices. */
  readonly entity: EntityClass | 'device';
  /** The leaves that it changes, as `<class>.<leaf>`; empty if the log says which. */
  readonly changes: readonly string[];
  /** The least safe way in which its change may be made. */
  readonly needs: SafetyLevel;
  /** The device that has an entity; undefined where none has. */
  readonly deviceOf: (entityId: string, topology: Topology) => string | undefined;
  /** The model among a device's that its change goes over; undefined where none serves. */
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
  /** The entities whose KPIs are read before planning, the action's own first. */
  readonly watched: (entityId: string, topology: Topology) => readonly string[];
  /**
   * The change's effect on users, from the latest KPIs of the watched entities (without KPIs:
   * zeros).
   */
  readonly estimateImpact: (
    asked: HandlerRequest,
    topology: Topology,
    kpis: ReadonlyMap<string, Kpis>,
  ) => ImpactEstimate;
  /**
   * The change to the device's present state; the same leaves and topology give the same plan. Each
   * refusal is named in `violations`.
   */
  readonly plan: (
    asked: HandlerRequest,
    running: Leaves,
    topology: Topology,
    profile: DeviceProfile,
    model: BoundModel,
  ) => ChangePlan;
  /** How the handler changes several devices in one action; absent where it never does. */
  readonly several?: {
    /** The devices that have to be read for the plan, the entity's own first. */
    readonly devicesOf: (asked: HandlerRequest, topology: Topology) => readonly string[];
    /**
     * The change of each device, in the order of the commits. One refused plan where a guard is
     * violated, on whichever device.
     */
    readonly plan: (
      asked: HandlerRequest,
      views: ReadonlyMap<string, DeviceView>,
      topology: Topology,
    ) => readonly ChangePlan[];
  };
};
