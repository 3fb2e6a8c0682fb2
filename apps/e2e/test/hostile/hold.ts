import { expect, it } from '@jest/globals';
import { contentHash } from '@interlock/kernel';
import { bodyLimit } from '@interlock/platform';

/** A document of 136 kB, which is always the same. */
const known = Object.fromEntries(
  Array.from({ length: 2000 }, (_, i) => [
    `member-${(i * 7919) % 2000}`,
    { text: 'abc'.repeat(5), number: i * 1.5, list: [i, i + 1] },
  ]),
);

/** The time of the processor that this thread takes for some work, in microseconds. */
const taken = (work: () => unknown): number => {
  const before = process.threadCpuUsage();
  try {
    work();
  } catch {
    // A refusal is an answer too: what matters here is when it comes.
  }
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
};

/** The content hash of that document, as a measure of this machine. */
const reference = (): number => {
  const times = Array.from({ length: 5 }, () => taken(() => contentHash(known)));
  return Math.max(1, times.toSorted((a, b) => a - b)[2]!);
};

/**
 * The longest hold of the event loop by one input from outside, in references: some tenths of a
 * second where a reference takes two milliseconds. Whatever grows with the square of its input
 * comes to thousands at the limits of the sizes.
 */
const mostReferences = 200;
const tries = 3;

/**
 * How long some work holds the loop, in references: the shortest of a few tries, for the machine is
 * busy with other things too.
 */
const holdOf = (work: () => unknown): number => {
  let shortest = Infinity;
  for (let i = 0; i < tries && shortest >= mostReferences; i += 1)
    shortest = Math.min(shortest, taken(work) / reference());
  return shortest;
};

/** Fills so many characters with a text. */
export const filled = (text: string, length: number = bodyLimit): string =>
  text.repeat(Math.floor(length / text.length));

/** Prepares an input; the answer does the work that is measured. */
export type Case = readonly [name: string, prepare: () => () => unknown];
export const holds = (cases: readonly Case[]): void => {
  it.each(cases)('%s', (_, prepare) => {
    expect(holdOf(prepare())).toBeLessThan(mostReferences);
  });
};
