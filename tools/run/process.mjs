import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';
import process from 'node:process';

import { Failure } from './failure.mjs';
import { root } from './node.mjs';

/** Progress goes to stderr, so that stdout belongs to the command. */
export function say(message) {
  process.stderr.write(`interlock: ${message}\n`);
}

/**
 * Does a step, and says how long it took and whether it was good.
 * @param {string} name
 * @param {() => Promise<boolean>} work
 * @returns {Promise<boolean>}
 */
export async function timed(name, work) {
  const began = Date.now();
  const good = await work();
  say(`${name} ${good ? 'done' : 'failed'} after ${Math.round((Date.now() - began) / 1000)} s`);
  return good;
}

/** @param {number | null} code @param {string | null} signal */
export function exitCodeOf(code, signal) {
  if (code !== null) return code;
  return signal === null ? 1 : 128 + (constants.signals[signal] ?? 0);
}

/** Puts a folder first on the PATH of everything started from here. */
export function prependPath(folder) {
  const parts = (process.env.PATH ?? '').split(delimiter);
  if (parts[0] !== folder)
    process.env.PATH = [folder, ...parts.filter((part) => part !== folder)].join(delimiter);
}

/**
 * Calls back once our parent is gone. The shell in which npm starts a script passes no signal on
 * and simply dies. (The script `start` uses `exec` for the same reason: without such a shell,
 * SIGINT to npm alone reaches us.)
 */
function onParentGone(callback) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, 250);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Runs a program in the foreground, passes our signals to it, and returns its exit code.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, stdio?:
 * import('node:child_process').StdioOptions, until?: AbortSignal, withParent?: boolean }} [options]
 * `until`: kills the program when aborted; `withParent`: asks it to stop when our own parent is
 * gone
 * @returns {Promise<number>}
 */
export function run(
  file,
  args,
  { cwd = process.cwd(), env = {}, stdio = 'inherit', until, withParent = false } = {},
) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio });
    const forward = (signal) => {
      // A terminal sends Ctrl-C to the whole group, so the child already has it.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    const kill = () => child.kill('SIGKILL');
    until?.addEventListener('abort', kill);
    const stopWatching = withParent ? onParentGone(() => child.kill('SIGTERM')) : () => undefined;
    const done = () => {
      stopWatching();
      until?.removeEventListener('abort', kill);
      for (const signal of signals) process.off(signal, forward);
    };
    child.once('error', (error) => {
      done();
      reject(new Failure(`\`${file}\` could not be started: ${error.message}`));
    });
    child.once('exit', (code, signal) => {
      done();
      resolve(exitCodeOf(code, signal));
    });
  });
}

/** Runs a program with its output on stderr: progress, never a result. */
export function progress(file, args, options = {}) {
  return run(file, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
}

/**
 * Hands this process over to a script on the same Node. No wrapper remains if the system can
 * replace a process.
 */
export function become(args) {
  prependPath(dirname(process.execPath));
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    process.removeAllListeners('warning');
    process.execve(process.execPath, [process.execPath, ...args], { ...process.env });
  }
  return run(process.execPath, args);
}
