import process from 'node:process';

/**
 * The seeds that a simulation plays: `count` from `first` on. `isAlone` says that one was named, to
 * be looked at by itself.
 */
export type Seeds = { readonly first: number; readonly count: number; readonly isAlone: boolean };

/**
 * The seeds of a simulation that plays so many in its form. `INTERLOCK_SEED` names the one that the
 * short form plays alone, and the one that the long form begins with; both begin with 1 where it is
 * absent.
 */
export const seedsOf = (form: 'short' | 'long', count: number): Seeds => {
  const named = process.env['INTERLOCK_SEED'];
  const isAlone = named !== undefined && form === 'short';
  const first = named === undefined ? 1 : Number(named);
  if (!Number.isSafeInteger(first) || first < 0)
    throw new RangeError(`INTERLOCK_SEED takes a whole number, not \`${named}\``);
  return { first, count: isAlone ? 1 : count, isAlone };
};
