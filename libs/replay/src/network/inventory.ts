import type { ImpactEstimate, PlanAnswer } from '@interlock/contracts';
import {
  comparePositions,
  parsePosition,
  sameJson,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  bindings,
  buildTopology,
  compileBinding,
  deviceDecided,
  endpointOf,
  networkHandlerOf,
  tenantBindingDecided,
  tenantBindingStream,
  type Binding,
  type Device,
  type DeviceEndpoint,
  type Topology,
} from '@interlock/network';
import type { ActionState } from '@interlock/rails';
import { compared, nameIn, namesPast, ofItself, type Finding } from '../finding.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';
import { Versions } from '../checks/versions.js';

type Inventory = {
  readonly devices: Map<string, Versions<Device | null>>;
  /** The positions of its changes. */
  readonly changes: Position[];
  /** The recently used topologies, by the number of changes that they include. */
  readonly topologies: Map<number, Topology | null>;
};
const topologiesKept = 4;

/** A plan is made a few moments before it is recorded. */
const toleranceMs = 60_000;

/**
 * Replays the inventory: decides each change again, and checks recorded estimates and plans against
 * it.
 */
export class InventoryReplay {
  readonly #devices = new StreamReplay(deviceDecided);
  readonly #bindings = new StreamReplay(tenantBindingDecided);
  readonly #tenants = new Map<string, Inventory>();

  constructor(private readonly whole: boolean) {}

  /** Takes events of `device-*`. */
  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const findings = this.#devices.take(event, of);
    const inventory: Inventory = this.#tenants.get(of.tenant) ?? {
      devices: new Map(),
      changes: [],
      topologies: new Map(),
    };
    this.#tenants.set(of.tenant, inventory);
    const versions = inventory.devices.get(of.id) ?? new Versions<Device | null>();
    inventory.devices.set(of.id, versions);
    versions.add(event.position, event.metadata.occurred_at, this.#devices.of(event.stream)!.state.device);
    inventory.changes.push(event.position);
    return findings;
  }

  /** Takes events of `device_binding-*`. */
  takeBinding(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    return this.#bindings.take(event, of);
  }

  /**
   * Returns a shipped binding, or one that the tenant has added; undefined if it is not in the
   * file.
   */
  binding(tenant: string, name: string): Binding | undefined {
    const own = this.#bindings.of(tenantBindingStream(tenant, name))?.state.last ?? null;
    return bindings.get(name) ?? (own === null ? undefined : compileBinding(own.file));
  }

  /**
   * Checks the number and the list of affected entities against the topology at the version that
   * the estimate names. Only the devices know users and latency.
   */
  estimate(
    tenant: string,
    estimate: ImpactEstimate | null,
    { accepted }: ActionState,
    by: Position,
  ): readonly Finding[] {
    if (accepted === null) return [{ kind: 'estimate', missing: 'the intent is not in the file' }];
    const service = accepted.action_type.handler?.service ?? 'netconf-gateway';
    if (service !== 'netconf-gateway')
      return [
        ofItself(
          compared('estimate', 'the affected entities', estimate, estimate),
          `what ${nameIn(service)} knows is in no log`,
        ),
      ];
    const {
      intent,
      action_type: { handler },
    } = accepted;
    if (handler === null || estimate === null)
      return [
        compared(
          'estimate',
          'who has a handler has its estimate',
          estimate === null ? null : 'an estimate',
          handler === null ? null : 'an estimate',
        ),
      ];
    const past = namesPast('estimate', estimate.topology_version, by);
    if (past !== null) return [past];
    const topology = this.#topology(tenant, parsePosition(estimate.topology_version)!);
    if (topology === null)
      return [{ kind: 'estimate', missing: 'the inventory is of too long ago', excused: true }];
    const known = networkHandlerOf(intent.action_type);
    if (known === undefined)
      return [{ kind: 'estimate', missing: `there is no handler for \`${intent.action_type}\`` }];
    const again = sinceSlices(known.estimateImpact(intent, topology, new Map()), estimate);
    // If the file begins in the middle of the log, the earlier devices are unknown.
    if (!this.whole && !sameJson(shapeOf(estimate), shapeOf(again)))
      return [{ kind: 'estimate', missing: 'the inventory is not all in the file' }];
    return [
      compared('estimate', 'the affected entities, from the inventory', shapeOf(estimate), shapeOf(again)),
    ];
  }

  /** Checks the devices of a plan against the inventory at some time shortly before. */
  planned(tenant: string, plan: PlanAnswer, at: string): readonly Finding[] {
    return (plan.parts ?? [plan]).flatMap((part) => this.#plannedOn(tenant, part, at));
  }

  #plannedOn(
    tenant: string,
    { device_id: id, site_id, profile }: Pick<PlanAnswer, 'device_id' | 'site_id' | 'profile'>,
    at: string,
  ): readonly Finding[] {
    if (id === null) return [];
    const { known, isAll } = this.#devicesAt(tenant, id, at);
    const own = known.find((one) => one.site_id === site_id && one.profile === profile);
    const device = own ?? known[0];
    if (device === undefined || (own === undefined && !isAll))
      return [{ kind: 'plan', missing: 'the device is not in the file' }];
    return [
      compared(
        'plan',
        'the device of the plan',
        { site_id, profile },
        { site_id: device.site_id, profile: device.profile },
      ),
    ];
  }

  /** Checks the device of a transaction against the inventory at some time shortly before. */
  bound(tenant: string, id: string, endpoint: DeviceEndpoint, at: string): readonly Finding[] {
    const { known, isAll } = this.#devicesAt(tenant, id, at);
    const endpoints = known.map(endpointOf);
    const own = endpoints.find((one) => sameJson(one, endpoint));
    const bound = own ?? endpoints[0];
    if (bound === undefined || (own === undefined && !isAll))
      return [{ kind: 'transaction', missing: 'the device is not in the file' }];
    return [compared('transaction', 'the device that the transaction is bound to', endpoint, bound)];
  }

  /**
   * Returns a device as it was at some time shortly before, latest first. A part of a log may lack
   * the earlier ones.
   */
  #devicesAt(
    tenant: string,
    id: string,
    at: string,
  ): { readonly known: readonly Device[]; readonly isAll: boolean } {
    const versions = this.#tenants.get(tenant)?.devices.get(id);
    return {
      known: (versions?.within(at, toleranceMs) ?? []).filter((device) => device !== null),
      isAll: this.whole || versions?.reaches(at, toleranceMs) === true,
    };
  }

  /** Returns the topology at a position; null if that is too long ago. */
  #topology(tenant: string, position: Position): Topology | null {
    const { devices, changes, topologies } = this.#tenants.get(tenant) ?? {
      devices: new Map<string, Versions<Device | null>>(),
      changes: [],
      topologies: new Map<number, Topology | null>(),
    };
    let count = changes.length;
    while (count > 0 && comparePositions(changes[count - 1]!, position) > 0) count -= 1;
    const known = topologies.get(count);
    if (known !== undefined) return known;
    const then = [...devices.values()].map((versions) => versions.at(position));
    const built = then.some((one) => !one.known)
      ? null
      : buildTopology(
          then.flatMap(({ value }) => value ?? []),
          '',
        );
    if (topologies.size >= topologiesKept) topologies.delete(topologies.keys().next().value!);
    topologies.set(count, built);
    return built;
  }
}

/** Omits what an estimate did not say before devices had slices. */
const sinceSlices = ({ lacks_slices, ...again }: ImpactEstimate, then: ImpactEstimate): ImpactEstimate =>
  lacks_slices === undefined || then.lacks_slices === undefined ? again : { ...again, lacks_slices };

/** The parts of an estimate that follow from the inventory alone. */
const shapeOf = ({
  affected_entity_count,
  device_id,
  site_id,
  neighbours,
  slices = [],
  lacks_slices,
  kpis,
}: ImpactEstimate): object => ({
  affected_entity_count,
  device_id,
  site_id,
  neighbours,
  slices,
  lacks_slices: lacks_slices === true,
  kpis,
});
