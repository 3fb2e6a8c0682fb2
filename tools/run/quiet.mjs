import { spawn } from 'node:child_process';
import process from 'node:process';

/**
 * Runs a program. Prints nothing on success, and all output on stderr on failure. It ends with us.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {Record<string, string>} [env] added to ours
 * @returns {Promise<boolean>}
 */
export function runQuietly(file, args, cwd, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', reject);
    child.once('close', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, stop);
      if (code !== 0) process.stderr.write(output);
      resolve(code === 0);
    });
  });
}
