import { fail } from './failure.mjs';

/** @typedef {import('../jest/counts.mjs').Counts} Counts */

/**
 * The outcome of one test run: its counts, failures outside its tests (`jest did not end…`), and
 * whether somebody ended it (Ctrl-C).
 * @typedef {{ counts: Counts, faults: readonly string[], interrupted?: boolean }} Outcome
 */

/**
 * Takes `--repeat N` (or `--repeat=N`) out of the arguments; the rest is for Jest. Throws a
 * `Failure` if N is not a whole number of at least 1.
 * @param {readonly string[]} args
 * @returns {{ times: number, rest: readonly string[] }}
 */
export function readRepeat(args) {
  const at = args.findIndex((arg) => arg === '--repeat' || arg.startsWith('--repeat='));
  if (at < 0) return { times: 1, rest: args };
  const joined = args[at].startsWith('--repeat=');
  const value = joined ? args[at].slice('--repeat='.length) : (args[at + 1] ?? '');
  if (!/^[1-9]\d{0,3}$/.test(value)) fail(`--repeat takes a whole number from 1 to 9999, not \`${value}\``);
  return { times: Number(value), rest: [...args.slice(0, at), ...args.slice(at + (joined ? 1 : 2))] };
}

/**
 * Runs the tests several times, despite failures, until somebody ends one. The faults of the result
 * name each repetition that failed.
 * @param {number} times
 * @param {() => Promise<Outcome>} runOnce
 * @param {(line: string) => void} tell announces the start of each of several repetitions, and
 * those that failed
 * @returns {Promise<Outcome>} the counts summed
 */
export async function repeated(times, runOnce, tell) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const faults = [];
  const bad = [];
  for (let n = 1; n <= times; n += 1) {
    if (times > 1) tell(`repetition ${n} of ${times}`);
    const { counts, faults: own, interrupted = false } = await runOnce();
    for (const name of Object.keys(sum)) sum[name] += counts[name];
    faults.push(...own.map((fault) => (times > 1 ? `${fault} (repetition ${n})` : fault)));
    if (times > 1 && interrupted) tell(`interrupted in repetition ${n} of ${times}`);
    if (interrupted) return { counts: sum, faults };
    if (counts.failed === 0 && own.length === 0) continue;
    bad.push(n);
    if (times > 1) tell(`repetition ${n} of ${times} failed`);
  }
  if (times > 1)
    tell(
      bad.length === 0
        ? `none of ${times} repetitions failed`
        : `${bad.length} of ${times} repetitions failed: ${bad.join(', ')}`,
    );
  return { counts: sum, faults };
}
