import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { root } from '../run/node.mjs';

type RunResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A clone without installed packages and without a build. */
let clone = '';
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'interlock-clone-'));
  mkdirSync(join(clone, 'apps/interlock'), { recursive: true });
  for (const path of [
    'package.json',
    'package-lock.json',
    'tools',
    'apps/interlock/package.json',
    'apps/interlock/bin',
  ])
    cpSync(join(root, path), join(clone, path), { recursive: true });
});
afterAll(() => rmSync(clone, { recursive: true }));

const run = async (folder: string, ...args: readonly string[]): Promise<RunResult> => {
  const child = spawn(process.execPath, [join(folder, 'tools/run.mjs'), ...args], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', INTERLOCK_RUN: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'exit') as Promise<[number]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
};

describe('before anything is installed or built', () => {
  it('npm start -- --help prints the usage', async () => {
    const { code, stdout, stderr } = await run(clone, 'start', '--help');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^usage: npm start -- \[options\]\n/);
    for (const option of ['--port', '--home', '--no-demo', '--processes', '--workers', '--help'])
      expect(stdout).toContain(option);
    const page = readFileSync(join(root, 'docs/operating.md'), 'utf8');
    for (const [option] of stdout.matchAll(/^ {2}--[a-z-]+(?: [A-Z]+)?/gm))
      expect(page).toContain(`| \`${option.trim()}\``);
  });

  it.each([['--nope'], ['stray'], ['--port', 'x'], ['--port', '']])(
    'npm start -- %s %s is refused with the usage',
    async (...args) => {
      const { code, stdout, stderr } = await run(clone, 'start', ...args);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^interlock: .*\n(?:.*\n)*usage: npm start/);
      expect(stderr).not.toContain('installing');
    },
  );

  it('npm start names a taken port, and the option to change it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await run(clone, 'start', '--port', `${port}`);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    expect([code, stderr.split('\n').length]).toEqual([1, 2]);
    expect(stderr).toMatch(
      new RegExp(`^interlock: port ${port} is taken.* choose another port with --port or INTERLOCK_PORT\n$`),
    );
  });

  it('the client shows its version, and for its commands how to build it', async () => {
    expect(await run(clone, 'cli', '--version')).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
    const { code, stdout, stderr } = await run(clone, 'cli', '--help');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('npm run setup');
    expect(existsSync(join(clone, 'node_modules'))).toBe(false);
  });
});

describe('after a build', () => {
  it('the client answers help and version from the build', async () => {
    const { code, stdout } = await run(root, 'cli', '--help');
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'Usage: interlock [options] [command]']);
    expect((await run(root, 'cli', '--version')).stdout).toBe('0.1.0\n');
  });
});
