import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startGuarded } from '../src/index.js';

const built = new URL('../dist/index.js', import.meta.url).href;
const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
const gone = async (pid: number): Promise<void> => {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
};
const parentOf = (pid: number): number =>
  Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);

/** A process that starts guarded programs when it is asked to, and can be killed. */
const startStarter = async (): Promise<{
  readonly start: (name: string) => Promise<number>;
  /** Resolves when it says so; of a program's end it says `FILE ended with CODE`. */
  readonly said: (what: string) => Promise<void>;
  readonly kill: () => void;
}> => {
  const script = `
    const { startGuarded } = await import(${JSON.stringify(built)});
    process.on('message', async (pidFile) => {
      const up = 'setInterval(() => {}, 1000); process.stdout.write("up\\\\n")';
      const { ended } = await startGuarded({ program: process.execPath, args: ['-e', up], pidFile, ready: /up/ });
      void ended.then((code) => process.send(pidFile + ' ended with ' + code));
      process.send(pidFile);
    });
    process.send('ready');`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const said = (what: string): Promise<void> =>
    new Promise((resolve) => {
      const listen = (message: unknown): void => {
        if (message !== what) return;
        starter.off('message', listen);
        resolve();
      };
      starter.on('message', listen);
    });
  await said('ready');
  return {
    start: async (name) => {
      const file = join(dir, `${name}.pid`);
      const started = said(file);
      starter.send(file);
      await started;
      return Number(readFileSync(file, 'utf8'));
    },
    said,
    kill: () => starter.kill('SIGKILL'),
  };
};
const program = (script: string): readonly string[] => ['-e', script];

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'interlock-guard-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a guarded program', () => {
  it('is up after its ready line, reports its output and pid, and ends when stopped', async () => {
    const pidFile = join(dir, 'a.pid');
    const lines: string[] = [];
    const guarded = await startGuarded({
      program: process.execPath,
      args: program('process.stdout.write("port 42\\n"); setInterval(() => {}, 1000)'),
      ready: /port (\d+)/,
      pidFile,
      onOutput: (text) => lines.push(text),
    });
    expect(guarded.match[1]).toBe('42');
    expect(lines.join('')).toContain('port 42');
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect(guarded.pid).toBe(pid);
    expect(isAlive(pid)).toBe(true);
    await guarded.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it('that ends before it is up fails with its output', async () => {
    await expect(
      startGuarded({
        program: process.execPath,
        args: program('process.stderr.write("no room"); process.exit(3)'),
        ready: /never/,
      }),
    ).rejects.toThrow(/ended with 3: no room/);
  });

  it('that does not exist fails with a clear error', async () => {
    await expect(startGuarded({ program: '/does/not/exist', args: [], ready: /is up/ })).rejects.toThrow(
      /ENOENT/,
    );
  });

  it('resolves `ended` when it ends by itself', async () => {
    const guarded = await startGuarded({
      program: process.execPath,
      args: program('process.stdout.write("up\\n"); process.stdin; setTimeout(() => process.exit(7), 20)'),
      ready: /up/,
    });
    expect(await guarded.ended).toBe(7);
  });

  it('ends with its starter, also when that is killed', async () => {
    const starter = await startStarter();
    const [first, second] = await Promise.all([starter.start('b'), starter.start('c')]);
    expect([isAlive(first), isAlive(second)]).toEqual([true, true]);
    starter.kill();
    await Promise.all([gone(first), gone(second)]);
  });

  it('ends with its guard, which is reported, and another guard takes the next', async () => {
    // The guard of this process has servers that suites share, so a process of its own loses one.
    const starter = await startStarter();
    const first = await starter.start('d');
    const ended = starter.said(`${join(dir, 'd.pid')} ended with null`);
    process.kill(parentOf(first), 'SIGKILL');
    await Promise.all([ended, gone(first)]);
    const next = await starter.start('e');
    expect(isAlive(next)).toBe(true);
    starter.kill();
    await gone(next);
  });

  it('that ignores its signal is killed, and its directories are removed', async () => {
    const folder = mkdtempSync(join(dir, 'own-'));
    const guarded = await startGuarded({
      program: process.execPath,
      args: program(
        'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); process.stdout.write("up\\n")',
      ),
      ready: /up/,
      remove: [folder],
    });
    await guarded.stop();
    expect([isAlive(guarded.pid), existsSync(folder)]).toEqual([false, false]);
  });

  it('whose pid file cannot be written is ended, and the others go on', async () => {
    const script = program('process.stdout.write("up\\n"); setInterval(() => {}, 1000)');
    const other = await startGuarded({ program: process.execPath, args: script, ready: /up/ });
    await expect(
      startGuarded({
        program: process.execPath,
        args: script,
        ready: /up/,
        pidFile: join(dir, 'nowhere', 'e.pid'),
      }),
    ).rejects.toThrow(/ENOENT/);
    expect(isAlive(other.pid)).toBe(true);
    await other.stop();
  });

  it('a free port is free, different each time, and outside the range of the system', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
    expect(ports.every((port) => port > 1023 && port < 32_768)).toBe(true);
    expect(new Set(ports).size).toBe(50);
  });
});
