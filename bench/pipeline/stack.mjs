import { spawn } from 'node:child_process';
import { chmodSync, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../apps/interlock/dist/main.js', import.meta.url));

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
export const fleet = (count) =>
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

/** Starts everything from the build in a home of its own; one process for all services, as `npm start` does. */
export async function startStack({ devices, profile }) {
  const home = mkdtempSync(join(tmpdir(), 'interlock-bench-'));
  // Postgres' own account passes through it.
  chmodSync(home, 0o711);
  writeFileSync(join(home, 'fleet.json'), JSON.stringify(fleet(devices)));
  const child = spawn(
    process.execPath,
    [
      '--no-warnings',
      ...(profile ? ['--inspect=127.0.0.1:0'] : []),
      main,
      '--home',
      home,
      '--port',
      '0',
      '--no-demo',
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        LOG_LEVEL: 'warn',
        INTERLOCK_SIMULATOR_DEVICES: join(home, 'fleet.json'),
        SAFETY_RAILS_SOAK_S: '0.1',
        SAFETY_RAILS_WORKERS: '64',
        SAFETY_RAILS_WALKS: '64',
        NETCONF_OBSERVE_MS: '100',
      },
    },
  );
  // Ended from outside, this process takes the stack with it.
  for (const signal of ['SIGTERM', 'SIGINT'])
    process.once(signal, () => {
      child.kill('SIGTERM');
      process.exit(1);
    });
  const errors = createWriteStream(join(home, 'bench-stderr.log'));
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
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
  const stop = async ({ keep = false } = {}) => {
    child.kill('SIGTERM');
    await ended;
    if (!keep) rmSync(home, { recursive: true, force: true });
  };
  if (!(await Promise.race([ready, ended.then(() => false)])))
    throw new Error(`the stack did not start, see ${home}/logs and bench-stderr.log`);
  const runtime = JSON.parse(readFileSync(join(home, 'runtime.json'), 'utf8'));
  return { home, runtime, inspector: () => inspector, pids: () => pidsOf(home, child.pid), stop };
}

function pidsOf(home, pid) {
  const names = ['event-store', 'nats', 'postgres', 'device-simulator'];
  return [
    ['services', pid],
    ['bench', process.pid],
    ...names.map((name) => [name, Number(readFileSync(join(home, 'pids', name), 'utf8'))]),
  ];
}

const ticksPerSecond = 100;

/** CPU seconds that the processes, with what they started and have not lost, used so far. Linux only; elsewhere none. */
export function cpuSeconds(pids) {
  return new Map(
    pids.map(([name, pid]) => [name, treeOf(name, pid).reduce((sum, one) => sum + ownSeconds(one), 0)]),
  );
}

function treeOf(name, pid) {
  if (name === 'services' || name === 'bench') return [pid];
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);
    return [pid, ...children.flatMap((child) => treeOf(name, child))];
  } catch {
    return [];
  }
}

function ownSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return 0;
  }
}
