import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { root } from '../run/node.mjs';
import { exitCodeOf } from '../run/process.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-process-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function script(name: string, body: string): string {
  const file = join(folder, name);
  writeFileSync(file, body);
  return file;
}

const parts = JSON.stringify(join(root, 'tools/run/process.mjs'));

/** Starts a script, as `npm` would start ours. */
function start(file: string, args: readonly string[] = []) {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return { child, ended, stdout: text(child.stdout), stderr: text(child.stderr) };
}

describe('an exit code', () => {
  it('is the code, or 128 and the number of the signal', () => {
    expect([
      exitCodeOf(3, null),
      exitCodeOf(null, 'SIGTERM'),
      exitCodeOf(null, 'SIGKILL'),
      exitCodeOf(null, null),
    ]).toEqual([3, 143, 137, 1]);
  });
});

describe('a program run in the foreground', () => {
  it('gets our signals, and we end with its code', async () => {
    const inner = script(
      'inner.mjs',
      "process.on('SIGTERM', () => { process.stdout.write('told'); process.exit(7); });\nsetInterval(() => undefined, 1000);\nprocess.stdout.write('ready ');",
    );
    const outer = script(
      'outer.mjs',
      `import { run } from ${parts};\nprocess.exitCode = await run(process.execPath, [${JSON.stringify(inner)}]);`,
    );
    const { child, ended, stdout } = start(outer);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await ended).toEqual([7, null]);
    expect(await stdout).toMatch(/told$/);
  });

  it('is asked to stop when the shell that started us dies of a signal', async () => {
    const inner = script(
      'inner.mjs',
      "process.on('SIGTERM', () => { process.stdout.write('told'); process.exit(0); });\nsetInterval(() => undefined, 1000);\nprocess.stdout.write('ready ');",
    );
    const outer = script(
      'outer.mjs',
      `import { run } from ${parts};\nprocess.exitCode = await run(process.execPath, [${JSON.stringify(inner)}], { withParent: true });`,
    );
    const shell = script(
      'shell.mjs',
      `import { spawn } from 'node:child_process';\nspawn(process.execPath, [${JSON.stringify(outer)}], { stdio: 'inherit' });`,
    );
    const { child, ended, stdout } = start(shell);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(await stdout).toMatch(/told$/);
  });

  it('that cannot be started is an expected failure', async () => {
    const outer = script(
      'outer.mjs',
      `import { run } from ${parts};\nawait run('/nowhere/program', []).catch((error) => process.stdout.write(error.constructor.name + ': ' + error.message));`,
    );
    const { ended, stdout } = start(outer);
    await ended;
    expect(await stdout).toMatch(/^Failure: `\/nowhere\/program` could not be started: /);
  });
});

describe('a process that becomes a script', () => {
  it('hands over its arguments, its input and its output, and prints nothing itself', async () => {
    const inner = script(
      'inner.mjs',
      "let heard = '';\nfor await (const chunk of process.stdin) heard += chunk;\nprocess.stdout.write(JSON.stringify({ args: process.argv.slice(2), heard, pid: process.pid }));\nprocess.exitCode = 4;",
    );
    const outer = script(
      'outer.mjs',
      `import { become } from ${parts};\nprocess.exitCode = await become([${JSON.stringify(inner)}, ...process.argv.slice(2)]);`,
    );
    const { child, ended, stdout, stderr } = start(outer, ['--a', 'b c']);
    child.stdin.end('hello');
    expect(await ended).toEqual([4, null]);
    const said = JSON.parse(await stdout) as { args: string[]; heard: string; pid: number };
    expect(said).toMatchObject({ args: ['--a', 'b c'], heard: 'hello' });
    expect(await stderr).toBe('');
    if (process.platform !== 'win32') expect(said.pid).toBe(child.pid);
  });
});

describe('the first step', () => {
  it.each([
    ['no command', [], 0],
    ['an unknown one', ['frobnicate'], 2],
    ['the name of an inherited property', ['constructor'], 2],
  ])('answers %s with its usage', async (_what, args, code) => {
    const { ended, stderr, stdout } = start(join(root, 'tools/run.mjs'), args);
    expect(await ended).toEqual([code, null]);
    expect(await stderr).toMatch(/^usage: node tools\/run\.mjs <command>/);
    expect(await stdout).toBe('');
  });
});
