import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startGuarded } from '../src/index.js';

const guard = fileURLToPath(new URL('../bin/guard.js', import.meta.url));
const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
const gone = async (pid: number): Promise<void> => {
  while (isAlive(pid))
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
};
const program = (script: string): readonly string[] => ['-e', script];

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'interlock-guard-'));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe('a guarded program', () => {
  it('is up after its ready line, reports its output and pid, and ends when stopped', async () => {
    const pidFile = join(dir, 'a.pid');
    const lines: string[] = [];
    const guarded = await startGuarded({
      program: process.execPath,
      args: program('process.stdout.write("port 42\\n"); setInterval(() => {}, 1000)'),
      ready: /port (\d+)/,
      pidFile,
      onOutput: (text) => {
        lines.push(text);
      },
    });
    expect(guarded.match[1]).toBe('42');
    expect(lines.join('')).toContain('port 42');
    const pid = Number(readFileSync(pidFile, 'utf8'));
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
    const pidFile = join(dir, 'b.pid');
    const settings = JSON.stringify({
      program: process.execPath,
      args: program('setInterval(() => {}, 1000); process.stdout.write("up\\n")'),
      pidFile,
    });
    const parent = spawn(
      process.execPath,
      [
        '-e',
        `const c = require("node:child_process").spawn(process.execPath, [${JSON.stringify(guard)}, ${JSON.stringify(settings)}], { stdio: ["pipe", "inherit", "inherit"], detached: true }); setInterval(() => {}, 1000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await new Promise<void>((resolve) => {
      parent.stdout.once('data', () => {
        resolve();
      });
    });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await gone(pid);
  });

  it('a free port is free, different each time, and outside the range of the system', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
    expect(ports.every((port) => port > 1023 && port < 32_768)).toBe(true);
    expect(new Set(ports).size).toBe(50);
  });
});
