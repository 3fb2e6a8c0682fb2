/**
 * Keeps the rows that are shown, each with its newest value. New rows are only counted in `more`,
 * and removed rows stay. Pure.
 */
export const holdRows = <T>(
  held: readonly T[],
  now: readonly T[],
  idOf: (row: T) => string,
): { readonly shown: readonly T[]; readonly more: number } => {
  const newest = new Map(now.map((row) => [idOf(row), row]));
  const known = new Set(held.map(idOf));
  return {
    shown: held.map((row) => newest.get(idOf(row)) ?? row),
    more: now.filter((row) => !known.has(idOf(row))).length,
  };
};
