import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { answering, whole } from '../../asks.js';
import { recordShape, tableShape, tell, type Output } from '../../output/output.js';
import { CliError, homeOf, pathOf, type Globals } from '../../connection/session.js';

type Device = {
  readonly device_id: string;
  readonly site_id: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly profile: string;
  readonly cells: readonly string[];
};
type Where = Output & { readonly state?: string };

const stateOption = [
  '--state <folder>',
  "the simulator's folder, that of the home's Interlock by default",
] as const;

const stateOf = (globals: Globals, { state }: Where): string =>
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

type StartOptions = Where & {
  readonly count?: string;
  readonly profile?: string;
  readonly model?: readonly string[];
  readonly nacm?: boolean;
  readonly tls?: boolean;
  readonly callHome?: string;
  readonly devices?: string;
  readonly port?: string;
  readonly seed: string;
};

/** Runs a simulator until it is stopped. */
const start = async (globals: Globals, options: StartOptions): Promise<void> => {
  const folder = stateOf(globals, options);
  if (existsSync(join(folder, 'control')) && (await devicesOf(folder).catch(() => null)) !== null)
    throw new CliError(`a simulator already runs in ${folder}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
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
    await tell({ items: devices, next: null }, devicesShape, options);
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new CliError(`the simulator ended with ${code ?? 'a signal'}`);
};

type BreakOptions = Where & {
  readonly operation?: string;
  readonly times?: string;
  readonly set: readonly string[];
};

/** `name=value` pairs; numbers are sent as such. */
const membersIn = (pairs: readonly string[]): object =>
  Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new CliError(`\`${pair}\` is not NAME=VALUE`, 2);
      const value = pair.slice(at + 1);
      return [pair.slice(0, at), /^\d+(\.\d+)?$/.test(value) ? Number(value) : value];
    }),
  );

const said = (what: string): { readonly done: string } => ({ done: what });
const saidShape = {
  ...recordShape<{ readonly done: string }>(() => null),
  text: (one: { readonly done: string }) => one.done,
};

/** `interlock sim`: simulated devices, their faults and their load. */
export const addSim = (program: Command, globals: () => Globals): void => {
  const sim = program.command('sim').description('simulated devices, their faults and their load');
  answering(sim, 'start')
    .description('run simulated devices until this is stopped; without --count, those of the demo')
    .option(...stateOption)
    .option('--count <sites>', 'so many sites, each a device with three cells')
    .option('--profile <name>', '3gpp, nokia, huawei, juniper, plain-commit or ericsson')
    .option('--model <name...>', 'the models of the devices: bindings by name, or files of bindings')
    .option('--nacm', 'control access by the rules in the configuration of each device (RFC 8341)')
    .option('--tls', "TLS instead of SSH; the client's certificate is in `client.pem` of the folder")
    .option('--call-home <host:port>', 'the devices open connections to this address (RFC 8071)')
    .option('--devices <file>', 'the devices of a file, as JSON')
    .option('--port <port>', 'the port of the first device; the others follow')
    .option('--seed <number>', 'of the noise in measured values', '1')
    .action((options: StartOptions) => start(globals(), options));
  answering(sim, 'list')
    .description('the simulated devices')
    .option(...stateOption)
    .action(async (options: Where) => {
      await tell({ items: await devicesOf(stateOf(globals(), options)), next: null }, devicesShape, options);
    });
  answering(sim, 'break <entity> <fault>')
    .description('give a device a fault such as latency or commit_fails, or let a cell degrade')
    .option(...stateOption)
    .option('--operation <rpc>', 'only at this RPC, such as commit')
    .option('--times <count>', 'so many times; until it is healed by default')
    .option('--set <name=value...>', "the fault's own settings, such as ms=500 or target=running", [])
    .action(async (entity: string, fault: string, { operation, times, set, ...options }: BreakOptions) => {
      const folder = stateOf(globals(), options);
      if (fault === 'degrade') await ask(folder, 'POST', `/cells/${encodeURIComponent(entity)}/degrade`);
      else
        await ask(folder, 'POST', `/devices/${encodeURIComponent(entity)}/faults`, {
          kind: fault,
          ...(operation === undefined ? {} : { operation }),
          ...(times === undefined ? {} : { times: whole(1)(times) }),
          ...membersIn(set),
        });
      await tell(said(`${entity}: ${fault}`), saidShape, options);
    });
  answering(sim, 'heal <entity>')
    .description('take the faults of a device and of its cells away, or heal one cell')
    .option(...stateOption)
    .action(async (entity: string, options: Where) => {
      const folder = stateOf(globals(), options);
      const device = (await devicesOf(folder)).find(({ device_id: id }) => id === entity);
      if (device !== undefined) await ask(folder, 'DELETE', `/devices/${encodeURIComponent(entity)}/faults`);
      for (const cell of device?.cells ?? [entity])
        await ask(folder, 'POST', `/cells/${encodeURIComponent(cell)}/heal`);
      await tell(said(`${entity} is healed`), saidShape, options);
    });
  answering(sim, 'load <cell> <users>')
    .description('give a cell so many users')
    .option(...stateOption)
    .action(async (cell: string, users: string, options: Where) => {
      const count = whole(0)(users);
      await ask(stateOf(globals(), options), 'POST', `/cells/${encodeURIComponent(cell)}/load`, {
        users: count,
      });
      await tell(said(`${cell} has ${count} users`), saidShape, options);
    });
};
