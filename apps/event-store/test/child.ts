import { type ChildProcess, spawn, type SpawnOptions, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const app = fileURLToPath(new URL('..', import.meta.url));
const command = join(app, 'bin/interlock-event-store.js');

/**
 * Builds the command from the sources, because a separate process cannot run those; `npm test` has
 * already done so.
 */
export function build(): void {
  if (process.env['INTERLOCK_BUILT'] === '1') return;
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-b', app], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the build failed: ${stdout}`);
}

export type FinishedProcess = {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
};

/** The command in a separate process. */
export class Child {
  readonly #process: ChildProcess;
  readonly lines: string[] = [];
  readonly finished: Promise<FinishedProcess>;
  #errors = '';
  #waiting: (() => void)[] = [];

  /**
   * `through` are programs before it, such as the shell that sets limits; `options` are those of
   * the process.
   */
  constructor(
    args: readonly string[],
    {
      input = '',
      through = [],
      options = {},
    }: {
      readonly input?: string;
      readonly through?: readonly string[];
      readonly options?: SpawnOptions;
    } = {},
  ) {
    const [program = process.execPath, ...rest] = [
      ...through,
      process.execPath,
      '--no-warnings',
      command,
      ...args,
    ];
    this.#process = spawn(program, rest, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    const { stdin, stdout, stderr } = this.#process;
    stdin?.end(input);
    if (stdout === null || stderr === null) throw new Error('the child has no output');
    createInterface({ input: stdout }).on('line', (line) => {
      this.lines.push(line);
      this.#notify();
    });
    stderr.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
    this.finished = new Promise((resolve) => {
      this.#process.once('close', (code) => {
        resolve({ code, output: this.lines.join('\n'), errors: this.#errors });
        this.#notify();
      });
    });
  }

  /** Waits for the first line that matches. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      for (const line of this.lines) {
        const found = pattern.exec(line);
        if (found !== null) return found;
      }
      if (this.#process.exitCode !== null || this.#process.signalCode !== null)
        throw new Error(`the child ended: ${this.#errors}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Waits for the server and returns its port. */
  async listening(): Promise<number> {
    return Number((await this.line(/^listening .*:(\d+)$/))[1]);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  #notify(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
