import { isTexts } from '@interlock/kernel';
import {
  copyFileSync,
  existsSync,
  constants,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { remark } from '../../output/output.js';
import { pathOf } from '../../paths.js';
import { readText } from '../../reading.js';
import { CliError, NoAnswer, print, visible } from '../../connection/session.js';
import { addServer } from './mcp-add.js';
import {
  callerOptions,
  isProxy,
  proxyEntry,
  readConfiguration,
  type ClientConfiguration,
} from './mcp-clients.js';
import { serverName } from './mcp-programs.js';
import { act } from '../../program/declare.js';

type Entry = ClientConfiguration['servers'][string];

const backupOf = (file: string): string => `${file}.before-interlock`;

const write = (file: string, text: string): void => {
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
};

/** Returns why an entry is not wrapped; undefined if it can be wrapped. */
const keptBecause = (entry: Entry): string | undefined => {
  const { command, args = [], env = {}, cwd } = entry;
  if (isProxy(entry)) return 'it is behind Interlock already';
  if (typeof command !== 'string' || !isTexts(args)) return 'it is not a program: register its address';
  if (Object.keys(env as object).length > 0)
    return 'it needs environment variables, which a program behind Interlock does not get';
  if (cwd !== undefined) return 'it needs its own directory, but Interlock runs a program in another one';
  return undefined;
};

const nameOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '-')
    .replace(/^[_-]+/, '')
    .slice(0, 30);

const undo = (file: string): void => {
  const backup = backupOf(file);
  if (!existsSync(backup)) throw new CliError(`there is no ${backup}: nothing was wrapped`);
  const before = readConfiguration(backup, readFileSync(backup, 'utf8')).servers;
  const now = readConfiguration(file, readText(file));
  const restored = Object.fromEntries(
    Object.entries(now.servers).map(([name, entry]) => [name, (isProxy(entry) && before[name]) || entry]),
  );
  write(file, now.withServers(restored));
  rmSync(backup);
  print(`${file}  has its own servers again`);
};

/**
 * Puts the servers of a client's configuration behind Interlock, each by a change request. The
 * previous configuration is kept beside it. Throws at the end if a server was not wrapped.
 */
export const addWrap = act({
  command: 'wrap <file>',
  about: "put the programs of an MCP client's configuration behind the rails",
  routes: ['POST /api/v1/mcp/servers/look', 'POST /api/v1/mcp/servers'],
  options: { ...callerOptions, '--undo': 'restore the previous configuration' },
  run: async ({ globals, options }, path) => {
    const file = pathOf(path);
    if (options.undo === true) {
      undo(file);
      return;
    }
    const configuration = readConfiguration(file, readText(file));
    const servers: { [name: string]: Entry } = { ...configuration.servers };
    const kept: string[] = [];
    for (const [name, entry] of Object.entries(configuration.servers)) {
      const server = nameOf(name);
      const why = serverName.test(server) ? keptBecause(entry) : 'its name makes no name of a server';
      if (why !== undefined) {
        remark(`${visible(name)} stays as it is: ${why}`);
        if (!isProxy(entry)) kept.push(name);
        continue;
      }
      const { command, args = [], env: _env, ...more } = entry;
      remark(`${visible(name)}:`);
      const program = [command as string, ...(args as readonly string[])];
      try {
        await addServer(globals, server, program, {}, {});
      } catch (error) {
        if (!(error instanceof CliError) || error instanceof NoAnswer) throw error;
        remark(`${visible(name)} stays as it is: ${error.message}`);
        kept.push(name);
        continue;
      }
      servers[name] = { ...more, ...proxyEntry(globals, server, options) };
      if (!existsSync(backupOf(file))) copyFileSync(file, backupOf(file), constants.COPYFILE_EXCL);
      write(file, configuration.withServers(servers));
    }
    print(`${file}  starts its servers behind Interlock; \`interlock mcp wrap --undo\` takes that back`);
    if (kept.length > 0) throw new CliError(`not behind Interlock: ${kept.map(visible).join(', ')}`);
  },
});
