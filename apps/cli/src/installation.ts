import { existsSync } from 'node:fs';
import { CliError } from './cli-error.js';

/**
 * An entry of the installation that contains this command line. Throws if it is a separate package.
 */
export const installationEntry = async <T>(
  name: 'migrate' | 'projections' | 'backup' | 'doctor',
): Promise<T> => {
  // Prefers the bundle, which loads in less than half the time; an image has none.
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
