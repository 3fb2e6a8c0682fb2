import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import {
  checkAnswers,
  commandLine,
  freePort,
  runProgram,
  startGuarded,
  until,
  type Guarded,
  type RunResult,
} from '@interlock/testing';

const appsFolder = fileURLToPath(new URL('../../', import.meta.url));
/** The program of `npm start`. `npm run build` makes it; the compiler alone does not update it. */
const built = join(appsFolder, 'interlock', 'run', 'main.js');
const readyMs = 240_000;

export type Runtime = {
  readonly version: number;
  readonly ready: boolean;
  readonly pid: number;
  readonly http: string;
  readonly nats: { readonly url: string; readonly user: string; readonly password: string };
  readonly event_store: string;
  readonly postgres: string;
  readonly devices: readonly {
    readonly device_id: string;
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly password: string;
  }[];
};
export type StackOptions = {
  /** The program of another folder than this checkout's. */
  readonly program?: string;
  readonly args?: readonly string[];
  readonly environment?: { readonly [name: string]: string };
  /** The simulator's devices, instead of the demo's fleet. */
  readonly devices?: readonly object[];
};

type Process = { readonly pid: number; readonly parent: number; readonly alive: boolean };

const processes = (): readonly Process[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): readonly Process[] => {
      try {
        const [state, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return [{ pid: Number(name), parent: Number(parent), alive: state !== 'Z' && state !== 'X' }];
      } catch {
        return [];
      }
    });

/** A process and its descendants. */
const treeOf = (root: number): readonly number[] => {
  const all = processes();
  const found = [root];
  for (let i = 0; i < found.length; i += 1)
    found.push(...all.filter(({ parent }) => parent === found[i]).map(({ pid }) => pid));
  return found;
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** The whole product, started like a user does, in its own home. */
export class Stack {
  readonly home = mkdtempSync(join(tmpdir(), 'interlock-e2e-'));
  #guarded: Guarded | undefined;

  constructor(private readonly options: StackOptions = {}) {
    checkAnswers();
    // The account of Postgres must be able to traverse it.
    chmodSync(this.home, 0o711);
  }

  get runtime(): Runtime {
    return JSON.parse(readFileSync(join(this.home, 'runtime.json'), 'utf8')) as Runtime;
  }

  /** The address of the simulator's control API, which also shows the devices' keys. */
  get simulator(): string {
    const { simulator } = JSON.parse(readFileSync(join(this.home, 'ports.json'), 'utf8')) as {
      readonly simulator: number;
    };
    return `http://127.0.0.1:${simulator}/${readFileSync(join(this.home, 'simulator', 'key'), 'utf8')}`;
  }

  /** Assigns each device a fixed port. */
  async #placeDevices(devices: readonly object[]): Promise<void> {
    const file = join(this.home, 'devices.json');
    if (existsSync(file)) return;
    const placed = await Promise.all(devices.map(async (device) => ({ ...device, port: await freePort() })));
    writeFileSync(file, JSON.stringify(placed));
  }

  async start(): Promise<void> {
    const program = this.options.program ?? built;
    if (!existsSync(program)) throw new Error('the stack is not built: npm run build');
    if (this.options.devices !== undefined) await this.#placeDevices(this.options.devices);
    const { NODE_OPTIONS: _options, ...inherited } = process.env;
    this.#guarded = await startGuarded({
      program: process.execPath,
      args: [program, '--home', this.home, '--port', '0', ...(this.options.args ?? ['--no-demo'])],
      env: {
        ...inherited,
        ...(this.options.devices === undefined
          ? {}
          : { INTERLOCK_SIMULATOR_DEVICES: join(this.home, 'devices.json') }),
        ...this.options.environment,
      },
      pidFile: join(this.home, 'launcher'),
      ready: /^ready after/m,
      timeoutMs: readyMs,
    });
  }

  /** The launcher's output. */
  get output(): string {
    return this.#guarded?.output() ?? '';
  }

  /** Kills launcher, guards and all their descendants at once. */
  async killAll(): Promise<void> {
    const tree = treeOf(this.#guarded!.pid);
    for (const pid of tree) kill(pid);
    await until(() => {
      const alive = new Set(
        processes()
          .filter((one) => one.alive)
          .map(({ pid }) => pid),
      );
      return !tree.some((pid) => alive.has(pid));
    }, 'everything that was killed has gone');
    this.#guarded = undefined;
  }

  /** The launcher, the guards and all their descendants. */
  get pids(): readonly number[] {
    return treeOf(this.#guarded!.pid);
  }

  /** The process of a service that runs separately (`--processes`). */
  pidOf(part: string): number {
    return Number(readFileSync(join(this.home, 'pids', part), 'utf8'));
  }

  /** Sends SIGTERM; resolves with the exit code when everything has ended. */
  async terminate(): Promise<number | null> {
    const guarded = this.#guarded;
    if (guarded === undefined) return null;
    this.#guarded = undefined;
    process.kill(Number(readFileSync(join(this.home, 'launcher'), 'utf8')), 'SIGTERM');
    return guarded.ended;
  }

  /** Ends it and removes the home, unless `E2E_KEEP` is set, which keeps its logs. */
  async remove(): Promise<void> {
    await this.terminate();
    if (process.env['E2E_KEEP'] !== undefined) return;
    const postgres = join(this.home, 'postgres');
    if (existsSync(postgres) && lstatSync(postgres).isSymbolicLink())
      rmSync(readlinkSync(postgres), { recursive: true, force: true });
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Runs the command line on this home; never throws. */
  cli(...args: readonly string[]): Promise<RunResult> {
    return runProgram(process.execPath, [commandLine, '--home', this.home, ...args]);
  }
}

/** The root of the sources. */
export const repository = dirname(appsFolder);
