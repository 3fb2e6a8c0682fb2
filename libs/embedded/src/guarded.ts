import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { atThisPace } from '@interlock/pace';

const guardPath = fileURLToPath(new URL('../bin/guard.js', import.meta.url));

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
  readonly pid: number;
  /** Resolves with the exit code when the program has ended. */
  readonly ended: Promise<number | null>;
  /** The last 64 KiB of the program's output. */
  readonly output: () => string;
};

const exited = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => {
        child.once('exit', () => {
          resolve();
        });
      });

/**
 * The characters of output that are kept, and the longest text in which the ready line is found. A
 * ready line may name thousands of devices.
 */
const [mostKept, mostBefore] = [65_536, 1_048_576];

/**
 * Starts a program that ends with this process in every case. It does not keep the process alive.
 */
export const startGuarded = async (program: GuardedProgram): Promise<Guarded> => {
  const { ready, timeoutMs = atThisPace(60_000), onOutput, env, ...settings } = program;
  if (settings.pidFile !== undefined) rmSync(settings.pidFile, { force: true });
  const child = spawn(process.execPath, [guardPath, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...(env === undefined ? {} : { env: { ...env } }),
  });
  let text = '';
  let isUp = false;
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  const stop = async (): Promise<void> => {
    child.ref();
    child.stdin.end();
    await exited(child);
  };
  try {
    const match = await new Promise<RegExpExecArray>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new Error(
            `\`${program.program}\` runs and was not up after ${timeoutMs} ms: ${text.slice(-mostKept)}`,
          ),
        );
      }, timeoutMs);
      const onData = (chunk: Buffer): void => {
        const piece = chunk.toString('utf8');
        onOutput?.(piece);
        text = `${text}${piece}`.slice(isUp ? -mostKept : -mostBefore);
        const found = isUp ? null : ready.exec(text);
        if (found === null) return;
        isUp = true;
        clearTimeout(timer);
        resolve(found);
      };
      child.stdout.on('data', onData);
      child.stderr.on('data', onData);
      child.once('error', reject);
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`\`${program.program}\` ended with ${code}: ${text.slice(-mostKept)}`));
      });
    });
    // The program may be up before the guard has written its process id.
    const { pidFile } = settings;
    while (pidFile !== undefined && !existsSync(pidFile) && child.exitCode === null)
      await new Promise((resolve) => {
        setTimeout(resolve, 2);
      });
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr])
      (stream as unknown as { unref: () => void }).unref();
    return { match, stop, pid: child.pid!, ended, output: () => text };
  } catch (error) {
    await stop();
    throw error;
  }
};
