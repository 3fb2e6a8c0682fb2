import { connectNetconf, type ConnectOptions, type NetconfClient } from '@interlock/netconf';
import { startSimulator, type RunningDevice, type Simulator, type SimulatorOptions } from '../src/index.js';
import { demoFleet } from '../src/fleet.js';

/** One or all devices of the demo fleet, started. */
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

/** Resolves when `condition` holds; a test that never gets there ends by Jest's own limit. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
};
