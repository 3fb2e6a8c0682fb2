import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Simulator } from '../src/index.js';
import { describeWith } from './left-out.js';
import { demoFleet } from '../src/fleet.js';
import { device, power, simulate } from './parts.js';

const python = ['python3', '/usr/bin/python3'].find(
  (one) => spawnSync(one, ['-c', 'import ncclient']).status === 0,
);
const scriptAt = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const drive = async (
  program: string,
  script: string,
  args: readonly string[],
): Promise<{ code: number | null; out: string; err: string }> => {
  const child = spawn(program, [scriptAt(script), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
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
    const { code, out, err } = await drive(python ?? '', 'drive.py', [
      host,
      String(port),
      username,
      password,
    ]);
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

  it('supports every operation, with its options and refusals', async () => {
    const [own, plain] = demoFleet();
    const both = await simulate({ devices: [own!, { ...plain!, profile: 'ericsson' }] });
    const [first, second] = [device(both), device(both, 1)];
    const args = [first, second].flatMap(({ port, password }) => [String(port), password]);
    const { code, out, err } = await drive(python ?? '', 'operations.py', [
      first.host,
      first.username,
      ...args,
    ]).finally(() => both.stop());
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toEqual({
      get_state: true,
      get_filtered: true,
      config_whole: true,
      config_by_key: ['cell-001-2'],
      config_leaf_only: true,
      xpath_filter: 'bad-attribute',
      no_such_store: 'invalid-value',
      merge: 411,
      replace: 412,
      create: true,
      create_again: 'data-exists',
      delete: false,
      delete_again: 'data-missing',
      remove_again: true,
      none: 413,
      test_only: 413,
      set: 414,
      rollback_on_error: ['invalid-value', 414],
      continue_on_error: 'operation-not-supported',
      discard: 400,
      validate: true,
      validate_inline: 'invalid-value',
      copy_config: 400,
      copy_to_itself: 'invalid-value',
      locked: 'lock-denied',
      unlocked: true,
      unlock_of_none: 'operation-failed',
      subscribed: true,
      no_such_stream: 'invalid-value',
      tentative: 420,
      wrong_persist_id: 'invalid-value',
      confirmed: 420,
      cancelled: 420,
      heard: ['start', 'complete', 'start', 'cancel'].map((event) => `netconf-confirmed-commit ${event}`),
      schema: true,
      schema_unknown: 'invalid-value',
      dispatch: true,
      dispatch_unknown: 'operation-not-supported',
      kill_itself: 'invalid-value',
      killed: true,
      delete_candidate: 'operation-not-supported',
      closed: true,
      plain: [false, true],
      running_edited: 405,
      startup_before: 400,
      startup_after: 405,
      deleted: {},
      delete_running: 'operation-not-supported',
    });
  });
});
