import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Simulator } from '../src/index.js';
import { describeWith } from './left-out.js';
import { device, power, simulate } from './parts.js';

const python = ['python3', '/usr/bin/python3'].find(
  (one) => spawnSync(one, ['-c', 'import ncclient']).status === 0,
);
const SCRIPT = fileURLToPath(new URL('drive.py', import.meta.url));

const drive = async (
  program: string,
  args: readonly string[],
): Promise<{ code: number | null; out: string; err: string }> => {
  const child = spawn(program, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.on('data', (bytes: Buffer) => (said.out += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (said.err += bytes.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...said };
};

describeWith(python === undefined ? 'ncclient' : undefined, 'the simulator driven by ncclient', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await simulate();
  });
  afterAll(() => simulator.stop());

  it('supports every step of a change', async () => {
    const { host, port, username, password } = device(simulator);
    const { code, out, err } = await drive(python ?? '', [host, String(port), username, password]);
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toEqual({
      base11: true,
      confirmed: true,
      sessions_differ: true,
      start: 400,
      locked_for_others: 'lock-denied',
      validate: true,
      candidate: 410,
      running_before_commit: 400,
      committed: 410,
      tentative: 420,
      wrong_persist_id: 'invalid-value',
      confirmed_by_other: 420,
      cancelled_by_other: 420,
      after_kill: 420,
      discarded: 420,
      bad_value: 'invalid-value',
      bad_element: 'unknown-element',
      schema: true,
      state: [
        'availability_pct',
        'drop_rate_pct',
        'id',
        'latency_ms',
        'load_pct',
        'operationalState',
        'throughput_mbps',
        'users',
      ],
    });
    expect(power(simulator)).toBe(420);
  });
});
