import { createWriteStream, existsSync, readdirSync, readFileSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { startGuarded, type Guarded, type GuardedProgram } from '@interlock/embedded';
import type { Logger } from 'pino';
import type { Home } from '../home.js';

type Child = { guarded: Guarded; readonly log: WriteStream };

/**
 * Passes on whole lines, without the secrets that are meant for the starting program. The simulator
 * prints its devices' passwords and the address of its control API, which contains a key.
 */
const keptLines = (write: (line: string) => void): ((text: string) => void) => {
  let rest = '';
  return (text) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines)
      write(`${line.replaceAll(/"(password|control)":"(?:[^"\\]|\\.)*"/g, '"$1":"[left out]"')}\n`);
  };
};

/**
 * The programs that Interlock starts. Their output goes to the home's logs. They end with Interlock
 * however it ends, and are restarted if they end by themselves.
 */
export class Children {
  readonly #children = new Map<string, Child>();
  #stopping = false;

  constructor(
    private readonly home: Home,
    private readonly logger: Logger,
  ) {}

  /** Ends programs that are left from an Interlock that was killed together with its guards. */
  async endLeftovers(): Promise<void> {
    for (const name of readdirSync(this.home.path('pids'))) {
      const pid = Number(readFileSync(this.home.path('pids', name), 'utf8'));
      if (!this.#isLeft(name, pid)) continue;
      this.logger.warn({ part: name, pid }, 'a part of an Interlock that was killed is ended');
      process.kill(pid, 'SIGKILL');
      while (this.#isLeft(name, pid)) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /**
   * True if the process still runs and is really that part, not a later process with the same
   * number.
   */
  #isLeft(name: string, pid: number): boolean {
    const status = `/proc/${pid}`;
    if (!Number.isInteger(pid) || pid <= 1 || !existsSync(status)) return false;
    if (/^State:\s+Z/m.test(readFileSync(join(status, 'status'), 'utf8'))) return false;
    return readFileSync(join(status, 'cmdline'), 'utf8').includes(name);
  }

  /** Starts a program and keeps it running; `name` appears in its command line. */
  async start(name: string, program: GuardedProgram): Promise<Guarded> {
    const log = createWriteStream(this.home.path('logs', `${name}.log`), { flags: 'a', mode: 0o600 });
    const own: GuardedProgram = {
      ...program,
      pidFile: this.home.path('pids', name),
      onOutput: keptLines((line) => log.write(line)),
    };
    const guarded = await startGuarded(own);
    const child: Child = { guarded, log };
    this.#children.set(name, child);
    void this.#watch(name, own, child);
    return guarded;
  }

  async #watch(name: string, program: GuardedProgram, child: Child): Promise<void> {
    for (let failures = 0; ;) {
      const code = await child.guarded.ended;
      if (this.#stopping) return;
      this.logger.warn({ part: name, code }, 'a part ended and is started again');
      try {
        if (failures > 0)
          await new Promise((resolve) => setTimeout(resolve, Math.min(10_000, 250 * 2 ** failures)));
        if (this.#stopping) return;
        child.guarded = await startGuarded(program);
        failures = 0;
      } catch (error) {
        failures += 1;
        this.logger.error({ err: error, part: name }, 'a part could not be started again');
        if (failures > 8) {
          this.logger.fatal({ part: name }, 'gave up starting a part');
          process.kill(process.pid, 'SIGTERM');
          return;
        }
        child.guarded = { ...child.guarded, ended: Promise.resolve(1) };
      }
    }
  }

  /** The last output of a program; empty if it was not started. */
  output(name: string): string {
    return this.#children.get(name)?.guarded.output() ?? '';
  }

  /**
   * Signals the program itself, not its guard. It does nothing if the program has just ended,
   * because it is restarted then.
   */
  signal(name: string, signal: NodeJS.Signals): void {
    const pid = Number(readFileSync(this.home.path('pids', name), 'utf8'));
    if (this.#isLeft(name, pid)) process.kill(pid, signal);
  }

  /** Ends the programs in the given order; unnamed ones come last. */
  async stop(order: readonly string[]): Promise<void> {
    this.#stopping = true;
    const names = [...order, ...[...this.#children.keys()].filter((name) => !order.includes(name))];
    for (const name of names) {
      const child = this.#children.get(name);
      await child?.guarded.stop();
      child?.log.end();
    }
  }
}
