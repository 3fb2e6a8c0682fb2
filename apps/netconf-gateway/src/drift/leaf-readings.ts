import { ProblemError, sameJson } from '@interlock/kernel';
import {
  childElement,
  childElements,
  childText,
  elementBuilder,
  MONITORING_NS,
  NetconfRpcError,
  type NetconfClient,
} from '@interlock/netconf';
import type { Binding, ExpectedLeaf } from '@interlock/network';
import { readRunningLeaves } from '../devices/device-reading.js';
import type { TenantBindings } from '../bindings/tenant-bindings.js';
import type { DeviceAddress, DeviceSessions } from '../sessions/sessions.js';

/** The capability of yuma123 that reports when a datastore was last modified. */
const timeFilter = 'http://netconfcentral.org/ns/yuma-time-filter';
/**
 * A last-modified time has whole seconds. A reading is final if it began this long after the time
 * was first seen, so that any later change has a later time. In milliseconds.
 */
const settledMs = 2000;
/**
 * How long a reading is kept, in milliseconds. A device whose clock was set back could report the
 * same time twice.
 */
const keptMs = 3_600_000;

/** The most characters of a leaf that a drift records, so that the event fits into one append. */
const longestValue = 4096;

type Leaf = Pick<ExpectedLeaf, 'binding' | 'path'>;
type Values = ReadonlyMap<string, string | null>;
type Reading = {
  readonly address: DeviceAddress;
  readonly lastModified: string;
  /** When this last-modified time was first seen; `readAt` is when the values were read. */
  readonly firstSeen: number;
  readonly readAt: number;
  readonly values: Values;
};

const nameOf = ({ binding, path }: Leaf): string => JSON.stringify([binding, path]);
const monitoring = elementBuilder(MONITORING_NS);

/**
 * Returns when running was last modified, in the device's own form; null if it does not report it.
 */
const lastModifiedOf = async (client: NetconfClient): Promise<string | null> => {
  if (!client.has(timeFilter)) return null;
  try {
    const data = await client.get({ subtree: [monitoring('netconf-state', monitoring('datastores'))] });
    const state = childElement(data, 'netconf-state');
    const stores = state === undefined ? undefined : childElement(state, 'datastores');
    const running = (stores === undefined ? [] : childElements(stores, 'datastore')).find(
      (one) => childText(one, 'name')?.trim() === 'running',
    );
    return (running === undefined ? undefined : childText(running, 'last-modified')?.trim()) ?? null;
  } catch (error) {
    if (error instanceof NetconfRpcError) return null;
    throw error;
  }
};

const readAll = async (
  client: NetconfClient,
  leaves: readonly Leaf[],
  bindingOf: (name: string) => Binding | undefined,
): Promise<Values> => {
  const values = new Map<string, string | null>();
  for (const name of new Set(leaves.map(({ binding }) => binding))) {
    const binding = bindingOf(name);
    if (binding === undefined) throw new ProblemError('binding-unfit', `there is no binding \`${name}\``);
    const running = await readRunningLeaves(client, binding);
    for (const leaf of leaves) {
      if (leaf.binding !== name) continue;
      const value = running[leaf.path] ?? null;
      if (value !== null && value.length > longestValue)
        throw new ProblemError(
          'binding-unfit',
          `\`${leaf.path}\` has ${value.length} characters on the device, more than the ${longestValue} that a drift can record`,
        );
      values.set(nameOf(leaf), value);
    }
  }
  return values;
};

/**
 * Reads the values of leaves on devices. If a device reports when it was last modified, one small
 * request replaces the reading of an unmodified device. netconfd answers this time from a cache, so
 * a change is seen some seconds later.
 */
export class LeafReadings {
  readonly #readings = new Map<string, Reading>();

  constructor(
    private readonly sessions: Pick<DeviceSessions, 'read'>,
    private readonly bindings: Pick<TenantBindings, 'find'>,
  ) {}

  /**
   * Returns a function from leaves to values, which are null for absent leaves. With `now`, the
   * leaves are always read. Throws what reads throw.
   */
  async read(
    address: DeviceAddress,
    leaves: readonly Leaf[],
    how: 'now' | 'if-modified',
  ): Promise<(leaf: Leaf) => string | null> {
    const key = JSON.stringify([address.tenant_id, address.device_id]);
    const values = await this.sessions.read(address, async (client) => {
      const now = performance.now();
      const lastModified = await lastModifiedOf(client);
      const before = this.#readings.get(key);
      const same = sameJson(before?.address, address) && before?.lastModified === lastModified;
      if (
        how === 'if-modified' &&
        same &&
        before.readAt - before.firstSeen >= settledMs &&
        now - before.readAt < keptMs &&
        leaves.every((leaf) => before.values.has(nameOf(leaf)))
      )
        return before.values;
      const read = await readAll(client, leaves, (name) => this.bindings.find(address.tenant_id, name));
      if (lastModified === null) this.#readings.delete(key);
      else
        this.#readings.set(key, {
          address,
          lastModified,
          firstSeen: same ? before.firstSeen : now,
          readAt: now,
          values: read,
        });
      return read;
    });
    return (leaf) => values.get(nameOf(leaf)) ?? null;
  }

  /** Forgets the devices that are no longer registered. */
  keep(addresses: readonly DeviceAddress[]): void {
    const kept = new Set(addresses.map(({ tenant_id, device_id }) => JSON.stringify([tenant_id, device_id])));
    for (const key of [...this.#readings.keys()]) if (!kept.has(key)) this.#readings.delete(key);
  }
}
