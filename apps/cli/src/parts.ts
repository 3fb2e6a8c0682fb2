import { CliError } from './cli-error.js';
import type { Where } from './connection/remote.js';

/** The variables for the parts that a command may reach directly. */
export const partNames = ['DATABASE_URL', 'EVENT_STORE_URL', 'NATS_URL'] as const;
type PartName = (typeof partNames)[number];

/** Returns the variables that apply: those that are set, or none if `--home` names a home. */
export const partsNamed = <Name extends string>(
  { home }: Pick<Where, 'home'>,
  names: readonly Name[],
): readonly Name[] => (home === undefined ? names.filter((name) => (process.env[name] ?? '') !== '') : []);

/**
 * True if the environment names all these parts, false if the home's apply. Throws if it names only
 * some of them, because parts of two installations would mix.
 */
export const areOfEnvironment = (where: Pick<Where, 'home'>, ...names: readonly PartName[]): boolean => {
  const named = partsNamed(where, names);
  if (named.length === 0) return false;
  const missing = names.filter((name) => !named.includes(name));
  if (missing.length > 0)
    throw new CliError(`${missing.join(' and ')} is not set: set both, or neither for those of the home`, 2);
  return true;
};
