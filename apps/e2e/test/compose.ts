import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scopes } from '@interlock/contracts';
import { createDevIssuer, type DevIssuer } from '@interlock/platform';
import { freePort } from '@interlock/testing';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const most = { maxBuffer: 256 * 1024 * 1024 };

/** Runs a program of the host; returns its output. */
export const host = async (program: string, ...args: readonly string[]): Promise<string> =>
  (await execute(program, args, most)).stdout.trim();
export const docker = (...args: readonly string[]): Promise<string> => host('docker', ...args);

let made = 0;

/** The stack of the compose files with the demo, in a project of its own and at free ports. */
export class Compose {
  readonly #files: readonly string[];
  readonly #project: string;
  readonly #keys = mkdtempSync(join(tmpdir(), 'interlock-compose-'));
  #ports: readonly number[] = [];
  #issuer: DevIssuer | undefined;
  /** Settings of the compose files; a changed one holds from the next `up`. */
  readonly settings: { [name: string]: string } = {};

  constructor(...files: readonly string[]) {
    made += 1;
    this.#project = `interlock-test-${process.pid}-${made}`;
    this.#files = files;
  }

  /** Builds the image, and chooses the ports of both edges. */
  async prepare(): Promise<void> {
    this.#ports = [await freePort(), await freePort()];
    await this.run('build', 'edge');
  }

  /** Where the edges are. */
  get edges(): readonly [string, string] {
    const [first, second] = this.#ports.map((port) => `http://127.0.0.1:${port}`);
    return [first!, second!];
  }

  async run(...args: readonly string[]): Promise<string> {
    const files = this.#files.flatMap((file) => ['-f', file]);
    const { stdout } = await execute(
      'docker',
      ['compose', '-p', this.#project, ...files, '--profile', 'demo', ...args],
      {
        cwd: root,
        env: {
          ...process.env,
          INTERLOCK_PORT: `${this.#ports[0]}`,
          INTERLOCK_SECOND_PORT: `${this.#ports[1]}`,
          ...this.settings,
        },
        ...most,
      },
    );
    return stdout.trim();
  }

  /** The names of the running containers; of one service, if it is named. */
  async containers(...of: readonly string[]): Promise<readonly string[]> {
    const names = await this.run('ps', '--format', '{{.Name}}', ...of);
    return names.split('\n').filter((name) => name !== '');
  }

  /** A container's name without the project. */
  short(container: string): string {
    return container.replace(`${this.#project}-`, '');
  }

  async exec(service: string, ...args: readonly string[]): Promise<string> {
    return this.run('exec', '-T', service, ...args);
  }

  async inspect(service: string, format: string): Promise<string> {
    const [container = ''] = await this.containers(service);
    return docker('inspect', '--format', format, container);
  }

  /** All lines of the demo with a word: the time, the word, the cell, the id. */
  async demoLines(word: string): Promise<readonly (readonly string[])[]> {
    const lines = (await this.run('logs', '--no-log-prefix', 'demo')).split('\n');
    return lines.filter((line) => line.includes(` ${word} `)).map((line) => line.trim().split(' '));
  }

  /** A token of the installation's own issuer: a person of the tenant `demo`, with all scopes. */
  async token(sub: string): Promise<string> {
    if (this.#issuer === undefined) {
      const key = await this.exec('edge', 'cat', '/run/interlock/dev-issuer.jwk.json');
      writeFileSync(join(this.#keys, 'dev-issuer.jwk.json'), key, { mode: 0o600 });
      this.#issuer = await createDevIssuer(this.#keys);
    }
    return this.#issuer.token({ tenant: 'demo', scopes, sub, kind: 'person' });
  }

  async down(): Promise<void> {
    await this.run('down', '--volumes', '--timeout', '5');
    rmSync(this.#keys, { recursive: true, force: true });
  }
}
