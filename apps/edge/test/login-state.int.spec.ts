import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { LoginState } from '../src/main.js';
import { VersionedFile } from '../src/console/versioned-file.js';

const folder = mkdtempSync(join(tmpdir(), 'interlock-login-state-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = new URL('../dist/console/login-state.js', import.meta.url).href;
const later = Math.floor(Date.now() / 1000) + 3600;

/** A process that reports when it is ready, and runs the rest of the script when told to. */
const processOf = (script: string): { readonly ready: Promise<void>; readonly go: () => Promise<string> } => {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { LoginState } from ${JSON.stringify(program)};
      process.stdout.write('ready\\n');
      process.stdin.once('data', () => { ${script}; process.stdin.destroy(); });`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let said = '';
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`the process ended with ${String(code)}`));
    });
  });
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.startsWith('ready')) resolve();
    });
  });
  return {
    ready,
    go: () => {
      child.stdin.write('go\n');
      return ended;
    },
  };
};

describe('the list of sessions, changed by several processes at once', () => {
  it('loses no writes, and accepts an invitation once', async () => {
    const file = join(folder, 'shared.json');
    const invitation = new LoginState(file).invite('ann');
    const each = 40;
    const processes = ['a', 'b', 'c'].map((name) =>
      processOf(`const state = new LoginState(${JSON.stringify(file)});
        for (let i = 0; i < ${each}; i++) state.revoke('${name}' + i, ${later});
        try { process.stdout.write(state.redeem(${JSON.stringify(invitation)})); } catch { }`),
    );
    await Promise.all(processes.map(({ ready }) => ready));
    const said = await Promise.all(processes.map(({ go }) => go()));
    expect(said.filter((text) => text.includes('ann'))).toHaveLength(1);
    const state = new LoginState(file);
    const lost = ['a', 'b', 'c'].flatMap((name) =>
      Array.from({ length: each }, (_, i) => `${name}${i}`).filter(
        (id) => !state.isRevoked(id, 'ann', later),
      ),
    );
    expect(lost).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.startsWith('shared.json')).length).toBeLessThan(20);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('continues from the file of an earlier release', () => {
    const file = join(folder, 'before.json');
    const before = { sessions: [], invitations: [], revoked: { old: later }, ended_before: {} };
    writeFileSync(file, JSON.stringify(before));
    const state = new LoginState(file);
    expect(state.isNew).toBe(false);
    state.revoke('new', later);
    for (const one of [state, new LoginState(file)])
      expect(['old', 'new', 'other'].map((id) => one.isRevoked(id, 'ann', later))).toEqual([
        true,
        true,
        false,
      ]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(before);
  });
});

describe('a version of a file', () => {
  it('is created by one process only, and not by a process that read a version long gone', () => {
    const file = new VersionedFile(join(folder, 'versions'));
    expect([file.exists, file.read()]).toEqual([false, { version: 0, text: undefined }]);
    expect([file.add(0, 'one'), file.add(0, 'another one')]).toEqual([true, false]);
    for (let version = 1; version < 30; version += 1)
      expect(file.add(version, `after ${version}`)).toBe(true);
    // The next files are gone, so creating them would succeed.
    for (const gone of [0, 1, 2, 5, 13]) expect(file.add(gone, 'from long ago')).toBe(false);
    expect(file.read()).toEqual({ version: 30, text: 'after 29' });
    expect(file.newest()).toBe(30);
  });
});
