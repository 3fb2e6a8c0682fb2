import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A program as the guard starts it. */
type GuardedCommand = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: { readonly [name: string]: string | undefined };
  readonly cwd: string;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly remove: readonly string[];
  readonly signal: 'SIGTERM' | 'SIGINT';
  readonly pidFile?: string | undefined;
};
/** What the guard reports of a program. `ended` comes once, and last. */
type GuardedReports = {
  readonly started: (pid: number) => void;
  readonly output: (text: string, from: 'stdout' | 'stderr') => void;
  readonly ended: (code: number | null) => void;
};
type Report = {
  readonly id: number;
  readonly pid?: number;
  readonly output?: string;
  readonly from?: 'stdout' | 'stderr';
  readonly ended?: number | null;
};
type Running = { readonly reports: GuardedReports; pid: number | null };

const guardPath = fileURLToPath(new URL('../bin/guard.js', import.meta.url));

/**
 * The process that starts this process's programs, and ends them when this process is gone. One
 * guard starts all of them: it is small, and a large process is slow to fork. It does not keep this
 * process alive, except while `hold` counts somebody who waits for it.
 */
class Guard {
  readonly #process: ChildProcess;
  readonly #running = new Map<number, Running>();
  #next = 1;
  #waiting = 0;

  constructor(gone: () => void) {
    this.#process = spawn(process.execPath, [guardPath], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true,
      env: { ...process.env, NODE_OPTIONS: undefined },
    });
    this.#process.on('message', (report: Report) => this.#report(report));
    const over = (): void => {
      gone();
      this.#leaveNone();
    };
    this.#process.once('error', over);
    this.#process.once('exit', over);
    this.#process.unref();
    this.#process.channel?.unref();
  }

  #report({ id, pid, output, from = 'stdout', ended }: Report): void {
    const one = this.#running.get(id);
    if (one === undefined) return;
    if (pid !== undefined) {
      one.pid = pid;
      one.reports.started(pid);
    }
    if (output !== undefined) one.reports.output(output, from);
    if (ended !== undefined) {
      this.#running.delete(id);
      one.reports.ended(ended);
    }
  }

  /** Kills the programs of a guard that was killed. */
  #leaveNone(): void {
    for (const { pid, reports } of this.#running.values()) {
      try {
        if (pid !== null) process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended too.
      }
      reports.ended(null);
    }
    this.#running.clear();
  }

  /** Starts a program. Returns the function that stops it. */
  start(command: GuardedCommand, reports: GuardedReports): () => void {
    const id = this.#next++;
    this.#running.set(id, { reports, pid: null });
    this.#send({ start: id, ...command });
    return () => this.#send({ stop: id });
  }

  #send(message: object): void {
    // The process's end is reported by itself.
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  /** Keeps this process alive until `waited` settles. */
  async hold<T>(waited: Promise<T>): Promise<T> {
    if (++this.#waiting === 1) this.#process.channel?.ref();
    try {
      return await waited;
    } finally {
      if (--this.#waiting === 0) this.#process.channel?.unref();
    }
  }
}

/** The guard belongs to the process, however often this module is loaded. */
const own = Symbol.for('@interlock/embedded/guard');
const holder = process as { [own]?: Guard | undefined };

/** Returns this process's guard. The first call starts it, and so does a call after its end. */
export const theGuard = (): Guard =>
  (holder[own] ??= new Guard(() => {
    holder[own] = undefined;
  }));
