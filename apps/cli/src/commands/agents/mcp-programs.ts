import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { isObject } from '@interlock/kernel';
import { CliError, homeOf, readTenant, visible, type Globals } from '../../connection/session.js';

/** A program with its arguments. */
type Program = { readonly command: string; readonly args: readonly string[] };

/** The name of an MCP server. */
export const serverName = /^[a-z0-9][a-z0-9_-]{0,29}$/;

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/**
 * Returns the program of a command line, by its absolute path. A bare name, such as `npx`, is found
 * in `PATH`. It then gets its own `PATH`, because Interlock starts programs without one. Throws if
 * there is no such program.
 */
export const programOf = ([command, ...args]: readonly string[]): Program => {
  if (command === undefined) throw new CliError('name the program after `--`', 2);
  if (isAbsolute(command)) return { command, args };
  const found =
    /[/\\]/.test(command) || process.platform === 'win32'
      ? undefined
      : (process.env['PATH'] ?? '')
          .split(delimiter)
          .filter((folder) => isAbsolute(folder))
          .map((folder) => join(folder, command))
          .find(isProgram);
  if (found === undefined)
    throw new CliError(
      `there is no program \`${visible(command)}\`: name it by its absolute path, after \`--\``,
      2,
    );
  const folders = [dirname(found), dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'];
  return {
    command: '/usr/bin/env',
    args: [`PATH=${[...new Set(folders)].join(delimiter)}`, found, ...args],
  };
};

/**
 * Allows a tenant to run a program as an MCP server, in the home's allow-list. Returns a function
 * that restores the previous list.
 */
export const allowProgram = (globals: Globals, name: string, { command, args }: Program): (() => void) => {
  if (!serverName.test(name)) throw new CliError(`\`${visible(name)}\` is not a name`, 2);
  const file = join(homeOf(globals), 'mcp-commands.json');
  const write = (text: string): void => {
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '{}\n';
  const known: unknown = JSON.parse(before);
  const list = {
    ...(isObject(known) ? known : {}),
    [name]: { command, args, tenants: [readTenant(globals.tenant)] },
  };
  write(`${JSON.stringify(list, null, 2)}\n`);
  return () => write(before);
};
