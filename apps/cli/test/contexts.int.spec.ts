import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bareEnvironment, buildApps } from '@interlock/testing';
import { changeContexts, readContexts, type Contexts } from '../src/connection/contexts.js';
import { root } from './cli-home.js';

const module = pathToFileURL(join(root, 'apps', 'cli', 'dist', 'connection', 'contexts.js')).href;
const [commands, changes, killed] = [6, 30, 4];
let folder: string;
const env = (): { readonly INTERLOCK_CONFIG_DIR: string } => ({ INTERLOCK_CONFIG_DIR: folder });

/** Runs a program that changes the contexts; returns how it ended, and its error output. */
const run = (program: string): Promise<readonly [NodeJS.Signals | number | null, string]> => {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { closeSync, openSync, rmSync } from 'node:fs'; import { changeContexts } from '${module}'; ${program}`,
    ],
    { env: { ...bareEnvironment, ...env() } },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve([signal ?? code, said]));
  });
};
/**
 * Increments a counter over a few turns of the loop; fails if another command is inside at the same
 * time.
 */
const counts = (): string => `
  const inside = ${JSON.stringify(join(folder, 'inside'))};
  for (let i = 0; i < ${changes}; i += 1)
    await changeContexts(async ({ current, contexts }) => {
      closeSync(openSync(inside, 'wx'));
      for (let n = 0; n < 5; n += 1) await new Promise(setImmediate);
      rmSync(inside);
      return { current: String(Number(current ?? 0) + 1), contexts };
    });`;
const dies = `await changeContexts(() => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => undefined); });`;

/** Makes the holder of the turn look silent for a minute. */
const age = (): void => {
  const then = new Date(Date.now() - 60_000);
  for (const name of readdirSync(folder))
    if (name.includes('.lock.')) utimesSync(join(folder, name), then, then);
};
const named =
  (name: string) =>
  ({ contexts }: Contexts): Contexts => ({
    current: name,
    contexts: { ...contexts, [name]: { url: 'http://x', credential: null } },
  });

beforeAll(() => buildApps('apps/cli'));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-contexts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('simultaneous commands that change the contexts', () => {
  it('run one after the other, even if one of them was killed meanwhile', async () => {
    const counting = Promise.all(Array.from({ length: commands }, () => run(counts())));
    for (let i = 0; i < killed; i += 1) {
      expect(await run(dies)).toEqual(['SIGKILL', '']);
      age();
    }
    expect(await counting).toEqual(Array(commands).fill([0, '']));
    expect(readContexts(env()).current).toBe(`${commands * changes}`);
    expect(readdirSync(folder).filter((name) => !name.includes('.lock.'))).toEqual(['contexts.json']);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(statSync(join(folder, 'contexts.json')).mode & 0o777).toBe(0o600);
  });

  it('write nothing if another has had the turn meanwhile', async () => {
    const late = changeContexts(async (contexts) => {
      age();
      await changeContexts(named('other'), env());
      return named('late')(contexts);
    }, env());
    await expect(late).rejects.toThrow('was given to another command');
    expect(readContexts(env())).toMatchObject({ current: 'other', contexts: { other: {} } });
    await changeContexts(named('next'), env());
    expect(Object.keys(readContexts(env()).contexts)).toEqual(['other', 'next']);
  });

  it('let the next one in if one fails', async () => {
    await expect(
      changeContexts(() => {
        throw new Error('no');
      }, env()),
    ).rejects.toThrow('no');
    await changeContexts(named('next'), env());
    expect(JSON.parse(readFileSync(join(folder, 'contexts.json'), 'utf8'))).toMatchObject({
      current: 'next',
    });
  });
});
