import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { countingLine } from '../jest/counts.mjs';
import { readLongSuites } from '../jest/durations.mjs';
import { build } from './build.mjs';
import { root } from './node.mjs';
import { exitCodeOf, progress, run, say, timed } from './process.mjs';
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
 * Jest's arguments for a run of all suites but some, by their paths.
 * @param {readonly string[]} paths
 */
const withoutSuites = (paths) => [
  ...['--testPathIgnorePatterns', '/node_modules/', '/dist/'],
  ...paths.map((path) => `/${path}$`),
  '--',
];

/**
 * Builds, and runs Jest once over all projects, or as often as `--repeat N` asks for. Lint and the
 * type check run beside it. Each step runs even if others fail, and each failed step counts as one
 * failure. The counting line always comes last.
 * @param {readonly string[]} args for Jest, except `--repeat N`
 * @returns {Promise<number>}
 */
export async function test(args) {
  const { times, rest } = readRepeat(args);
  const failed = [];
  // Forces Jest to compile everything again.
  rmSync(join(root, 'node_modules/.cache/interlock/jest'), { recursive: true, force: true });
  say('building');
  const builtAll = await timed('build', () => build({ tolerant: true, quiet: true }));
  if (!builtAll) failed.push('build');
  // INVARIANT: the tests need only the build. The types of the tests are checked against it.
  const checked = progress(process.execPath, [join(root, 'tools/run/checks.mjs')]);

  const left = rest.length === 0 ? readLongSuites() : [];
  say(left.length === 0 ? 'testing' : `testing; \`npm run test:chaos\` has ${left.length} suites more`);
  const { counts, faults } = await repeated(
    times,
    () => jest(left.length === 0 ? rest : withoutSuites(left), builtAll ? { INTERLOCK_BUILT: '1' } : {}),
    say,
  );
  const code = await checked;
  // Any other code is that of a process that somebody ended.
  if (code !== 0 && code !== 2) failed.push('lint');
  if (code !== 0 && code !== 1) failed.push('typecheck');
  failed.push(...faults);
  const total = { ...counts, failed: counts.failed + failed.length };
  if (failed.length > 0) process.stdout.write(`failed steps: ${failed.join(', ')}\n`);
  process.stdout.write(`${countingLine(total)}\n`);
  return total.failed > 0 ? 1 : 0;
}
