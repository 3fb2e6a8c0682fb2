import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keyIn } from './control/key.js';
import { parseDevices, profileOf } from './control/parse-devices.js';
import { demoFleet, fleetOf, type DeviceSpec } from './fleet.js';
import { withModels } from './models/models.js';
import { startSimulator, type Simulator } from './simulator.js';

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new RangeError(`\`--${name} ${text}\` is not a whole number`);
  return value;
};

/**
 * Returns the devices of a file, else a number of sites with one profile, else those of the demo.
 */
const specsOf = ({
  devices,
  count,
  profile = '3gpp',
  model,
  nacm = false,
  'call-home': callHome,
}: {
  readonly 'call-home'?: string | undefined;
  readonly model?: readonly string[] | undefined;
  readonly nacm?: boolean | undefined;
  readonly devices?: string | undefined;
  readonly count?: string | undefined;
  readonly profile?: string | undefined;
}): DeviceSpec[] => {
  if (devices !== undefined) return parseDevices(readFileSync(devices, 'utf8'), demoFleet());
  const known = profileOf(profile);
  const specs =
    count === undefined
      ? demoFleet().map((spec) => ({ ...spec, profile: known }))
      : fleetOf(wholeNumber('count', count), known);
  return specs.map((spec) => {
    const given = {
      ...spec,
      ...(nacm ? { nacm } : {}),
      ...(callHome === undefined ? {} : { call_home: callHome }),
    };
    return model === undefined ? given : withModels(given, model);
  });
};

/** The library that makes certificates loads slowly, so it is loaded only if they are wanted. */
const securedBy = async (specs: readonly DeviceSpec[], folder: string): Promise<DeviceSpec[]> => {
  const { withTls } = await import('./certificates.js');
  return withTls(specs, folder);
};

/**
 * Starts a simulator from arguments: --state DIR --seed N [--devices FILE | --count N] [--profile
 * NAME] [--model NAME]... [--nacm] [--tls] [--call-home HOST:PORT] [--port N] [--control-port N]
 * [--host NAME]. With a port other than 0, the devices use N, N+1 and so on; a port in the devices
 * file overrides it. With `--tls` the state folder gets `client.pem`, the client that the devices
 * accept. The launcher reads the ready line from standard output. The file `control` in the state
 * folder contains the address of the control API, readable by its owner only.
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
      count: { type: 'string' },
      profile: { type: 'string' },
      model: { type: 'string', multiple: true },
      nacm: { type: 'boolean' },
      tls: { type: 'boolean' },
      'call-home': { type: 'string' },
      'control-port': { type: 'string', default: '0' },
      host: { type: 'string' },
    },
  });
  const firstPort = wholeNumber('port', values.port);
  const named = specsOf(values);
  if (values.tls === true && values.state === undefined) throw new RangeError('`--tls` needs `--state`');
  const specs = values.tls === true ? await securedBy(named, values.state!) : named;
  const simulator = await startSimulator({
    devices: specs.map((spec, index) => (firstPort === 0 ? spec : { port: firstPort + index, ...spec })),
    ...(values.state === undefined ? {} : { stateDir: values.state, key: keyIn(values.state) }),
    seed: wholeNumber('seed', values.seed),
    ...(values.host === undefined ? {} : { host: values.host }),
    controlPort: wholeNumber('control-port', values['control-port']),
  });
  if (values.state !== undefined)
    writeFileSync(join(values.state, 'control'), simulator.controlUrl ?? '', { mode: 0o600 });
  return {
    simulator,
    readyLine: JSON.stringify({ ready: true, control: simulator.controlUrl, devices: simulator.devices }),
  };
};
