import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGuarded } from '@interlock/testing';

const program = fileURLToPath(new URL('../../device-simulator/dist/main.js', import.meta.url));

export type SimulatedDevice = {
  readonly device_id: string;
  readonly site_id: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly host_key_fingerprint: string;
};
export type SimulatedCell = {
  readonly cell_id: string;
  readonly device_id: string;
  readonly neighbours: readonly { readonly cell_id: string; readonly coverage: 'FULL' | 'PARTIAL' | 'NO' }[];
};
export type TestSimulator = {
  readonly devices: readonly SimulatedDevice[];
  readonly cells: readonly SimulatedCell[];
  readonly fault: (deviceId: string, fault: object) => Promise<void>;
  readonly clearFaults: (deviceId: string) => Promise<void>;
  readonly restart: (deviceId: string) => Promise<void>;
  readonly dropSessions: (deviceId: string) => Promise<void>;
  /** Gives a device another host key, and returns the fingerprint. */
  readonly replaceHostKey: (deviceId: string, key?: string) => Promise<string>;
  /** Lets a device speak TLS with this identity, and returns the fingerprint of its key. */
  readonly speakTls: (deviceId: string, tls: object) => Promise<string>;
  readonly running: (deviceId: string) => Promise<{
    readonly config: string;
    readonly tentative: boolean;
    readonly sessions: readonly number[];
  }>;
  readonly stop: () => Promise<void>;
};

export const simulatedSite = (
  id: string,
  users: number,
  neighbourUsers: number,
  profile: string,
  port?: number,
) => {
  const cell = (n: number, count: number) => ({
    cell_id: `${id}-${n}`,
    users: count,
    mbps_per_user: 2,
    capacity_mbps: 600,
    tx_power: 400,
    max_tx_power: 460,
    script: 'none',
    neighbours: [1, 2, 3]
      .filter((other) => other !== n)
      .map((other) => ({ cell_id: `${id}-${other}`, coverage: 'FULL' })),
  });
  return {
    device_id: `gnb-${id}`,
    site_id: `site-${id}`,
    profile,
    ...(port === undefined ? {} : { port }),
    cells: [cell(1, users), cell(2, neighbourUsers), cell(3, neighbourUsers)],
  };
};

/** A site whose cells are on as many devices, one on each: `gnb-<site>a`, `gnb-<site>b`, ... */
const spreadSite = (id: string, devices: number, profile: string) =>
  Array.from({ length: devices }, (_, n) => {
    const { cells, ...device } = simulatedSite(id, 50, 50, profile);
    const cell = cells[n]!;
    const neighbours = cell.neighbours.filter(({ cell_id }) => Number(cell_id.at(-1)) <= devices);
    return {
      ...device,
      device_id: `gnb-${id}${'abc'[n]}`,
      cells: [{ ...cell, neighbours }],
    };
  });

/** The real simulator in a process of its own, with these devices. */
export const startDevices = async (devices: readonly object[]): Promise<TestSimulator> => {
  if (!existsSync(program)) throw new Error('the device simulator is not built: run `npm run setup`');
  const home = await mkdtemp(join(tmpdir(), 'interlock-sim-'));
  const file = join(home, 'devices.json');
  await writeFile(file, JSON.stringify(devices));
  const guarded = await startGuarded({
    program: process.execPath,
    args: [program, '--state', join(home, 'state'), '--seed', '7', '--control-port', '0', '--devices', file],
    remove: [home],
    ready: /^(\{"ready":true.*\})$/m,
  });
  const ready = JSON.parse(guarded.match[1]!) as {
    readonly control: string;
    readonly devices: readonly SimulatedDevice[];
  };
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${ready.control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  const { cells } = (await call('GET', '/cells')) as { readonly cells: readonly SimulatedCell[] };
  return {
    devices: ready.devices,
    cells,
    fault: async (deviceId, fault) => {
      await call('POST', `/devices/${deviceId}/faults`, fault);
    },
    clearFaults: async (deviceId) => {
      await call('DELETE', `/devices/${deviceId}/faults`);
    },
    restart: async (deviceId) => {
      await call('POST', `/devices/${deviceId}/restart`);
    },
    dropSessions: async (deviceId) => {
      await call('POST', `/devices/${deviceId}/drop-sessions`);
    },
    replaceHostKey: async (deviceId, key) =>
      (
        (await call('POST', `/devices/${deviceId}/host-key`, key === undefined ? {} : { host_key: key })) as {
          readonly host_key_fingerprint: string;
        }
      ).host_key_fingerprint,
    speakTls: async (deviceId, tls) =>
      (
        (await call('POST', `/devices/${deviceId}/tls`, tls)) as {
          readonly host_key_fingerprint: string;
        }
      ).host_key_fingerprint,
    running: async (deviceId) =>
      (await call('GET', `/devices/${deviceId}/running`)) as Awaited<ReturnType<TestSimulator['running']>>,
    stop: () => guarded.stop(),
  };
};

/**
 * As many sites of three cells as named, those whose name starts with `full` without room; devices
 * behave as `profile`, and a single one is at `port`. A site named as `name/2` is spread over two
 * devices, with a cell on each.
 */
export const devicesOf = (sites: readonly string[], profile = '3gpp', port?: number): readonly object[] =>
  sites.flatMap((name): readonly object[] => {
    const [id = name, devices] = name.split('/');
    if (devices !== undefined) return spreadSite(id, Number(devices), profile);
    return [simulatedSite(id, 100, id.startsWith('full') ? 262 : 110, profile, port)];
  });

/** The real simulator in a process of its own, with the devices of these sites. */
export const startSimulator = (...sites: Parameters<typeof devicesOf>): Promise<TestSimulator> =>
  startDevices(devicesOf(...sites));
