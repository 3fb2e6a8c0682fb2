import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { commandLine } from '@interlock/testing';

/**
 * A fenced `sh` block of a document. `refused`: the code after the language in its fence, ````
 * ```sh refused: CODE ``` .
 */
export type Block = { readonly line: number; readonly text: string; readonly refused: string | null };
export type BlockRun = { readonly ok: boolean; readonly output: string };

/** The blocks of a document, in order. */
export const blocksOf = (text: string): readonly Block[] =>
  [...text.matchAll(/^```sh(?: refused: ([\w-]+))?\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    text: match[2]!,
    refused: match[1] ?? null,
  }));

/**
 * One shell for a document's blocks, used like a reader's: variables, functions and files of a
 * block stay for the next ones. `interlock` is the client of the home. A command that fails, even
 * inside a pipe, fails its block.
 */
export class DocumentShell {
  readonly #shell: ChildProcessWithoutNullStreams;
  #output = '';
  #ended = false;
  #serial = 0;
  #running = false;
  #onOutput: () => void = () => undefined;

  constructor(folder: string, home: string, environment: { readonly [name: string]: string }) {
    const programs = join(folder, 'bin');
    mkdirSync(programs, { recursive: true });
    writeFileSync(
      join(programs, 'interlock'),
      `#!/bin/sh\nexec "${process.execPath}" "${commandLine}" --home "${home}" "$@"\n`,
    );
    // Like the root's script, run in the reader's folder. A watching command runs until its reader
    // ends it.
    writeFileSync(
      join(programs, 'npm'),
      `#!/bin/sh\n[ "$1 $2 $3 $4" = "run -s interlock --" ] || exit 2\nshift 4\ncase " $* " in\n*" watch ") timeout --signal INT 5 interlock "$@"; [ $? -eq 124 ];;\n*) exec interlock "$@";;\nesac\n`,
    );
    for (const name of ['interlock', 'npm']) chmodSync(join(programs, name), 0o755);
    const { NODE_OPTIONS: _options, INIT_CWD: _cwd, ...inherited } = process.env;
    this.#shell = spawn('bash', ['--noprofile', '--norc'], {
      cwd: folder,
      env: { ...inherited, ...environment, PATH: `${programs}${delimiter}${inherited['PATH'] ?? ''}` },
    });
    for (const stream of [this.#shell.stdout, this.#shell.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#onOutput();
      });
    }
    this.#shell.on('close', () => {
      this.#ended = true;
      this.#onOutput();
    });
    this.#shell.stdin.on('error', () => undefined);
    this.#shell.stdin.write('exec 2>&1\nset -E -o pipefail\n');
  }

  /** Runs a block to its end. A block marked as refused must fail and print the code. */
  async run({ text, refused }: Block): Promise<BlockRun> {
    if (this.#ended || this.#running)
      return {
        ok: false,
        output: this.#ended ? 'the shell has ended' : 'a block before has not come to its end',
      };
    this.#running = true;
    this.#serial += 1;
    const mark = `@@${this.#serial}@@`;
    this.#output = '';
    // INVARIANT: the block runs in the shell itself, so that its variables stay; the trap ends the
    // block at the first failing command.
    this.#shell.stdin.write(
      refused === null
        ? `failed=; trap 'failed=yes; printf "failed: %s\\n" "$BASH_COMMAND" >&2' ERR\n${text}\ntrap - ERR; printf '\\n%s%s\\n' '${mark}' "$failed"\n`
        : `( set -e\n${text}\n); code=$?; [ $code -ne 0 ] && failed= || failed=yes; printf '\\n%s%s\\n' '${mark}' "$failed"\n`,
    );
    const end = new RegExp(`^${mark}(yes)?$`, 'm');
    while (!this.#ended && !end.test(this.#output))
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve;
      });
    this.#running = false;
    const output = this.#output.replace(end, '').trim();
    const ok = end.exec(this.#output)?.[1] === undefined && !this.#ended;
    return {
      ok: ok && (refused === null || new RegExp(`(?<![\\w-])${refused}(?![\\w-])`).test(output)),
      output,
    };
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    const closed = new Promise<void>((resolve) => this.#shell.once('close', resolve));
    if (this.#running) this.#shell.kill('SIGKILL');
    else this.#shell.stdin.end();
    await closed;
  }
}
