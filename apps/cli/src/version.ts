import { readFileSync } from 'node:fs';

/** The version of Interlock, of the package that this file is built into. */
export const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
