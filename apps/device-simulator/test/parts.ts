import { afterAll, beforeAll } from '@jest/globals';
import {
  connectNetconf,
  elementBuilder,
  NetconfRpcError,
  serialiseXml,
  type ConnectOptions,
  type NetconfClient,
  type XmlElement,
} from '@interlock/netconf';
import { demoFleet } from '../src/fleet.js';
import {
  RAN_NS,
  startSimulator,
  type RunningDevice,
  type Simulator,
  type SimulatorOptions,
} from '../src/index.js';

/** Starts some devices of the demo fleet: the first one unless the options name others. */
export const simulate = (options: Partial<SimulatorOptions> = {}): Promise<Simulator> =>
  startSimulator({ devices: demoFleet().slice(0, 1), seed: 7, ...options });

export const device = (simulator: Simulator, index = 0): RunningDevice => {
  const found = simulator.devices[index];
  if (found === undefined) throw new Error(`no device ${index}`);
  return found;
};

export const login = (target: RunningDevice, more: Partial<ConnectOptions> = {}): Promise<NetconfClient> =>
  connectNetconf({
    host: target.host,
    port: target.port,
    username: target.username,
    credentials: { password: target.password },
    hostKey: { known: [target.host_key_fingerprint] },
    ...more,
  });

/** Resolves when `condition` holds. Otherwise the test ends at Jest's own limit. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
};

export const ran = elementBuilder(RAN_NS);

/** The power of one cell, for an edit. */
export const cellPower = (cell: string, power: number): XmlElement =>
  ran('cell', ran('id', cell), ran('attributes', ran('configuredMaxTxPower', power)));

/** An edit that sets the power of the first cell. */
export const powerEdit = (power: number): XmlElement => ran('ran', cellPower('cell-001-1', power));

export const setPower = async (client: NetconfClient, power: number): Promise<void> => {
  await client.editConfig({
    target: 'candidate',
    defaultOperation: 'merge',
    testOption: 'test-then-set',
    errorOption: 'rollback-on-error',
    config: [powerEdit(power)],
  });
};

/** The power of the first cell in running, read from the device itself. */
export const power = (simulator: Simulator): number => {
  const text = simulator.control.runningConfig('gnb-001').map(serialiseXml).join('');
  return Number(/cell-001-1<\/id>.*?<configuredMaxTxPower>(\d+)/.exec(text)?.[1]);
};

/** The error that a promise rejects with. */
export const failure = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was fulfilled');
};

/** The error tags of a device's refusal, or any other error itself. */
export const tagsOf = (error: unknown): unknown =>
  error instanceof NetconfRpcError ? error.errors.map((one) => one.tag) : error;

/**
 * Starts one device and a session to it before the tests that follow, and stops both afterwards.
 */
export const useDevice = (): { readonly simulator: Simulator; readonly client: NetconfClient } => {
  let simulator: Simulator;
  let client: NetconfClient;
  beforeAll(async () => {
    simulator = await simulate();
    client = await login(device(simulator));
  });
  afterAll(async () => {
    await client.close();
    await simulator.stop();
  });
  return {
    get simulator() {
      return simulator;
    },
    get client() {
      return client;
    },
  };
};
