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
 * Prints the faults in the options of `npm start`, or its help, and returns the exit code;
 * undefined if it can continue.
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
 * Help and version of the client come from the last build, however old; without one they say so.
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
 * Answers a command before anything is installed or built: help, versions, unknown options, a taken
 * port.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ nodeMajor: number, env: Record<string, string> }} settings for the processes that it
 * starts
 * @returns {Promise<number | undefined>} its exit code; undefined if the command must run
 */
export async function answerEarly(command, args, { nodeMajor, env }) {
  if (command === 'start') return beforeStart(args);
  if (command === 'cli') return beforeClient(args, nodeMajor, env);
  return undefined;
}
