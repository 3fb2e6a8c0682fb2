import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandLine, startGuarded } from '@interlock/testing';
import { cli, home } from './cli-home.js';

const folder = mkdtempSync(join(tmpdir(), 'interlock-sim-'));
let started: Awaited<ReturnType<typeof startGuarded>>;

beforeAll(async () => {
  started = await startGuarded({
    program: process.execPath,
    args: [commandLine, '--home', home]
      .concat('sim', 'start', '--state', folder)
      .concat('--count', '2', '--profile', 'nokia', '--output', 'name'),
    remove: [folder],
    ready: /^gnb-001\ngnb-002$/m,
  });
});
afterAll(() => started.stop());

const sim = (command: string, ...args: readonly string[]) => cli('sim', command, ...args, '--state', folder);
/** What the simulator itself says. */
const says = async (path: string): Promise<unknown> =>
  (await fetch(`${readFileSync(join(folder, 'control'), 'utf8')}${path}`)).json();
const cellOf = async (id: string): Promise<unknown> =>
  ((await says('/cells')) as { readonly cells: readonly { readonly cell_id: string }[] }).cells.find(
    ({ cell_id }) => cell_id === id,
  );

describe('interlock sim', () => {
  it('starts devices of a profile, lists them, and keeps the address of their control to its user', async () => {
    const { stdout } = await sim('list', '--output', 'json');
    expect((JSON.parse(stdout) as { items: unknown[] }).items).toMatchObject([
      { device_id: 'gnb-001', profile: 'nokia', cells: ['cell-001-1', 'cell-001-2', 'cell-001-3'] },
      { device_id: 'gnb-002', profile: 'nokia' },
    ]);
    expect(statSync(join(folder, 'control')).mode & 0o777).toBe(0o600);
    expect(await sim('start', '--count', '1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('already runs'),
    });
  });

  it.each([
    ['acme', /^device-simulator: model `acme` is not known/],
    [join(folder, 'binding.json'), /^device-simulator: \/.*\/binding\.json: .*\/module /],
  ])('refuses a model in one sentence: %s', async (model, said) => {
    writeFileSync(join(folder, 'binding.json'), '{}');
    const elsewhere = ['--state', mkdtempSync(join(folder, 'elsewhere-'))];
    const { code, stderr } = await cli('sim', 'start', '--model', model, ...elsewhere);
    expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
    expect(stderr).not.toContain('    at ');
  });

  it('breaks a device by a fault with its settings, and heals it', async () => {
    const broken = await sim('break', 'gnb-001', 'latency', '--operation', 'commit', '--set', 'ms=5');
    expect(broken).toMatchObject({ code: 0, stdout: 'gnb-001: latency\n' });
    await sim('break', 'gnb-001', 'commit_fails', '--times', '2');
    expect(await says('/devices/gnb-001/faults')).toEqual({
      faults: [
        { kind: 'latency', ms: 5, operation: 'commit' },
        { kind: 'commit_fails', times: 2 },
      ],
    });
    await sim('break', 'cell-001-2', 'degrade');
    expect(await cellOf('cell-001-2')).toMatchObject({ degraded: true });
    expect((await sim('heal', 'gnb-001')).code).toBe(0);
    expect(await says('/devices/gnb-001/faults')).toEqual({ faults: [] });
    expect(await cellOf('cell-001-2')).toMatchObject({ degraded: false });
  });

  it('gives a cell so many users', async () => {
    expect((await sim('load', 'cell-002-1', '7')).code).toBe(0);
    const { kpis } = (await cellOf('cell-002-1')) as { readonly kpis: { readonly users: number } };
    expect(kpis.users).toBeLessThan(20);
  });

  it('says what it does not know', async () => {
    const faults = await Promise.all([
      sim('break', 'gnb-009', 'latency', '--set', 'ms=5'),
      sim('break', 'gnb-001', 'melts'),
      sim('load', 'cell-002-1', 'many'),
      cli('sim', 'list', '--state', join(folder, 'elsewhere')),
    ]);
    expect(faults.map(({ code }) => code)).toEqual([1, 1, 2, 1]);
    expect(faults.map(({ stderr }) => stderr)).toEqual([
      expect.stringContaining('there is no device `gnb-009`'),
      expect.stringContaining('fault `melts` is not known'),
      expect.stringContaining('is not a whole number'),
      expect.stringContaining('start one with `interlock sim start`'),
    ]);
  });
});
