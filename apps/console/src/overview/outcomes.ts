/**
 * The parts of a bar, from the bottom on: what the API counts by state, put together as people
 * speak of it.
 */
export const parts = [
  {
    name: 'Completed',
    states: ['COMPLETED'],
    fill: 'color-mix(in srgb, var(--green) 62%, var(--surface))',
  },
  { name: 'Not run', states: ['PROPOSED', 'EXPIRED', 'CANCELLED'], fill: 'var(--yellow)' },
  { name: 'Denied', states: ['DENIED', 'BLOCKED', 'REJECTED'], fill: 'var(--red)' },
  { name: 'Rolled back', states: ['ROLLED_BACK', 'ROLLBACK_FAILED'], fill: 'var(--vio)' },
] as const;

export type Hour = { readonly hour: string; readonly counts: { readonly [state: string]: number } };

/** How many of each part an hour has, in the order of `parts`. Pure. */
export const heights = ({ counts }: Pick<Hour, 'counts'>): readonly number[] =>
  parts.map(({ states }) => states.reduce((sum, state) => sum + (counts[state] ?? 0), 0));

/**
 * A scale's top that is easy to read: 1, 2, 3, 4, 6, 8, 10 times a power of ten, and never below 4.
 * Pure.
 */
export const niceTop = (most: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(4, most)));
  return [1, 2, 3, 4, 6, 8, 10].map((n) => n * power).find((top) => top >= Math.max(4, most)) ?? 10 * power;
};
