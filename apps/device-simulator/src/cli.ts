import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { keyIn } from './control/key.js';
import { parseDevices } from './control/parse-devices.js';
import { demoFleet } from './fleet.js';
import { startSimulator, type Simulator } from './simulator.js';

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`\`--${name} ${text}\` is no whole number`);
  return value;
};

/**
 * Starts a simulator from arguments: --state DIR --seed N [--devices FILE] [--port N]
 * [--control-port N] [--host NAME]. With a port other than 0 the devices take N, N+1 and so on; a
 * port in the devices file wins. The launcher reads the ready line from standard output.
 */
export const startFromArguments = async (
  args: readonly string[],
): Promise<{ readonly simulator: Simulator; readonly readyLine: string }> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      state: { type: 'string' },
      seed: { type: 'string', default: '1' },
      port: { type: 'string', default: '0' },
      devices: { type: 'string' },
      'control-port': { type: 'string', default: '0' },
      host: { type: 'string' },
    },
  });
  const firstPort = wholeNumber('port', values.port);
  const specs =
    values.devices === undefined
      ? demoFleet()
      : parseDevices(readFileSync(values.devices, 'utf8'), demoFleet());
  const simulator = await startSimulator({
    devices: specs.map((spec, index) => (firstPort === 0 ? spec : { port: firstPort + index, ...spec })),
    ...(values.state === undefined ? {} : { stateDir: values.state, key: keyIn(values.state) }),
    seed: wholeNumber('seed', values.seed),
    ...(values.host === undefined ? {} : { host: values.host }),
    controlPort: wholeNumber('control-port', values['control-port']),
  });
  return {
    simulator,
    readyLine: JSON.stringify({ ready: true, control: simulator.controlUrl, devices: simulator.devices }),
  };
};
