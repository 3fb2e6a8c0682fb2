import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { XmlElement } from '@interlock/netconf';
import { plannedCell } from './cells.js';
import { newKey } from './control/key.js';
import { startControlServer, type ControlServer } from './control/server.js';
import { homeAddress } from './device/call-home.js';
import { Device } from './device/device.js';
import type { Fault } from './device/faults.js';
import type { ProfileName } from './device/profiles.js';
import type { TlsIdentity } from './device/tls.js';
import { directoryStore, memoryStore } from './device/store.js';
import type { DeviceSpec } from './fleet.js';
import { accessModel } from './device/access/model.js';
import { together, type Model } from './models/model.js';
import { modelsOf } from './models/models.js';
import type { CellKpis } from './ran/kpis.js';
import {
  degrade,
  heal,
  load,
  worsen,
  type CellConfig,
  type CellScript,
  type CellSpec,
  type Neighbour,
  type RanConfig,
} from './ran/model.js';
import { Regions } from './ran/regions.js';

export type SimulatorOptions = {
  readonly devices: readonly DeviceSpec[];
  /**
   * The folder of running configurations and host keys. Without it, they are lost when the process
   * ends.
   */
  readonly stateDir?: string;
  readonly seed: number;
  /** One private key in OpenSSH format for all devices; by default each has its own. */
  readonly hostKey?: string;
  /** Serves the control API over HTTP; 0 takes any free port. */
  readonly controlPort?: number;
  /**
   * The simulator's secret. The addresses of the control API begin with it, and passwords are
   * derived from it. The default is a new one.
   */
  readonly key?: string;
  /**
   * The name by which other machines reach the devices, which then listen on every address. By
   * default they listen on 127.0.0.1 only.
   */
  readonly host?: string;
};

/** How to reach a running device. */
export type RunningDevice = {
  readonly device_id: string;
  readonly site_id: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly profile: ProfileName;
  readonly host_key_fingerprint: string;
  readonly cells: readonly string[];
};

export type CellView = {
  readonly cell_id: string;
  readonly device_id: string;
  readonly site_id: string;
  readonly script: CellScript;
  readonly degraded: boolean;
  readonly kpis: CellKpis;
  readonly config: CellConfig;
  readonly neighbours: readonly Neighbour[];
};

export type Topology = {
  readonly devices: readonly {
    readonly device_id: string;
    readonly site_id: string;
    readonly cells: readonly string[];
  }[];
  readonly cells: readonly (CellSpec & { readonly device_id: string; readonly site_id: string })[];
};

/** The operations on the network for tests and the demo. An unknown name throws a RangeError. */
export interface SimulatorControl {
  devices(): RunningDevice[];
  cells(): CellView[];
  topology(): Topology;
  kpis(cellId: string): CellKpis;
  degrade(cellId: string): void;
  heal(cellId: string): void;
  /** Sets the number of a cell's users, from 0 to 100,000. */
  load(cellId: string, users: number): void;
  fault(deviceId: string, fault: Fault): void;
  faults(deviceId: string): readonly Fault[];
  clearFaults(deviceId: string): void;
  /** Returns the top-level elements of running, whether they are tentative or not. */
  runningConfig(deviceId: string): readonly XmlElement[];
  /** True while a confirmed commit is pending. */
  tentative(deviceId: string): boolean;
  sessions(deviceId: string): number[];
  dropSessions(deviceId: string): void;
  restart(deviceId: string): Promise<void>;
  /** Gives a device another host key in OpenSSH format, and returns the fingerprint. */
  replaceHostKey(deviceId: string, key: string): Promise<string>;
  /** Lets a device speak TLS with this identity, and returns the fingerprint of its key. */
  speakTls(deviceId: string, tls: TlsIdentity): Promise<string>;
}

export type Simulator = {
  readonly devices: readonly RunningDevice[];
  readonly control: SimulatorControl;
  /** The address of the control API, if it is served. */
  readonly controlUrl?: string;
  readonly stop: () => Promise<void>;
};

type Entry = { readonly spec: DeviceSpec; readonly model: Model; readonly device: Device };

const password = (key: string, deviceId: string): string =>
  createHash('sha256').update(`interlock-simulator:${key}:${deviceId}`).digest('base64url').slice(0, 20);

/** All devices of one radio network. */
class Network {
  readonly #entries = new Map<string, Entry>();
  readonly #ownerOf = new Map<string, Entry>();
  readonly regions: Regions;

  constructor(
    readonly options: SimulatorOptions,
    readonly key: string,
  ) {
    this.regions = new Regions(
      options.seed,
      options.devices.flatMap((spec) => spec.cells),
    );
    for (const spec of options.devices) {
      if (this.#entries.has(spec.device_id))
        throw new RangeError(`device \`${spec.device_id}\` is named twice`);
      const entry = this.#create(spec);
      this.#entries.set(spec.device_id, entry);
      for (const { cell_id } of spec.cells) this.#ownerOf.set(cell_id, entry);
    }
  }

  get entries(): Entry[] {
    return [...this.#entries.values()];
  }

  entry(deviceId: string): Entry {
    const entry = this.#entries.get(deviceId);
    if (entry === undefined) throw new RangeError(`there is no device \`${deviceId}\``);
    return entry;
  }

  /** The settings of the cells that one device holds; those of the radio plan without a model. */
  configs({ spec, model, device }: Entry): Readonly<Record<string, CellConfig>> {
    return (
      model.cells?.(device.configuration.running, spec) ??
      Object.fromEntries(spec.cells.map((cell) => [cell.cell_id, plannedCell(cell)]))
    );
  }

  /** Returns what is measured now around these cells. */
  kpis(cellIds: readonly string[]): Readonly<Record<string, CellKpis>> {
    let measured: Readonly<Record<string, CellKpis>> = {};
    for (const cellId of cellIds) {
      if (measured[cellId] !== undefined) continue;
      const owners = new Set(this.regions.cellsAround(cellId).flatMap((one) => this.#ownerOf.get(one) ?? []));
      const configs = Object.assign({}, ...[...owners].map((owner) => this.configs(owner))) as RanConfig;
      measured = { ...measured, ...this.regions.kpis(cellId, configs) };
    }
    return measured;
  }

  #create(spec: DeviceSpec): Entry {
    const { stateDir, hostKey } = this.options;
    const { nacm = false, users = [] } = spec;
    const isGuarded = nacm || users.length > 0;
    const model = together([modelsOf(spec), ...(isGuarded ? [accessModel] : [])]);
    const device = new Device({
      device_id: spec.device_id,
      port: spec.port ?? 0,
      listenOn: this.options.host === undefined ? '127.0.0.1' : '0.0.0.0',
      username: spec.username ?? 'interlock',
      password: spec.password ?? password(this.key, spec.device_id),
      users,
      model,
      initial: model.initial(spec),
      profile: spec.profile ?? '3gpp',
      yangPush: spec.yang_push ?? false,
      store: stateDir === undefined ? memoryStore() : directoryStore(join(stateDir, spec.device_id)),
      ...(hostKey === undefined ? {} : { hostKey }),
      ...(spec.tls === undefined ? {} : { tls: spec.tls }),
      ...(spec.call_home === undefined ? {} : { callHome: homeAddress(spec.call_home) }),
      ...(spec.calls_at_once === undefined ? {} : { callsAtOnce: spec.calls_at_once }),
      shown: (config) => {
        const ids = spec.cells.map(({ cell_id }) => cell_id);
        const all = this.kpis(ids);
        return model.shown(
          config,
          ids.flatMap((id) => all[id] ?? []),
          spec,
        );
      },
      onWorsened: (worsened) => {
        for (const cell of spec.cells)
          this.regions.change(cell.cell_id, (network, id) => worsen(network, id, worsened));
      },
    });
    return { spec, model, device };
  }
}

const running = ({ spec, device }: Entry, host: string): RunningDevice => ({
  device_id: spec.device_id,
  site_id: spec.site_id,
  host,
  port: device.port,
  username: device.options.username,
  password: device.options.password,
  profile: device.options.profile,
  host_key_fingerprint: device.fingerprint,
  cells: spec.cells.map((cell) => cell.cell_id),
});

const cellViews = (network: Network): CellView[] =>
  network.entries.flatMap((entry) => {
    const { device_id, site_id, cells } = entry.spec;
    const configs = network.configs(entry);
    const measured = network.kpis(cells.map(({ cell_id }) => cell_id));
    return cells.flatMap(({ cell_id, script, neighbours }) => {
      const kpi = measured[cell_id];
      const config = configs[cell_id] ?? { locked: true, tx_power: 0, relations: {}, admitted: 1 };
      const degraded = network.regions.degraded(cell_id);
      return kpi === undefined
        ? []
        : [{ cell_id, device_id, site_id, script, degraded, kpis: kpi, config, neighbours }];
    });
  });

const controlOf = (network: Network): SimulatorControl => ({
  devices: () => network.entries.map((entry) => running(entry, network.options.host ?? '127.0.0.1')),
  cells: () => cellViews(network),
  topology: () => ({
    devices: network.entries.map(({ spec }) => ({
      device_id: spec.device_id,
      site_id: spec.site_id,
      cells: spec.cells.map((cell) => cell.cell_id),
    })),
    cells: network.entries.flatMap(({ spec }) =>
      spec.cells.map((cell) => ({ ...cell, device_id: spec.device_id, site_id: spec.site_id })),
    ),
  }),
  kpis: (cellId) => {
    const found = network.kpis([cellId])[cellId];
    if (found === undefined) throw new RangeError(`there is no cell \`${cellId}\``);
    return found;
  },
  degrade: (cellId) => network.regions.change(cellId, degrade),
  heal: (cellId) => network.regions.change(cellId, heal),
  load: (cellId, users) => network.regions.change(cellId, (model, id) => load(model, id, users)),
  fault: (deviceId, fault) => network.entry(deviceId).device.arm(fault),
  faults: (deviceId) => network.entry(deviceId).device.faults.list,
  clearFaults: (deviceId) => network.entry(deviceId).device.clearFaults(),
  runningConfig: (deviceId) => network.entry(deviceId).device.configuration.running,
  tentative: (deviceId) => network.entry(deviceId).device.configuration.tentative,
  sessions: (deviceId) => network.entry(deviceId).device.sessionIds,
  dropSessions: (deviceId) => network.entry(deviceId).device.dropSessions(),
  restart: (deviceId) => network.entry(deviceId).device.restart(),
  replaceHostKey: (deviceId, key) => network.entry(deviceId).device.replaceHostKey(key),
  speakTls: (deviceId, tls) => network.entry(deviceId).device.speakTls(tls),
});

/**
 * Starts every device on its own port. If one cannot listen, the others are stopped.
 * @throws the error of listening
 */
export const startSimulator = async (options: SimulatorOptions): Promise<Simulator> => {
  const key = options.key ?? newKey();
  const network = new Network(options, key);
  const control = controlOf(network);
  let http: ControlServer | undefined;
  const stop = async (): Promise<void> => {
    await http?.close();
    await Promise.all(network.entries.map(({ device }) => device.stop()));
  };
  try {
    for (const { device } of network.entries) await device.start();
    if (options.controlPort !== undefined) http = await startControlServer(control, options.controlPort, key);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    devices: control.devices(),
    control,
    ...(http === undefined ? {} : { controlUrl: http.url }),
    stop,
  };
};
