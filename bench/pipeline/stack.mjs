import { spawn } from 'node:child_process';
import {
  chmodSync,
  createWriteStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = (built) => fileURLToPath(new URL(`../../apps/interlock/${built}/main.js`, import.meta.url));

const cell = (site, n, users, script, coverage) => ({
  cell_id: `cell-${site}-${n}`,
  users,
  mbps_per_user: 2,
  capacity_mbps: 600,
  tx_power: 400,
  max_tx_power: 460,
  neighbours: [1, 2, 3]
    .filter((other) => other !== n)
    .map((other) => ({ cell_id: `cell-${site}-${other}`, coverage: coverage(other) })),
  script,
});

/** Sites like the first of the demo: the first cell fails, two neighbours have room. */
const fleet = (count) =>
  Array.from({ length: count }, (_, i) => {
    const site = String(i + 1).padStart(3, '0');
    const partial = (other) => (other === 1 ? 'FULL' : 'PARTIAL');
    return {
      device_id: `gnb-${site}`,
      site_id: `site-${site}`,
      cells: [
        cell(site, 1, 90, 'low_risk', () => 'FULL'),
        cell(site, 2, 110, 'none', partial),
        cell(site, 3, 110, 'none', partial),
      ],
    };
  });

/**
 * The arguments of `npm start` for a layout: `one`, `processes` or `workers=N`. Throws for any
 * other text.
 */
export function layoutArgs(layout) {
  const workers = /^workers=([123])$/.exec(layout)?.[1];
  if (workers !== undefined) return ['--workers', workers];
  if (layout === 'one') return [];
  if (layout === 'processes') return ['--processes'];
  throw new Error(`\`${layout}\` is not a layout: use one, processes or workers=N with N from 1 to 3`);
}

/**
 * The settings of a measurement in every layout: a short soak, as many places as the load fills.
 */
const benchEnvironment = {
  LOG_LEVEL: 'warn',
  SAFETY_RAILS_WORKERS: '64',
  SAFETY_RAILS_WALKS: '64',
  NETCONF_OBSERVE_MS: '100',
  INTERLOCK_RATE_LIMIT: '1000000',
};

const children = new Set();
// If this process is ended from outside, it ends its stacks too.
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, () => {
    for (const child of children) child.kill('SIGTERM');
    process.exit(1);
  });

/** A new home for a number of devices. */
function newHome(devices) {
  const home = mkdtempSync(join(tmpdir(), 'interlock-bench-'));
  // The account of Postgres must be able to traverse it.
  chmodSync(home, 0o711);
  writeFileSync(join(home, 'fleet.json'), JSON.stringify(fleet(devices)));
  return home;
}

/**
 * Starts everything from the build in a home, by default a new one; by default one process for all
 * services, like `npm start`. `inspect`: every Node program can be profiled, and the services run
 * from compiled modules, because a profile identifies packages by their files. `readyMs`: from the
 * start to `ready`.
 */
export async function startStack({ devices = 1, layout = 'one', inspect = false, home = newHome(devices) }) {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [
      '--no-warnings',
      program(inspect ? 'dist' : 'run'),
      '--home',
      home,
      '--port',
      '0',
      '--no-demo',
      ...layoutArgs(layout),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...benchEnvironment,
        ...(inspect ? { NODE_OPTIONS: '--inspect=127.0.0.1:0' } : {}),
        INTERLOCK_SIMULATOR_DEVICES: join(home, 'fleet.json'),
      },
    },
  );
  children.add(child);
  const errors = createWriteStream(join(home, 'bench-stderr.log'));
  const ended = new Promise((resolve) => child.once('exit', resolve)).finally(() => children.delete(child));
  let inspector;
  createInterface({ input: child.stderr }).on('line', (line) => {
    inspector ??= /ws:\/\/\S+/.exec(line)?.[0];
    errors.write(`${line}\n`);
  });
  const ready = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('ready after')) resolve(true);
    });
  });
  const stop = async ({ keep = false, signal = 'SIGTERM' } = {}) => {
    child.kill(signal);
    await ended;
    if (!keep) rmSync(home, { recursive: true, force: true });
  };
  if (!(await Promise.race([ready, ended.then(() => false)])))
    throw new Error(`the stack did not start, see ${home}/logs and bench-stderr.log`);
  const readyMs = performance.now() - began;
  const runtime = JSON.parse(readFileSync(join(home, 'runtime.json'), 'utf8'));
  const workers = () => partsOf(home).filter((name) => !partNames.includes(name));
  return {
    home,
    runtime,
    readyMs,
    /** The processes of services and the edge: name, number, and inspector address. */
    services: () => [
      { name: 'services', pid: child.pid, inspector },
      ...workers().map((name) => ({ name, pid: pidOf(home, name), inspector: inspectorOf(home, name) })),
    ],
    pids: () => [
      ['services', child.pid],
      ['bench', process.pid],
      ...[...workers(), ...partNames].map((name) => [name, pidOf(home, name)]),
    ],
    stop,
  };
}

const partNames = ['event-store', 'nats', 'postgres', 'device-simulator'];
const partsOf = (home) => readdirSync(join(home, 'pids'));
const pidOf = (home, name) => Number(readFileSync(join(home, 'pids', name), 'utf8'));

/** Its guard prints its own inspector's address first, in the same file. */
const inspectorOf = (home, name) =>
  readFileSync(join(home, 'logs', `${name}.log`), 'utf8')
    .match(/ws:\/\/\S+/g)
    ?.at(-1);
