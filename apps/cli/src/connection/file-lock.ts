import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CliError } from '../cli-error.js';

/**
 * How often the holder of a lock touches its file. A holder that has not done so for `staleMs` has
 * died, for example by `kill -9`.
 */
const signMs = 5000;
const staleMs = 30_000;
const lookEveryMs = 20;
const free = 'free';

/** A held turn. */
export type Turn = {
  /** Throws if the turn was given to another process because this one was silent for too long. */
  readonly check: () => void;
};

const isErrno = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;

/**
 * Runs one command at a time among all processes that share a folder. Each turn is a file
 * `<path>.lock.<n>` with the next number, and its creator has the turn. The newest file stays, and
 * is marked as free at the end. INVARIANT: a turn is taken by creating the next file, which only
 * one process can do, never by removing another's. So two processes that find the same abandoned
 * turn cannot both take it.
 */
export const inTurn = async <T>(path: string, work: (turn: Turn) => T | Promise<T>): Promise<T> => {
  const mine = await taken(path);
  const file = fileOf(path, mine);
  const check = (): void => {
    if (newestOf(path) !== mine)
      throw new CliError(`${path} was given to another command, because this one stood still: try again`);
  };
  const sign = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(file, now, now);
    } catch (error) {
      // Another process has the turn and has removed this file; `check` reports it.
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }, signMs);
  sign.unref();
  try {
    return await work({ check });
  } finally {
    clearInterval(sign);
    if (newestOf(path) === mine) writeFileSync(file, free);
  }
};

const fileOf = (path: string, n: number): string => `${path}.lock.${n}`;

const turnsOf = (path: string): readonly number[] => {
  const begin = `${basename(path)}.lock.`;
  return readdirSync(dirname(path)).flatMap((name) => {
    const n = name.startsWith(begin) ? name.slice(begin.length) : '';
    return /^[1-9]\d{0,14}$/.test(n) ? [Number(n)] : [];
  });
};
const newestOf = (path: string): number => Math.max(0, ...turnsOf(path));

/**
 * True if the turn is over, or its holder was silent for too long. A missing file is neither,
 * because a newer one exists.
 */
const isOver = (file: string): boolean => {
  try {
    return statSync(file).mtimeMs + staleMs < Date.now() || readFileSync(file, 'utf8') === free;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
};

/** Waits for the previous turn to end, and takes the next. */
const taken = async (path: string): Promise<number> => {
  for (;;) {
    const newest = newestOf(path);
    if (newest > 0 && !isOver(fileOf(path, newest))) {
      await wait(lookEveryMs);
      continue;
    }
    const mine = newest + 1;
    try {
      // INVARIANT: with `wx`, exactly one of several commands succeeds.
      writeFileSync(fileOf(path, mine), '', { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if (isErrno(error, 'EEXIST')) continue;
      throw error;
    }
    const all = turnsOf(path);
    // After a slow check this file's number may already be over and removed; only the newest is a
    // turn.
    if (Math.max(...all) !== mine) {
      rmSync(fileOf(path, mine), { force: true });
      continue;
    }
    for (const n of all) if (n < mine) rmSync(fileOf(path, n), { force: true });
    return mine;
  }
};
