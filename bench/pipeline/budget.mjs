import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('budget.json', import.meta.url));
/** A part may grow by a quarter. */
const growth = 1.25;

export const readBudget = () => JSON.parse(readFileSync(file, 'utf8'));

/**
 * The most that a part may cost; `noise`, in appends, is the difference between two runs of the
 * same build.
 */
export const mostOf = (figure, noise) => Math.max(figure * growth, figure + noise);

/**
 * The parts of one kind that exceed the budget, worst first. All in multiples of an append's CPU; a
 * part that the budget lacks has 0.
 */
export function grown(kind, parts, { noise, kinds }) {
  const budget = kinds[kind];
  if (budget === undefined) return [];
  return [...parts]
    .map(([part, is]) => ({ kind, part, is, was: budget[part] ?? 0 }))
    .filter(({ is, was }) => is > mostOf(was, noise))
    .toSorted((a, b) => b.is - b.was - (a.is - a.was));
}

/** The budget with its kinds replaced by the measured ones. */
export const written = (budget, measured) => ({
  ...budget,
  kinds: {
    ...budget.kinds,
    ...Object.fromEntries(
      [...measured].map(([kind, parts]) => [
        kind,
        Object.fromEntries([...parts].map(([part, value]) => [part, Number(value.toFixed(2))])),
      ]),
    ),
  },
});

export const writeBudget = (measured) =>
  writeFileSync(file, `${JSON.stringify(written(readBudget(), measured), null, 2)}\n`);
