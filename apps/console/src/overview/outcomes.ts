/**
 * The parts of a bar, from the bottom up. Each groups states of the API under one everyday word.
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

/** Returns the number of actions in each part for an hour, in the order of `parts`. Pure. */
export const heights = ({ counts }: Pick<Hour, 'counts'>): readonly number[] =>
  parts.map(({ states }) => states.reduce((sum, state) => sum + (counts[state] ?? 0), 0));
