import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeFolders } from '@interlock/platform/folders';
import { recordShape, tableShape } from '../../output/output.js';
import { CliError, homeOf, pathOf, type Globals } from '../../connection/session.js';
import { pairs, whole } from '../../readers.js';
import { answer, group } from '../../program/declare.js';

type Device = {
  readonly device_id: string;
  readonly site_id: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly profile: string;
  readonly cells: readonly string[];
};
const stateOption = {
  '--state <folder>': "the simulator's folder; default: that of the home's Interlock",
} as const;
const stateOf = (globals: Globals, state: string | undefined): string =>
  state === undefined ? join(homeOf(globals), 'simulator') : pathOf(state);

/** Sends a request to the simulator of a folder. Throws if none runs there, or if it refuses. */
const ask = async <T>(folder: string, method: string, path: string, body?: object): Promise<T> => {
  const file = join(folder, 'control');
  if (!existsSync(file))
    throw new CliError(`no simulator has run in ${folder}: start one with \`interlock sim start\``);
  const response = await fetch(`${readFileSync(file, 'utf8')}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new CliError(`no simulator runs in ${folder}: ${(error as Error).message}`);
  });
  const answer = (await response.json()) as T & { readonly error?: string };
  if (!response.ok) throw new CliError(answer.error ?? `the simulator answered ${response.status}`);
  return answer;
};

const devicesOf = async (folder: string): Promise<readonly Device[]> =>
  (await ask<{ readonly devices: readonly Device[] }>(folder, 'GET', '/devices')).devices;

/** The simulator beside this program; it is not part of the installed client. */
const programPath = (): string => {
  try {
    const manifest = createRequire(import.meta.url).resolve('@interlock-apps/device-simulator/package.json');
    return join(dirname(manifest), 'dist/main.js');
  } catch {
    throw new CliError('the device simulator is not installed beside this client: use the repository');
  }
};

const devicesShape = tableShape<Device>(
  () => [
    { head: 'DEVICE', of: ({ device_id }) => device_id, fit: 12 },
    { head: 'SITE', of: ({ site_id }) => site_id, fit: 8 },
    { head: 'ADDRESS', of: ({ host, port }) => `${host}:${port}`, fit: 15 },
    { head: 'USER', of: ({ username }) => username, fit: 8 },
    { head: 'PROFILE', of: ({ profile }) => profile, fit: 8 },
    { head: 'CELLS', of: ({ cells }) => cells.join(', '), fit: 10 },
  ],
  ({ device_id }) => device_id,
);

/** Runs a simulator until it is stopped. */
const start = answer({
  command: 'start',
  about: 'run simulated devices until you stop it; default: those of the demo',
  options: {
    ...stateOption,
    '--count <sites>': 'number of sites, each a device with three cells',
    '--profile <name>': '3gpp, nokia, huawei, juniper, plain-commit or ericsson',
    '--model <name...>': 'the models of the devices: bindings by name, or files of bindings',
    '--nacm': 'control access by the rules in the configuration of each device (RFC 8341)',
    '--tls': "TLS instead of SSH; the client's certificate is in `client.pem` of the folder",
    '--call-home <host:port>': 'the devices open connections to this address (RFC 8071)',
    '--devices <file>': 'the devices of a file, as JSON',
    '--port <port>': 'the port of the first device; the others follow',
    '--seed <number>': { about: 'seed of the noise in measured values', preset: '1' },
  },
  run: async ({ globals, options, tell }) => {
    const folder = stateOf(globals, options.state);
    if (existsSync(join(folder, 'control')) && (await devicesOf(folder).catch(() => null)) !== null)
      throw new CliError(`a simulator already runs in ${folder}`);
    makeFolders(folder, 0o700);
    const given = (['count', 'profile', 'devices', 'port'] as const).flatMap((name) =>
      options[name] === undefined ? [] : [`--${name}`, options[name]],
    );
    given.push(...(options.model ?? []).flatMap((name) => ['--model', name]));
    if (options.nacm === true) given.push('--nacm');
    if (options.tls === true) given.push('--tls');
    if (options.callHome !== undefined) given.push('--call-home', options.callHome);
    const child = spawn(
      process.execPath,
      [programPath(), '--state', folder, '--seed', options.seed, ...given],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const stop = (): void => {
      child.kill('SIGTERM');
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    const ended = once(child, 'exit');
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('{"ready":true')) continue;
      const { devices } = JSON.parse(line) as { readonly devices: readonly Device[] };
      await tell({ items: devices, next: null }, devicesShape);
    }
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new CliError(`the simulator ended with ${code ?? 'a signal'}`);
  },
});

const saidShape = {
  ...recordShape<{ readonly done: string }>(() => null),
  text: ({ done }: { readonly done: string }) => done,
};

/** `interlock sim`: simulated devices, their faults and their load. */
export const addSim = group('sim', 'simulated devices, their faults and their load', [
  start,
  answer({
    command: 'list',
    about: 'the simulated devices',
    options: stateOption,
    run: async ({ globals, options: { state } }) => ({
      items: await devicesOf(stateOf(globals, state)),
      next: null,
    }),
    shape: devicesShape,
  }),
  answer({
    command: 'break <entity> <fault>',
    about: 'give a device a fault such as latency or commit_fails, or let a cell degrade',
    options: {
      ...stateOption,
      '--operation <rpc>': 'only at this RPC, such as commit',
      '--times <count>': { about: 'how many times; default: until it is healed', read: whole(1) },
      '--set <name=value...>': {
        about: "the fault's own settings, such as ms=500 or target=running",
        preset: [],
      },
    },
    run: async ({ globals, options: { state, operation, times, set } }, entity, fault) => {
      const folder = stateOf(globals, state);
      if (fault === 'degrade') await ask(folder, 'POST', `/cells/${encodeURIComponent(entity)}/degrade`);
      else
        await ask(folder, 'POST', `/devices/${encodeURIComponent(entity)}/faults`, {
          kind: fault,
          operation,
          times,
          ...pairs(set, (value) => (/^\d+(\.\d+)?$/.test(value) ? Number(value) : value)),
        });
      return { done: `${entity}: ${fault}` };
    },
    shape: saidShape,
  }),
  answer({
    command: 'heal <entity>',
    about: 'remove the faults of a device and of its cells, or of one cell',
    options: stateOption,
    run: async ({ globals, options: { state } }, entity) => {
      const folder = stateOf(globals, state);
      const device = (await devicesOf(folder)).find(({ device_id: id }) => id === entity);
      if (device !== undefined) await ask(folder, 'DELETE', `/devices/${encodeURIComponent(entity)}/faults`);
      for (const cell of device?.cells ?? [entity])
        await ask(folder, 'POST', `/cells/${encodeURIComponent(cell)}/heal`);
      return { done: `${entity} is healed` };
    },
    shape: saidShape,
  }),
  answer({
    command: 'load <cell> <users>',
    about: 'set the number of users of a cell',
    options: stateOption,
    run: async ({ globals, options: { state } }, cell, text) => {
      const users = whole(0)(text);
      await ask(stateOf(globals, state), 'POST', `/cells/${encodeURIComponent(cell)}/load`, { users });
      return { done: `${cell} has ${users} users` };
    },
    shape: saidShape,
  }),
]);
