import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keysOf, verifierText, type KeyChain } from '@interlock/tree';
import { buildApps, commandLine, runProgram, type RunResult } from '@interlock/testing';

let dir: string;

const keys = (...args: readonly string[]): Promise<RunResult> =>
  runProgram(process.execPath, [commandLine, 'audit', 'keys', ...args, '--dir', dir]);

beforeAll(async () => {
  await buildApps('apps/cli');
  dir = join(mkdtempSync(join(tmpdir(), 'interlock-keys-')), 'keys');
});
afterAll(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

describe('interlock audit keys', () => {
  it('makes a first key that only its owner can read, and never a second first key', async () => {
    const { code, stdout } = await keys('new', '--origin', 'log.example/one');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 {2}log\.example\/one\+[0-9a-f]{8}\+\S+ {2}signs\n$/);
    expect([statSync(dir).mode & 0o777, statSync(join(dir, '1.pem')).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(await keys('new')).toMatchObject({ code: 1, stderr: expect.stringContaining('rotate') });
  });

  it('rotates to a key that the current one signs for', async () => {
    const { code, stdout } = await keys('rotate');
    expect([code, stdout.trim().split('\n').length]).toEqual([0, 2]);
    const chain = JSON.parse((await keys('show', '--json')).stdout) as KeyChain;
    expect(keysOf(chain)!.map((key) => verifierText(key))).toEqual(
      [1, 2].map((n) => readFileSync(join(dir, `${n}.vkey`), 'utf8').trim()),
    );
    expect((await keys('show')).stdout).toBe(stdout);
    expect(readdirSync(dir).map((name) => statSync(join(dir, name)).mode & 0o777)).toEqual(
      Array(5).fill(0o600),
    );
  });

  it('continues an interrupted rotation, and prints no private part', async () => {
    writeFileSync(join(dir, '3.pem'), 'half');
    expect((await keys('rotate')).code).toBe(0);
    expect(readdirSync(dir).sort()).toEqual([
      '1.pem',
      '1.vkey',
      '2.pem',
      '2.rotation',
      '2.vkey',
      '3.pem',
      '3.rotation',
      '3.vkey',
    ]);
    rmSync(join(dir, '3.pem'));
    const refused = await keys('rotate');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('3.pem') });
    writeFileSync(join(dir, '2.rotation'), readFileSync(join(dir, '2.pem'), 'utf8'));
    const broken = await keys('show');
    expect(broken.code).toBe(1);
    expect(broken.stderr + broken.stdout + refused.stderr).not.toContain(
      readFileSync(join(dir, '2.pem'), 'utf8').split('\n')[1],
    );
  });

  it('refuses a name that no log can have', async () => {
    dir = join(dir, '..', 'other');
    expect((await keys('new', '--origin', 'a b')).code).toBe(2);
    expect(await keys('show')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no folder'),
    });
  });
});
