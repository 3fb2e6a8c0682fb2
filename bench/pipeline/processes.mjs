import { readdirSync, readFileSync } from 'node:fs';

// The system's figures of processes. Linux only; elsewhere empty.

const ticksPerSecond = 100;

/** CPU seconds that the processes and their children have used so far. */
export function cpuSeconds(pids) {
  return new Map(
    pids.map(([name, pid]) => [name, treeOf(name, pid).reduce((sum, one) => sum + secondsOf(`${one}`), 0)]),
  );
}

/** CPU seconds of one process so far: its main thread's, and those of all others. */
export function threadSeconds(pid) {
  const main = secondsOf(`${pid}/task/${pid}`);
  return { main, threads: secondsOf(`${pid}`) - main };
}

const isOfServices = (name) => name === 'services' || name === 'bench';

function treeOf(name, pid) {
  if (isOfServices(name)) return [pid];
  return [pid, ...childrenOf(pid).flatMap((child) => treeOf('', child))];
}

/** A process and its descendants. */
export const familyOf = (pid) => [pid, ...childrenOf(pid).flatMap(familyOf)];

function childrenOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .trim()
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    return [];
  }
}

function secondsOf(path) {
  try {
    const fields = readFileSync(`/proc/${path}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return 0;
  }
}

const kilobytes = (pid, file, name) => {
  try {
    return Number(
      new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))[1],
    );
  } catch {
    return Number.NaN;
  }
};

/** Resident memory of a process in MiB; NaN if the system does not say. */
export const residentOf = (pid) => kilobytes(pid, 'status', 'VmRSS') / 1024;

/**
 * Memory of a process in MiB, with its fair share of shared memory; NaN if the system does not say,
 * 0 if the process is gone.
 */
export const proportionalOf = (pid) => kilobytes(pid, 'smaps_rollup', 'Pss') / 1024;

/** CPU seconds of a process and its descendants so far. */
export const cpuOf = (pid) => familyOf(pid).reduce((sum, one) => sum + secondsOf(`${one}`), 0);
