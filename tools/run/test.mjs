import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { countingLine } from '../jest/counts.mjs';
import { build } from './build.mjs';
import { lint, typecheck } from './lint.mjs';
import { root } from './node.mjs';
import { exitCodeOf, run, say } from './process.mjs';
import { readRepeat, repeated } from './repeat.mjs';

/**
 * How long Jest may take to end after its last test; after that, a test has left something running.
 */
const graceMs = 30_000;

/**
 * Modules of Jest are Node's. A larger young generation and a single helper thread of V8 save a
 * fifth of a worker's processor time.
 */
const nodeOptions = '--experimental-vm-modules --no-warnings --max-semi-space-size=64 --v8-pool-size=1';

/** The exit codes of a program that somebody ended. */
const interruptions = new Set(['SIGHUP', 'SIGINT', 'SIGTERM'].map((signal) => exitCodeOf(null, signal)));

/**
 * Kills Jest if it has written its result and does not end.
 * @param {string} results the file of its result
 */
function endAfter(results) {
  const controller = new AbortController();
  let answered;
  const timer = setInterval(() => {
    if (answered === undefined && existsSync(results)) answered = Date.now();
    if (answered !== undefined && Date.now() - answered > graceMs) controller.abort();
  }, 1000);
  return { signal: controller.signal, clear: () => clearInterval(timer) };
}

/**
 * One Jest run over all projects.
 * @param {readonly string[]} args
 * @param {Record<string, string>} env
 * @returns {Promise<import('./repeat.mjs').Outcome>}
 */
async function jest(args, env) {
  const results = join(root, 'node_modules/.cache/interlock/jest-counts.json');
  mkdirSync(join(results, '..'), { recursive: true });
  rmSync(results, { force: true });
  const end = endAfter(results);
  const code = await run(
    process.execPath,
    [join(root, 'node_modules/jest/bin/jest.js'), '--config', join(root, 'jest.config.mjs'), ...args],
    {
      cwd: root,
      env: {
        NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${nodeOptions}`.trim(),
        INTERLOCK_COUNTS: results,
        ...env,
      },
      until: end.signal,
    },
  );
  end.clear();
  const faults = end.signal.aborted ? ['jest did not end: a test left something running'] : [];
  const counts = existsSync(results)
    ? JSON.parse(readFileSync(results, 'utf8'))
    : { passed: 0, failed: 0, skipped: 0 };
  if (code !== 0 && counts.failed === 0 && faults.length === 0) faults.push('jest');
  return { counts, faults, interrupted: interruptions.has(code) };
}

/**
 * Lints, builds, type-checks, and runs Jest once over all projects, or as often as `--repeat N`
 * asks for. Each step runs even if others fail, and each failed step counts as one failure. The
 * counting line always comes last.
 * @param {readonly string[]} args for Jest, except `--repeat N`
 * @returns {Promise<number>}
 */
export async function test(args) {
  const { times, rest } = readRepeat(args);
  const failed = [];
  let builtAll = false;
  const step = async (name, work) => {
    const began = Date.now();
    const good = await work();
    say(`${name} ${good ? 'done' : 'failed'} after ${Math.round((Date.now() - began) / 1000)} s`);
    if (!good) failed.push(name);
  };
  // Forces Jest to compile everything again.
  rmSync(join(root, 'node_modules/.cache/interlock/jest'), { recursive: true, force: true });
  say('linting, building, type-checking');
  // INVARIANT: the tests need only the build, not lint or type-check. All three run side by side,
  // because a suite on real parts waits for its servers about half of its time.
  const linted = step('lint', lint);
  await step('build', async () => (builtAll = await build({ tolerant: true, quiet: true })));
  const typechecked = step('typecheck', typecheck);

  say('testing');
  const { counts, faults } = await repeated(
    times,
    () => jest(rest, builtAll ? { INTERLOCK_BUILT: '1' } : {}),
    say,
  );
  await Promise.all([linted, typechecked]);
  failed.push(...faults);
  const total = { ...counts, failed: counts.failed + failed.length };
  if (failed.length > 0) process.stdout.write(`failed steps: ${failed.join(', ')}\n`);
  process.stdout.write(`${countingLine(total)}\n`);
  return total.failed > 0 ? 1 : 0;
}
