import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('durations.json', import.meta.url));
const longFile = fileURLToPath(new URL('long-suites.json', import.meta.url));

/** Shorter suites are not recorded, because their place in the order does not matter. */
const leastSeconds = 10;

/**
 * The last recorded durations of the long suites in seconds, by path. They only affect the order.
 * @returns {Record<string, number>}
 */
export function readDurations() {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/**
 * The suites that only the long form runs, by path: together they take as long as half of all
 * others.
 * @returns {readonly string[]}
 */
export function readLongSuites() {
  return JSON.parse(readFileSync(longFile, 'utf8'));
}

/** The suites worth keeping, longest first.
 * @param {readonly { path: string, ms: number }[]} suites
 * @returns {Record<string, number>}
 */
export function longOnes(suites) {
  const rounded = suites
    .map(({ path, ms }) => ({ path, seconds: Math.round(ms / 1000) }))
    .filter(({ seconds }) => seconds >= leastSeconds);
  return Object.fromEntries(
    rounded
      .sort((a, b) => b.seconds - a.seconds || (a.path < b.path ? -1 : 1))
      .map(({ path, seconds }) => [path, seconds]),
  );
}

/**
 * Records the durations of a whole run.
 * @param {readonly { path: string, ms: number }[]} suites
 */
export function writeDurations(suites) {
  writeFileSync(file, `${JSON.stringify(longOnes(suites), null, 2)}\n`);
}
