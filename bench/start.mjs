import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { familyOf, cpuOf, proportionalOf } from './pipeline/processes.mjs';
import { underLoad } from './pipeline/bench.mjs';
import { layoutArgs } from './pipeline/stack.mjs';
import { quantile, row } from './report.mjs';
import { npmStart, root } from './start/npm-start.mjs';

const emptyNest = fileURLToPath(new URL('start/empty-nest.mjs', import.meta.url));
const rounds = 5;
/** After this time the work after a start (read models, timers) is done. */
const restSeconds = 10;

/**
 * The time from the start of a process with one empty Nest module until it listens, in
 * milliseconds.
 */
const emptyNestMs = () =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, ['--no-warnings', emptyNest], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.once('data', () => resolve(performance.now() - began));
    child.once('exit', (code) => reject(new Error(`the empty module ended with ${code}`)));
  });

/**
 * Memory of the whole stack in MiB: the main process and its descendants, shared memory counted
 * once.
 */
const memoryOf = (pid) => familyOf(pid).reduce((sum, one) => sum + (proportionalOf(one) || 0), 0);

/**
 * Starts and ends it several times: the first start in a home, starts after a stop, starts after a
 * kill -9, in milliseconds.
 */
async function starts(home, log, note) {
  const times = { first: [], stopped: [], killed: [] };
  let running = await npmStart({ home, log });
  times.first.push(running.ms);
  for (let n = 0; n < rounds; n += 1) {
    note(`start after a stop and after kill -9, ${n + 1} of ${rounds}`);
    await running.stop();
    running = await npmStart({ home, log });
    times.stopped.push(running.ms);
    await running.kill();
    running = await npmStart({ home, log });
    times.killed.push(running.ms);
  }
  await running.stop();
  return times;
}

/** Memory and CPU of an idle stack. */
async function idle(home, log, seconds, layout) {
  const running = await npmStart({ home, log, args: ['--no-demo', ...layoutArgs(layout)] });
  try {
    await delay(restSeconds * 1000);
    const before = cpuOf(running.pid);
    const began = performance.now();
    const memory = [];
    while (performance.now() - began < seconds * 1000) {
      await delay(500);
      memory.push(memoryOf(running.pid));
    }
    const cpu = (cpuOf(running.pid) - before) / ((performance.now() - began) / 1000);
    return { memory: Math.max(...memory), cpu: cpu * 100 };
  } finally {
    await running.stop();
  }
}

/**
 * A clean clone of the committed state, no packages, an empty npm cache: from `npm start` to
 * `ready`.
 */
async function fresh(folder, log) {
  const clone = join(folder, 'clone');
  execFileSync('git', ['clone', '--quiet', root, clone]);
  const home = join(folder, 'fresh-home');
  const running = await npmStart({
    home,
    log,
    folder: clone,
    env: { npm_config_cache: join(folder, 'npm-cache') },
  });
  await running.stop();
  return running.ms;
}

/**
 * P9: the duration of a start compared with an empty Nest module, and the stack's resources at rest
 * and under load.
 */
export async function measure({ seconds, note, layouts = ['one'], fresh: withFresh = false }) {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-bench-start-'));
  // The account of Postgres must be able to traverse it.
  chmodSync(folder, 0o711);
  mkdirSync(join(folder, 'logs'));
  const log = (name) => join(folder, 'logs', name);
  let failed = true;
  try {
    note('an empty module of Nest');
    const empty = [];
    for (let n = 0; n <= rounds; n += 1) empty.push(await emptyNestMs());
    const nest = quantile(empty.slice(1), 0.5);
    note('the first start in a home');
    const { first, stopped, killed } = await starts(join(folder, 'home'), log('starts'), note);
    const rests = [];
    for (const layout of layouts) {
      note(`at rest (${layout})`);
      const home = join(folder, `quiet-${rests.length}`);
      rests.push({ layout, ...(await idle(home, log('rest'), Math.max(20, seconds), layout)) });
    }
    note('under P3');
    const loaded = await underLoad({ seconds, note, memoryOf });
    const freshMs = withFresh ? (note('a fresh machine'), await fresh(folder, log('fresh'))) : undefined;
    failed = false;
    const seconds5 = { most: 5 };
    const p50 = (times) => quantile(times, 0.5) / 1000;
    return {
      rows: [
        row('P9 an empty module of Nest', nest / 1000, 's'),
        row('P9 npm start, built, first in its home', p50(first), 's', seconds5),
        row('P9 npm start, built, after a stop', p50(stopped), 's', seconds5),
        row('P9 npm start, built, after a stop: the slowest', Math.max(...stopped) / 1000, 's'),
        row('P9 npm start, built, after kill -9', p50(killed), 's', seconds5),
        row('P9 npm start, built, after kill -9: the slowest', Math.max(...killed) / 1000, 's'),
        row(
          'P9 npm start, built, after a stop: of an empty module of Nest',
          quantile(stopped, 0.5) / nest,
          'times',
        ),
        ...(freshMs === undefined
          ? []
          : [row('P9 npm start, a fresh machine', freshMs / 1000, 's', { most: 90 })]),
        row('P9 memory under P3, at most', loaded.memory, 'MiB'),
        ...rests.flatMap(({ layout, memory, cpu }) => [
          // The bars are for a plain `npm start`.
          row(`P9 memory at rest (${layout})`, memory, 'MiB', layout === 'one' ? { most: 700 } : undefined),
          row(`P9 CPU at rest (${layout}), of a core`, cpu, '%', layout === 'one' ? { most: 3 } : undefined),
        ]),
      ],
      notes: [
        `memory and CPU are of every process from the stack's main one down; memory is the proportional set size. ${rounds} starts of each kind, the median counts; under P3 ${Math.round(loaded.perSecond)} intents a second were denied.`,
      ],
    };
  } finally {
    if (failed) note(`failed: what was printed is kept in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}
