import { rmSync } from 'node:fs';
import { atThisPace } from '@interlock/pace';
import { theGuard } from './guard.js';

export type GuardedProgram = {
  readonly program: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  /** Directories to remove when the program has ended. */
  readonly remove?: readonly string[];
  readonly signal?: 'SIGTERM' | 'SIGINT';
  /**
   * A file for the program's own process id, so that the program can be ended after its guard was
   * killed.
   */
  readonly pidFile?: string;
  /** The program is up when a line of its output matches. */
  readonly ready: RegExp;
  readonly timeoutMs?: number;
  /** Receives the program's output as it arrives. */
  readonly onOutput?: (text: string) => void;
  /** The program's environment, instead of this process's. */
  readonly env?: { readonly [name: string]: string | undefined };
};

export type Guarded = {
  /** Groups of the `ready` line. */
  readonly match: RegExpExecArray;
  readonly stop: () => Promise<void>;
  /** The program's process id. */
  readonly pid: number;
  /** Resolves with the exit code when the program has ended. */
  readonly ended: Promise<number | null>;
  /** The last 64 KiB of the program's output. */
  readonly output: () => string;
};

/**
 * The characters of output that are kept, and the longest text in which the ready line is found. A
 * ready line may name thousands of devices.
 */
const [mostKept, mostBefore] = [65_536, 1_048_576];

/**
 * Starts a program that ends with this process in every case. It does not keep the process alive.
 */
export const startGuarded = async (guarded: GuardedProgram): Promise<Guarded> => {
  const { ready, timeoutMs = atThisPace(60_000), onOutput, env = process.env, ...settings } = guarded;
  const { program, remove = [], signal = 'SIGTERM', pidFile } = settings;
  if (pidFile !== undefined) rmSync(pidFile, { force: true });
  const guard = theGuard();
  const { promise: ended, resolve: end } = Promise.withResolvers<number | null>();
  const { promise: up, resolve: isReady, reject: isNot } = Promise.withResolvers<RegExpExecArray>();
  let text = '';
  let isUp = false;
  let pid = 0;
  const stopIt = guard.start(
    { ...settings, remove, signal, env: { ...env }, cwd: process.cwd() },
    {
      started: (id) => {
        pid = id;
      },
      output: (piece) => {
        onOutput?.(piece);
        text = `${text}${piece}`.slice(isUp ? -mostKept : -mostBefore);
        const found = isUp ? null : ready.exec(text);
        if (found === null) return;
        isUp = true;
        isReady(found);
      },
      ended: (code) => {
        isNot(new Error(`\`${program}\` ended with ${code}: ${text.slice(-mostKept)}`));
        end(code);
      },
    },
  );
  const stop = async (): Promise<void> => {
    stopIt();
    await guard.hold(ended);
  };
  const timer = setTimeout(() => {
    isNot(new Error(`\`${program}\` runs and was not up after ${timeoutMs} ms: ${text.slice(-mostKept)}`));
  }, timeoutMs);
  try {
    const match = await guard.hold(up);
    return { match, stop, pid, ended, output: () => text };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
};
