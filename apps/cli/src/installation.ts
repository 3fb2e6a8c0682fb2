import { existsSync } from 'node:fs';
import { CliError } from './cli-error.js';

/** An entry of the installation that this command line belongs to. Throws where it is a package of its own. */
export const installationEntry = async <T>(name: 'migrate' | 'projections'): Promise<T> => {
  const file = new URL(`../../interlock/dist/${name}.js`, import.meta.url);
  if (!existsSync(file))
    throw new CliError(
      `\`${name}\` needs direct access: run it where the installation is, by the command line in its own folder`,
      2,
    );
  return (await import(file.href)) as T;
};
