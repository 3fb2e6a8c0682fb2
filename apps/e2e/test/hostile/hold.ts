import { expect, it } from '@jest/globals';
import { contentHash } from '@interlock/kernel';
import { bodyLimit } from '@interlock/platform';

/** A constant document of 136 kB. */
const known = Object.fromEntries(
  Array.from({ length: 2000 }, (_, i) => [
    `member-${(i * 7919) % 2000}`,
    { text: 'abc'.repeat(5), number: i * 1.5, list: [i, i + 1] },
  ]),
);

/** This thread's CPU time for some work, in microseconds. */
const taken = (work: () => unknown): number => {
  const before = process.threadCpuUsage();
  try {
    work();
  } catch {
    // A refusal is an answer too; only its time matters here.
  }
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
};

/** The content hash of that document, which measures this machine. */
const reference = (): number => {
  const times = Array.from({ length: 5 }, () => taken(() => contentHash(known)));
  return Math.max(1, times.toSorted((a, b) => a - b)[2]!);
};

/**
 * The longest allowed hold of the event loop by one external input, in references: some tenths of a
 * second if a reference takes two milliseconds. Quadratic work takes thousands at the size limits.
 */
const mostReferences = 200;
const tries = 3;

/**
 * How long some work holds the loop, in references: the shortest of a few tries, because the
 * machine has other load.
 */
const holdOf = (work: () => unknown): number => {
  let shortest = Infinity;
  for (let i = 0; i < tries && shortest >= mostReferences; i += 1)
    shortest = Math.min(shortest, taken(work) / reference());
  return shortest;
};

/** Repeats a text up to a number of characters. */
export const filled = (text: string, length: number = bodyLimit): string =>
  text.repeat(Math.floor(length / text.length));

/** Prepares an input; returns the work to measure. */
export type Case = readonly [name: string, prepare: () => () => unknown];
export const holds = (cases: readonly Case[]): void => {
  it.each(cases)('%s', (_, prepare) => expect(holdOf(prepare())).toBeLessThan(mostReferences));
};
