import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseDevices } from './control/parse-devices.js';
import { demoFleet } from './fleet.js';
import { startSimulator } from './simulator.js';

// Options: --state DIR --seed N [--devices FILE] [--port N] [--control-port N]. With --port the devices take N, N+1, …; a port in the devices file wins.
const { values } = parseArgs({
  options: {
    state: { type: 'string' },
    seed: { type: 'string', default: '1' },
    port: { type: 'string', default: '0' },
    devices: { type: 'string' },
    'control-port': { type: 'string', default: '0' },
  },
});

const number = (name: string, text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`\`--${name} ${text}\` is no whole number`);
  return value;
};

const firstPort = number('port', values.port);
const specs = values.devices === undefined ? demoFleet() : parseDevices(readFileSync(values.devices, 'utf8'), demoFleet());
const simulator = await startSimulator({
  devices: specs.map((spec, index) => (firstPort === 0 ? spec : { port: firstPort + index, ...spec })),
  ...(values.state === undefined ? {} : { stateDir: values.state }),
  seed: number('seed', values.seed),
  controlPort: number('control-port', values['control-port']),
});

const stop = (): void => {
  void simulator.stop().then(() => process.exit(0));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.stdout.write(`${JSON.stringify({ ready: true, control: simulator.controlUrl, devices: simulator.devices })}\n`);
