import { existsSync } from 'node:fs';
import { CliError } from './cli-error.js';

/**
 * An entry of the installation that this command line belongs to. Throws where it is a package of
 * its own.
 */
export const installationEntry = async <T>(name: 'migrate' | 'projections'): Promise<T> => {
  // The bundle, which loads in less than half of the time; an image has none.
  const file = ['run', 'dist']
    .map((folder) => new URL(`../../interlock/${folder}/${name}.js`, import.meta.url))
    .find(existsSync);
  if (file === undefined)
    throw new CliError(
      `\`${name}\` needs direct access: run it where the installation is, by the command line in its own folder`,
      2,
    );
  return (await import(file.href)) as T;
};
