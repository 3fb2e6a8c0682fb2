import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { readOptions, usage as startUsage } from '../../apps/interlock/bin/options.js';
import { portFault } from '../../apps/interlock/bin/ports.js';
import { fail } from './failure.mjs';
import { commandLine, findPinnedNode, root } from './node.mjs';
import { run } from './process.mjs';

const asksForHelp = (args) =>
  args.length === 0 || args.some((arg) => ['--help', '-h', 'help', '--version', '-V'].includes(arg));

/**
 * What is wrong with the options of `npm start`, or what they ask to be told; undefined where it
 * can go on.
 */
async function beforeStart(args) {
  let options;
  try {
    options = readOptions(args, process.env, process.cwd());
  } catch (error) {
    process.stderr.write(`interlock: ${error.message}\n${startUsage}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(startUsage);
    return 0;
  }
  const fault = await portFault(options.port, '--port or INTERLOCK_PORT');
  if (fault !== undefined) fail(fault);
  return undefined;
}

/**
 * Help and version of the client come from what was built last, however old; where nothing was,
 * they say so.
 */
async function beforeClient(args, nodeMajor, env) {
  if (!asksForHelp(args)) return undefined;
  const client = join(root, commandLine);
  if (existsSync(client) && existsSync(join(root, 'node_modules/commander')))
    return run(findPinnedNode(nodeMajor), [client, ...args], { env });
  if (args.some((arg) => ['--version', '-V'].includes(arg)))
    process.stdout.write(`${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}\n`);
  else
    process.stdout.write(
      'usage: npm run -s interlock -- [options] <command>\n\nThe client is not built yet: `npm run setup` does that, then `npm run -s interlock -- --help` lists its commands.\n',
    );
  return 0;
}

/**
 * What a command answers before anything is installed or built: help, versions, options that it
 * does not know, a port that is taken.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ nodeMajor: number, env: Record<string, string> }} settings for what it starts
 * @returns {Promise<number | undefined>} its exit code; undefined where the command must run
 */
export async function answerEarly(command, args, { nodeMajor, env }) {
  if (command === 'start') return beforeStart(args);
  if (command === 'cli') return beforeClient(args, nodeMajor, env);
  return undefined;
}
