import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import { parseStream } from '@interlock/contracts';
import { positionText, ProblemError, type EventStore, type Position, type Recorded, type RecordedEvent } from '@interlock/kernel';
import { buildTopology, deviceDecider, type Device, type DeviceEvent, type DeviceState, type Topology } from '@interlock/network';

/** A device as the inventory holds it, with the revision of its stream. */
export type InventoryEntry = { readonly device: Device; readonly quarantined: string | null; readonly revision: bigint; readonly updated_at: string };

/** Devices by tenant, kept current with the log. */
export class Inventory {
  readonly #follower: LogFollower;
  readonly #states = new Map<string, Map<string, DeviceState & { readonly revision: bigint; readonly updated_at: string }>>();
  readonly #topologies = new Map<string, Topology>();

  constructor(store: EventStore, logger: AdapterLogger) {
    this.#follower = createFollower(store, { name: 'netconf-gateway-devices', prefixes: ['device-'], onEvent: (event) => { this.#fold(event); }, logger });
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** Afterwards the inventory holds what was in the log when this was called. */
  async current(): Promise<Position> {
    try {
      return await this.#follower.confirmCurrent();
    } catch (cause) {
      throw new ProblemError('not-current', 'the device inventory cannot be confirmed against the log', { cause });
    }
  }

  /** True where the inventory was proved current within so many milliseconds. */
  confirmedWithin(ms: number): boolean {
    return this.#follower.confirmedWithin(ms);
  }

  /** Waits until the position is folded. */
  async reached(position: Position | null): Promise<void> {
    const own = this.#follower.position();
    if (position !== null && (own === null || own.commit < position.commit)) await this.current();
  }

  list(tenantId: string): readonly InventoryEntry[] {
    return [...(this.#states.get(tenantId)?.values() ?? [])].flatMap((state) => (state.device === null ? [] : [{ ...state, device: state.device }]))
      .sort((a, b) => (a.device.device_id < b.device.device_id ? -1 : 1));
  }

  find(tenantId: string, deviceId: string): InventoryEntry | undefined {
    const state = this.#states.get(tenantId)?.get(deviceId);
    return state === undefined || state.device === null ? undefined : { ...state, device: state.device };
  }

  topology(tenantId: string): Topology {
    const known = this.#topologies.get(tenantId);
    if (known !== undefined) return known;
    const position = this.#follower.position();
    const built = buildTopology(this.list(tenantId).map((entry) => entry.device), position === null ? '0' : positionText(position));
    this.#topologies.set(tenantId, built);
    return built;
  }

  #fold(event: RecordedEvent): void {
    const at = parseStream(event.stream);
    if (at === undefined || at.category !== 'device' || !(deviceDecider.types as readonly string[]).includes(event.type)) return;
    const devices = this.#states.get(at.tenant) ?? new Map<string, DeviceState & { readonly revision: bigint; readonly updated_at: string }>();
    const before: DeviceState = devices.get(at.id) ?? deviceDecider.initial;
    devices.set(at.id, { ...deviceDecider.evolve(before, event as unknown as Recorded<DeviceEvent>), revision: event.revision, updated_at: event.metadata.occurred_at });
    this.#states.set(at.tenant, devices);
    this.#topologies.delete(at.tenant);
  }
}
