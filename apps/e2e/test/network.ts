import {
  childElements,
  childText,
  connectNetconf,
  elementAt,
  elementBuilder,
  type XmlElement,
  type NetconfClient,
} from '@interlock/netconf';
import { until } from '@interlock/testing';
import type { Stack } from './stack.js';

type Relation = { readonly allowed: string | undefined; readonly offset: string | undefined };
type Cell = {
  readonly state: string | undefined;
  readonly power: string | undefined;
  readonly relations: { readonly [target: string]: Relation };
};
export type RunningConfig = { readonly [cell: string]: Cell };
export type SimulatedDevice = {
  readonly device_id: string;
  readonly site_id: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly host_key_fingerprint: string;
  readonly cells: readonly string[];
};
export type PlannedCell = {
  readonly cell_id: string;
  readonly neighbours: readonly { readonly cell_id: string; readonly coverage: string }[];
};

const namespace = 'urn:interlock:params:xml:ns:yang:ran';
const ran = elementBuilder(namespace);

const attribute = (element: XmlElement, name: string): string | undefined => {
  const attributes = elementAt(element, 'attributes');
  return attributes === undefined ? undefined : childText(attributes, name);
};

const relationOf = (element: XmlElement): Relation => ({
  allowed: attribute(element, 'isHOAllowed'),
  offset: attribute(element, 'cellIndividualOffset'),
});

const cellOf = (element: XmlElement): Cell => ({
  state: attribute(element, 'administrativeState'),
  power: attribute(element, 'configuredMaxTxPower'),
  relations: Object.fromEntries(
    childElements(element, 'relation').map((one) => [childText(one, 'target') ?? '', relationOf(one)]),
  ),
});

/**
 * One site: a device with three cells. The first can fail and the others cover it; with 262 users
 * each they have no room.
 */
export const site = (name: string, options: { readonly neighbourUsers?: number } = {}): object => {
  const { neighbourUsers = 110 } = options;
  const ids = [1, 2, 3].map((i) => `cell-${name}-${i}`);
  return {
    device_id: `gnb-${name}`,
    site_id: `site-${name}`,
    cells: ids.map((cell_id, i) => ({
      cell_id,
      users: i === 0 ? 90 : neighbourUsers,
      mbps_per_user: 2,
      capacity_mbps: 600,
      tx_power: 400,
      max_tx_power: 460,
      script: 'none',
      neighbours: ids
        .filter((other) => other !== cell_id)
        .map((other) => ({ cell_id: other, coverage: i === 0 || other === ids[0] ? 'FULL' : 'PARTIAL' })),
    })),
  };
};

/**
 * The simulated network from outside: over NETCONF like any manager, and through the simulator's
 * own controls.
 */
export class Network {
  #devices: readonly SimulatedDevice[] | undefined;

  constructor(private readonly stack: Stack) {}

  async devices(): Promise<readonly SimulatedDevice[]> {
    this.#devices ??= (
      (await (await fetch(`${this.stack.simulator}/devices`)).json()) as {
        readonly devices: readonly SimulatedDevice[];
      }
    ).devices;
    return this.#devices;
  }

  async topology(): Promise<readonly PlannedCell[]> {
    return (
      (await (await fetch(`${this.stack.simulator}/topology`)).json()) as {
        readonly cells: readonly PlannedCell[];
      }
    ).cells;
  }

  /** The running configuration from the device itself, over NETCONF. */
  running(deviceId: string): Promise<RunningConfig> {
    return this.#session(deviceId, async (session) => {
      const data = await session.getConfig('running', { subtree: [ran('ran')] });
      return Object.fromEntries(
        childElements(data, 'ran', namespace)
          .flatMap((root) => childElements(root, 'cell'))
          .map((cell) => [childText(cell, 'id') ?? '', cellOf(cell)]),
      );
    });
  }

  /** Sets the state of a cell over NETCONF, as somebody else's program does. */
  editState(deviceId: string, cell: string, state: 'LOCKED' | 'UNLOCKED'): Promise<void> {
    const attributes = ran('attributes', ran('administrativeState', state));
    return this.#session(deviceId, async (session) => {
      await session.editConfig({
        target: 'candidate',
        config: [ran('ran', ran('cell', ran('id', cell), attributes))],
      });
      await session.commit();
    });
  }

  async #session<T>(deviceId: string, work: (session: NetconfClient) => Promise<T>): Promise<T> {
    const device = (await this.devices()).find(({ device_id }) => device_id === deviceId)!;
    const session = await connectNetconf({
      host: device.host,
      port: device.port,
      username: device.username,
      credentials: { password: device.password },
      hostKey: { known: [device.host_key_fingerprint] },
    });
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }

  /** True while a confirmed commit waits for its confirmation. */
  async tentative(deviceId: string): Promise<boolean> {
    return (
      (await (await fetch(`${this.stack.simulator}/devices/${deviceId}/running`)).json()) as {
        readonly tentative: boolean;
      }
    ).tentative;
  }

  async degrade(cell: string): Promise<void> {
    const response = await fetch(`${this.stack.simulator}/cells/${cell}/degrade`, { method: 'POST' });
    if (!response.ok) throw new Error(`the simulator answered ${response.status} to degrade ${cell}`);
  }

  async fault(deviceId: string, fault: object): Promise<void> {
    const response = await fetch(`${this.stack.simulator}/devices/${deviceId}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
    if (!response.ok) throw new Error(`the simulator answered ${response.status}: ${await response.text()}`);
  }

  async mend(deviceId: string): Promise<void> {
    await fetch(`${this.stack.simulator}/devices/${deviceId}/faults`, { method: 'DELETE' });
  }

  /** Waits until a device has no tentative change. */
  settled(deviceId: string): Promise<unknown> {
    return until(async () => !(await this.tentative(deviceId)), `nothing tentative is left on ${deviceId}`);
  }
}

/**
 * The configuration after a failover of a site's first cell (3 dB, offset 3), computed from the
 * previous one.
 */
export const failedOver = (before: RunningConfig, cell: string): RunningConfig =>
  Object.fromEntries(
    Object.entries(before).map(([id, one]) => [
      id,
      id === cell
        ? {
            ...one,
            state: 'LOCKED',
            relations: Object.fromEntries(
              Object.keys(one.relations).map((target) => [target, { allowed: 'true', offset: '3' }]),
            ),
          }
        : { ...one, power: `${Number(one.power) + 30}` },
    ]),
  );
