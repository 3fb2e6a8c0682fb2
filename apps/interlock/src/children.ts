import { createWriteStream, existsSync, readdirSync, readFileSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { startGuarded, type Guarded, type GuardedProgram } from '@interlock/embedded';
import type { Logger } from 'pino';
import type { Home } from './home.js';

type Child = { guarded: Guarded; readonly log: WriteStream };

/**
 * Hands on whole lines without the secrets that a program tells its starter: the simulator writes
 * its devices' passwords and the address of its control API, which holds a key.
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
 * Programs that Interlock starts: their output in the home's logs, ended with it however it ends,
 * started again when they end by themselves.
 */
export class Children {
  readonly #children = new Map<string, Child>();
  #stopping = false;

  constructor(
    private readonly home: Home,
    private readonly logger: Logger,
  ) {}

  /** Ends what an Interlock that was killed together with its guards left behind. */
  async endLeftovers(): Promise<void> {
    for (const name of readdirSync(this.home.path('pids'))) {
      const pid = Number(readFileSync(this.home.path('pids', name), 'utf8'));
      if (!this.#isLeft(name, pid)) continue;
      this.logger.warn({ part: name, pid }, 'a part of an Interlock that was killed is ended');
      process.kill(pid, 'SIGKILL');
      while (this.#isLeft(name, pid))
        await new Promise((resolve) => {
          setTimeout(resolve, 20);
        });
    }
  }

  /** The process still runs, and it is the part and no other that got its number since. */
  #isLeft(name: string, pid: number): boolean {
    const status = `/proc/${pid}`;
    if (!Number.isInteger(pid) || pid <= 1 || !existsSync(status)) return false;
    if (/^State:\s+Z/m.test(readFileSync(join(status, 'status'), 'utf8'))) return false;
    return readFileSync(join(status, 'cmdline'), 'utf8').includes(name);
  }

  /** Starts a program and keeps it running; `name` stands in its command line. */
  async start(name: string, program: GuardedProgram): Promise<Guarded> {
    const log = createWriteStream(this.home.path('logs', `${name}.log`), { flags: 'a', mode: 0o600 });
    const own: GuardedProgram = {
      ...program,
      pidFile: this.home.path('pids', name),
      onOutput: keptLines((line) => {
        log.write(line);
      }),
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
          await new Promise((resolve) => {
            setTimeout(resolve, Math.min(10_000, 250 * 2 ** failures));
          });
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

  /** What a program wrote last; empty where it was not started. */
  output(name: string): string {
    return this.#children.get(name)?.guarded.output() ?? '';
  }

  /**
   * Signals the program itself, not its guard; nothing happens where it has just ended, for it is
   * started again.
   */
  signal(name: string, signal: NodeJS.Signals): void {
    const pid = Number(readFileSync(this.home.path('pids', name), 'utf8'));
    if (this.#isLeft(name, pid)) process.kill(pid, signal);
  }

  /** Ends them in the given order; what is not named comes last. */
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
