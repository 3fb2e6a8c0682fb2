import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import { parseStream } from '@interlock/contracts';
import {
  positionText,
  ProblemError,
  type EventStore,
  type Position,
  type Recorded,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  buildTopology,
  deviceDecider,
  endpointOf,
  trustedKeys,
  type BindingTable,
  type Device,
  type DeviceDrift,
  type DeviceEndpoint,
  type DeviceEvent,
  type DeviceState,
  type Qualification,
  type QualificationRun,
  type Topology,
} from '@interlock/network';
import { TenantBindings } from '../bindings/tenant-bindings.js';
import type { DeviceAddress } from '../sessions/sessions.js';

/** A device in the inventory, with the revision of its stream. */
export type InventoryEntry = {
  readonly device: Device;
  readonly address: DeviceAddress;
  /**
   * Why nothing may change the device: its own quarantine, or the quarantine of an entry with the
   * same address or host key.
   */
  readonly quarantined: string | null;
  /** The names of the bindings that people chose for the device; null if nobody has. */
  readonly bindings: readonly string[] | null;
  /** All bindings of the tenant, which include the device's own. */
  readonly table: BindingTable;
  /** The drift that the last check found; null if it found none. */
  readonly drift: DeviceDrift | null;
  /** The qualification that is under way; null if there is none. */
  readonly qualifying: QualificationRun | null;
  /** The last result of a qualification; null if there is none. */
  readonly qualification: Qualification | null;
  /** Why the last qualification has no result; null otherwise. */
  readonly qualification_fault: string | null;
  readonly revision: bigint;
  readonly updated_at: string;
};

/**
 * A device's folded stream. `last` is the last registered device. `marks` identify a device in
 * quarantine even if it is registered under another name.
 */
type DeviceRecord = DeviceState & {
  readonly last: Device | null;
  readonly marks: readonly string[];
  readonly revision: bigint;
  readonly updated_at: string;
};

/** The name of a device that calls home. */
type Caller = { readonly tenant_id: string; readonly device_id: string };

const deviceMarks = (device: DeviceEndpoint, overTls: boolean): readonly string[] => {
  const host = device.host.toLowerCase();
  return [
    // The address of a device that calls home only names it, so others may have it too.
    ...(device.call_home === true
      ? []
      : [`at ${host}:${device.port}`, `${overTls ? 'TLS' : 'SSH'} on ${host}`]),
    ...trustedKeys(device).map((key) => `key ${key}`),
  ];
};

/** Returns the marks of a device in quarantine. */
const marksOf = (device: DeviceEndpoint): readonly string[] =>
  deviceMarks(device, device.transport === 'tls');

/**
 * Returns the marks that a quarantined device has if it is the same one. The same device has
 * another port and another key over the other transport, so any at its host counts.
 */
const soughtMarks = (device: DeviceEndpoint): readonly string[] =>
  deviceMarks(device, device.transport !== 'tls');

/** The refusal of a device that the inventory does not hold. */
export const unknownDevice = (id: string | null): ProblemError =>
  new ProblemError('device-unknown', `there is no device \`${id?.slice(0, 64)}\``);

/** Devices by tenant, followed from the log. */
export class Inventory {
  /** The bindings of each tenant, followed from the same log. */
  readonly bindings = new TenantBindings();
  readonly #follower: LogFollower;
  readonly #states = new Map<string, Map<string, DeviceRecord>>();
  /** The entries in quarantine by tenant, including removed devices. */
  readonly #quarantined = new Map<string, Set<string>>();
  readonly #topologies = new Map<string, Topology>();
  /** By host key: the devices that call home with it, in the order of the log. */
  readonly #callers = new Map<string, readonly Caller[]>();

  constructor(store: EventStore, logger: AdapterLogger) {
    this.#follower = createFollower(store, {
      name: 'netconf-gateway-devices',
      prefixes: ['device-', 'device_binding-'],
      onEvent: (event) => {
        this.bindings.fold(event);
        this.#fold(event);
      },
      logger,
    });
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /**
   * Waits until the inventory holds everything that was in the log at the time of the call. Returns
   * the position that it reached.
   */
  async current(): Promise<Position> {
    try {
      return await this.#follower.confirmCurrent();
    } catch (cause) {
      throw new ProblemError('not-current', 'the device inventory cannot be confirmed against the log', {
        cause,
      });
    }
  }

  /** Waits until the inventory is at most two seconds behind the log. Throws `not-current`. */
  recent(): Promise<void> {
    return this.#follower.ensureCurrent(false);
  }

  /** Returns whether the inventory was proved current within so many milliseconds. */
  confirmedWithin(ms: number): boolean {
    return this.#follower.confirmedWithin(ms);
  }

  /** Waits until the inventory has reached a position. */
  async reached(position: Position | null): Promise<void> {
    const own = this.#follower.position();
    if (position !== null && (own === null || own.commit < position.commit)) await this.current();
  }

  list(tenantId: string): readonly InventoryEntry[] {
    return [...(this.#states.get(tenantId)?.values() ?? [])]
      .flatMap((state) => this.#entry(tenantId, state))
      .sort((a, b) => (a.device.device_id < b.device.device_id ? -1 : 1));
  }

  /** The registered devices of all tenants. */
  all(): readonly InventoryEntry[] {
    return [...this.#states].flatMap(([tenantId, devices]) =>
      [...devices.values()].flatMap((state) => this.#entry(tenantId, state)),
    );
  }

  find(tenantId: string, deviceId: string): InventoryEntry | undefined {
    const state = this.#states.get(tenantId)?.get(deviceId);
    return state === undefined ? undefined : this.#entry(tenantId, state)[0];
  }

  /** Returns a registered device. Throws `device-unknown`. */
  get(tenantId: string, deviceId: string): InventoryEntry {
    const entry = this.find(tenantId, deviceId);
    if (entry === undefined) throw unknownDevice(deviceId);
    return entry;
  }

  /**
   * Returns the entry whose quarantine covers the device at this address, under any name and
   * whether registered or not. Undefined if none does.
   */
  quarantinedAs(tenantId: string, deviceId: string, endpoint: DeviceEndpoint): string | undefined {
    const quarantined = this.#quarantined.get(tenantId);
    if (quarantined === undefined || quarantined.has(deviceId))
      return quarantined === undefined ? undefined : deviceId;
    const marks = soughtMarks(endpoint);
    const devices = this.#states.get(tenantId);
    return [...quarantined].find(
      (other) => devices?.get(other)?.marks.some((mark) => marks.includes(mark)) === true,
    );
  }

  /** Returns why the device at this address is in quarantine; null if it is not. */
  quarantineOf(tenantId: string, deviceId: string, endpoint: DeviceEndpoint): string | null {
    const holder = this.quarantinedAs(tenantId, deviceId, endpoint);
    const reason = holder === undefined ? undefined : this.#states.get(tenantId)?.get(holder)?.quarantined;
    if (reason === undefined || reason === null) return null;
    return holder === deviceId
      ? reason
      : `it is at the place of \`${holder}\`, or has its host key: ${reason}`;
  }

  #entry(
    tenantId: string,
    { device, revision, updated_at, last: _last, marks: _marks, removed: _removed, ...state }: DeviceRecord,
  ): readonly InventoryEntry[] {
    if (device === null) return [];
    const { profile: _profile, ...endpoint } = endpointOf(device);
    return [
      {
        ...state,
        device,
        address: { tenant_id: tenantId, device_id: device.device_id, ...endpoint },
        quarantined: this.quarantineOf(tenantId, device.device_id, device),
        table: this.bindings.table(tenantId),
        revision,
        updated_at,
      },
    ];
  }

  /**
   * Returns the devices that call home with this host key, in the order in which the log gave it to
   * them.
   */
  callersWith(hostKey: string): readonly InventoryEntry[] {
    return (this.#callers.get(hostKey) ?? []).flatMap(
      ({ tenant_id, device_id }) => this.find(tenant_id, device_id) ?? [],
    );
  }

  topology(tenantId: string): Topology {
    const known = this.#topologies.get(tenantId);
    if (known !== undefined) return known;
    const position = this.#follower.position();
    const built = buildTopology(
      this.list(tenantId).map((entry) => entry.device),
      position === null ? '0' : positionText(position),
      (deviceId) => this.#states.get(tenantId)?.get(deviceId)?.drift ?? null,
    );
    this.#topologies.set(tenantId, built);
    return built;
  }

  #fold(event: RecordedEvent): void {
    const at = parseStream(event.stream);
    if (
      at === undefined ||
      at.category !== 'device' ||
      !(deviceDecider.types as readonly string[]).includes(event.type)
    )
      return;
    const devices = this.#states.get(at.tenant) ?? new Map<string, DeviceRecord>();
    const before = devices.get(at.id);
    const state = deviceDecider.evolve(
      before ?? deviceDecider.initial,
      event as unknown as Recorded<DeviceEvent>,
    );
    const last = state.device ?? before?.last ?? null;
    const marks =
      state.quarantined === null
        ? []
        : [...new Set([...(before?.marks ?? []), ...(last === null ? [] : marksOf(last))])];
    devices.set(at.id, {
      ...state,
      last,
      marks,
      revision: event.revision,
      updated_at: event.metadata.occurred_at,
    });
    this.#states.set(at.tenant, devices);
    this.#foldCaller({ tenant_id: at.tenant, device_id: at.id }, before?.device ?? null, state.device);
    const quarantined = this.#quarantined.get(at.tenant) ?? new Set<string>();
    if (state.quarantined === null) quarantined.delete(at.id);
    else quarantined.add(at.id);
    this.#quarantined.set(at.tenant, quarantined);
    this.#topologies.delete(at.tenant);
  }

  #foldCaller(caller: Caller, before: Device | null, after: Device | null): void {
    const [had, has] = [before, after].map((device) =>
      device?.call_home === true ? trustedKeys(device) : [],
    ) as [readonly string[], readonly string[]];
    for (const key of had.filter((one) => !has.includes(one)))
      this.#callers.set(
        key,
        (this.#callers.get(key) ?? []).filter(
          (one) => one.tenant_id !== caller.tenant_id || one.device_id !== caller.device_id,
        ),
      );
    for (const key of has.filter((one) => !had.includes(one)))
      this.#callers.set(key, [...(this.#callers.get(key) ?? []), caller]);
  }
}
