import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { familyOf } from '../pipeline/processes.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A user's shell environment: without the variables that npm and our own scripts set for this run.
 */
const plainEnvironment = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^npm_(?:lifecycle|package|node|command|execpath)/.test(name) &&
        !['INTERLOCK_RUN', 'NODE_COMPILE_CACHE', 'INIT_CWD'].includes(name),
    ),
  );

const alive = (pid) => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/**
 * Runs `npm start` like a user, in a folder; `ms`: until it prints `ready`. Its output goes to
 * `log`. `pid` is the stack's own main process, below npm and its script.
 */
export async function npmStart({ home, log, args = [], folder = root, env = {} }) {
  const began = performance.now();
  const child = spawn('npm', ['start', '--', '--home', home, '--port', '0', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...plainEnvironment(), ...env },
  });
  const output = createWriteStream(log, { flags: 'a' });
  child.stderr.pipe(output, { end: false });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const ready = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.write(`${line}\n`);
      if (line.startsWith('ready after')) resolve(performance.now() - began);
    });
  });
  const ms = await Promise.race([ready, ended.then(() => undefined)]);
  if (ms === undefined) throw new Error(`\`npm start\` did not get ready, see ${log}`);
  const { pid, http } = JSON.parse(readFileSync(join(home, 'runtime.json'), 'utf8'));
  return {
    ms,
    pid,
    http,
    launcher: child.pid,
    stop: async () => {
      process.kill(pid, 'SIGTERM');
      await ended;
    },
    /** Kills all at once, like a machine failure; resolves when all have ended. */
    kill: async () => {
      const family = familyOf(pid);
      for (const one of family) if (alive(one)) process.kill(one, 'SIGKILL');
      await ended;
      while (family.some(alive)) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}
