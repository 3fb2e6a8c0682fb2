import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cli } from './cli-home.js';
import { answers, startAnswering, stopAnswering, waits } from './cli-server.js';

beforeAll(startAnswering);
afterAll(stopAnswering);

const path = '/api/v1/autonomous/actions';
const gates = ['posture', 'autonomy_mode', 'policy', 'blast_radius', 'budget'];
const action = (over: object = {}): object => ({
  action_id: waits,
  action_type: 'cell_failover',
  account_id: 'ran-north',
  accepted_at: '2026-01-01T00:00:00.000Z',
  state: 'AWAITING_APPROVAL',
  reasons: [],
  gates: gates.map((gate) => ({ gate, verdict: 'pass' })),
  automatic_if: [],
  ...over,
});
const newest = (one: object): void => {
  answers.set(`GET ${path}?action_type=cell_failover&limit=200`, { items: [one], next: null });
  answers.set(`GET ${path}/${waits}`, one);
};

describe('interlock autonomy why', () => {
  it('names what keeps a type from running by itself, in the order of the gates, with next steps', async () => {
    newest(
      action({
        automatic_if: [
          { gate: 'blast_radius', figure: 'affected', is: 12, automatic: { op: '<=', value: 5 } },
          {
            gate: 'policy',
            figure: 'region',
            is: 'x',
            automatic: { op: 'in', value: ['a', 'b'] },
            by: 'r-1',
          },
          {
            gate: 'autonomy_mode',
            figure: 'mode',
            is: 'APPROVAL_REQUIRED',
            automatic: { op: '==', value: 'AUTO_EXECUTE' },
          },
          { gate: 'budget', figure: 'consumed', is: null, automatic: { op: '==', value: true } },
        ],
      }),
    );
    const { code, stdout } = await cli('autonomy', 'why', 'cell_failover');
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(
      new RegExp(`^cell_failover of ran-north, by its newest action ${waits} of 2026-01-01 `),
    );
    expect(lines.filter((line) => /^ {2}\d/.test(line))).toEqual([
      '  1. autonomy_mode  mode is APPROVAL_REQUIRED; by itself with AUTO_EXECUTE',
      '  2. policy  region is x; by itself with one of a, b',
      '  3. blast_radius  affected is 12; by itself with <= 5',
      '  4. budget  consumed is not known yet',
    ]);
    expect(stdout).toContain(
      'interlock mode set AUTO_EXECUTE --account ran-north --type cell_failover --reason',
    );
    expect(stdout).toContain('change `r-1`');
  });

  it('names the gate that denied it', async () => {
    newest(
      action({
        state: 'DENIED',
        reasons: [{ code: 'posture-red', detail: 'the posture is RED' }],
        gates: [{ gate: 'posture', verdict: 'fail' }],
      }),
    );
    const { stdout } = await cli('autonomy', 'why', 'cell_failover');
    expect(stdout).toContain('  1. posture  posture-red: the posture is RED');
  });

  it('says that nothing did, as data too', async () => {
    newest(action({ state: 'COMPLETED' }));
    const [text, json] = await Promise.all([
      cli('autonomy', 'why', 'cell_failover'),
      cli('autonomy', 'why', 'cell_failover', '-o', 'json'),
    ]);
    expect(text.stdout).toContain('Nothing kept it from running by itself.');
    expect(JSON.parse(json.stdout)).toMatchObject({ action_id: waits, obstacles: [] });
  });

  it('asks for a dry run where there is no action of the account', async () => {
    newest(action());
    expect(await cli('autonomy', 'why', 'cell_failover', '--account', 'other')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('submit one with `--dry-run`') as unknown,
    });
  });
});
