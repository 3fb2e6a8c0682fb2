import { CliError } from './cli-error.js';
import type { Where } from './remote.js';

/** The variables that name the parts which a command may reach directly. */
export const partNames = ['DATABASE_URL', 'EVENT_STORE_URL', 'NATS_URL'] as const;
type PartName = (typeof partNames)[number];

/** Those of the variables that apply: the ones that are set, or none if `--home` names a home. */
export const partsNamed = ({ home }: Pick<Where, 'home'>, names: readonly PartName[]): readonly PartName[] =>
  home === undefined ? names.filter((name) => (process.env[name] ?? '') !== '') : [];

/**
 * True if the environment names all these parts, false if they are the home's. Throws if it names
 * only some of them, because parts of two installations would mix.
 */
export const areOfEnvironment = (where: Pick<Where, 'home'>, ...names: readonly PartName[]): boolean => {
  const named = partsNamed(where, names);
  if (named.length === 0) return false;
  const missing = names.filter((name) => !named.includes(name));
  if (missing.length > 0)
    throw new CliError(`${missing.join(' and ')} is not set: set both, or neither for those of the home`, 2);
  return true;
};
