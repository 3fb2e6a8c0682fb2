import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * True if a process exists; one of another user counts. `isAlive` of `libs/platform` does the same,
 * but this runs before anything is built.
 */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

function holder(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

/**
 * Runs work that two processes must not run at once, such as installing into one folder. The lock
 * of a dead process is taken over.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {{ onWait?: (pid: number) => void, pollMs?: number }} [options] `onWait` is called once,
 * with the holder of the lock
 * @returns {Promise<T>}
 */
export async function withLock(file, work, { onWait = () => undefined, pollMs = 200 } = {}) {
  mkdirSync(dirname(file), { recursive: true });
  let announced = false;
  while (!take(file)) {
    const pid = holder(file);
    // The holder of an empty file is about to write its number.
    if (pid > 0 && !alive(pid)) {
      rmSync(file, { force: true });
      continue;
    }
    if (pid > 0 && !announced) {
      announced = true;
      onWait(pid);
    }
    await pause(pollMs);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
