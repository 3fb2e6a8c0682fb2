import { levelNumber, parseStream, type EarnedLevel } from '@interlock/contracts';
import { comparePositions, type Position, type RecordedEvent } from '@interlock/kernel';
import type { Scalar } from '../condition/condition.js';

type Cell = {
  readonly cell_id: string;
  readonly neighbours: readonly { readonly cell_id: string; readonly coverage: string }[];
};
/**
 * The settings of a device. After a change of them, the endpoint decides whether a qualification
 * remains valid.
 */
type Settings = {
  readonly host: string;
  readonly port: number;
  readonly host_key_fingerprint: string;
  readonly call_home?: true;
  readonly transport?: 'tls';
  readonly profile: string;
  readonly cells: readonly Cell[];
};
type Facts = {
  readonly settings: Settings;
  readonly qualification: 'missing' | 'current' | 'stale';
  readonly level: EarnedLevel;
};
type Version = { readonly position: Position; readonly facts: Facts | null };

const states = ['missing', 'stale', 'current'] as const;

const isElsewhere = (before: Settings, after: Settings): boolean =>
  !(['host', 'port', 'host_key_fingerprint', 'call_home', 'transport', 'profile'] as const).every(
    (one) => before[one] === after[one],
  );

const after = (facts: Facts | null, { type, data }: RecordedEvent): Facts | null => {
  if (type === 'DeviceRegistered')
    return { settings: data as unknown as Settings, qualification: 'missing', level: 'none' };
  if (type === 'DeviceRemoved' || facts === null) return null;
  switch (type) {
    case 'DeviceUpdated': {
      const settings = data as unknown as Settings;
      const stale = facts.qualification === 'current' && isElsewhere(facts.settings, settings);
      return { ...facts, settings, qualification: stale ? 'stale' : facts.qualification };
    }
    // The same device shows the key that people approved, so its qualification remains valid.
    case 'DeviceHostKeyRotated':
      return {
        ...facts,
        settings: { ...facts.settings, host_key_fingerprint: (data as { to: string }).to },
      };
    case 'DeviceQualified':
      return { ...facts, qualification: 'current', level: (data as { level: EarnedLevel }).level };
    case 'DeviceQualificationLapsed':
      return { ...facts, qualification: 'stale' };
    default:
      return facts;
  }
};

/** The devices of a tenant, and the device of each cell. */
type View = { readonly known: ReadonlyMap<string, Facts>; readonly owners: ReadonlyMap<string, string> };
type Tenant = {
  readonly devices: Map<string, Version[]>;
  /** The position of the last change. */
  changed: Position;
  /** The present view; undefined after a change. */
  present: View | undefined;
};

const viewOf = ({ devices }: Tenant, upTo?: Position): View => {
  const known = new Map<string, Facts>();
  const owners = new Map<string, string>();
  // A cell that two devices claim belongs to the one whose id sorts first, as in the topology.
  for (const [id, versions] of [...devices].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const facts = versions.findLast(
      ({ position }) => upTo === undefined || comparePositions(position, upTo) <= 0,
    )?.facts;
    if (facts === undefined || facts === null) continue;
    known.set(id, facts);
    for (const { cell_id: cell } of facts.settings.cells) if (!owners.has(cell)) owners.set(cell, id);
  }
  return { known, owners };
};

/**
 * The facts about devices that policies use for an entity: about its own device, and about the
 * devices of the neighbours that cover it.
 */
export class DeviceFacts {
  readonly #tenants = new Map<string, Tenant>();

  static readonly prefixes = ['device-'] as const;

  /** Takes an event of a device's stream. */
  take(event: RecordedEvent): void {
    const of = parseStream(event.stream);
    if (of === undefined) return;
    const tenant = this.#tenants.get(of.tenant) ?? {
      devices: new Map<string, Version[]>(),
      changed: event.position,
      present: undefined,
    };
    this.#tenants.set(of.tenant, tenant);
    const versions = tenant.devices.get(of.id) ?? [];
    const before = versions.at(-1)?.facts ?? null;
    const facts = after(before, event);
    if (facts === before) return;
    tenant.devices.set(of.id, [...versions, { position: event.position, facts }]);
    tenant.changed = event.position;
    tenant.present = undefined;
  }

  /**
   * Returns the facts about an entity's devices. `safety_level` is the lowest level that the
   * devices have earned and still have, 0 to 3 by `levelNumber`. `qualification` is the worst
   * state: `missing`, `stale` or `current`. Empty, and so unknown, for an entity without a device.
   * With `upTo`, the facts are those at that position.
   */
  of(tenantId: string, entityId: string, upTo?: Position): { readonly [name: string]: Scalar } {
    const tenant = this.#tenants.get(tenantId);
    if (tenant === undefined) return {};
    const { known, owners } =
      upTo === undefined || comparePositions(upTo, tenant.changed) >= 0
        ? (tenant.present ??= viewOf(tenant))
        : viewOf(tenant, upTo);
    const own = known.has(entityId) ? entityId : owners.get(entityId);
    if (own === undefined) return {};
    const covering = known
      .get(own)!
      .settings.cells.filter(({ cell_id }) => cell_id === entityId)
      .flatMap(({ neighbours }) => neighbours)
      .filter(({ coverage }) => coverage !== 'NO')
      .flatMap(({ cell_id }) => owners.get(cell_id) ?? []);
    const facts = [...new Set([own, ...covering])].map((id) => known.get(id)!);
    return {
      safety_level: Math.min(
        ...facts.map(({ qualification, level }) => (qualification === 'current' ? levelNumber(level) : 0)),
      ),
      qualification: states.find((state) => facts.some(({ qualification }) => qualification === state))!,
    };
  }
}
