import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cli, home } from './cli-home.js';
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
  steps: [],
  automatic_if: [],
  ...over,
});
const config = 'GET /api/v1/autonomy/config?account_id=ran-north&action_type=cell_failover';
const confidence = { gate: 'confidence', figure: 'confidence', automatic: { op: '>=', value: 0.7 } };
const sure = (intent: number, twin: number): object => ({
  gate: 'confidence',
  verdict: 'ask',
  saw: { intent_confidence: intent, prediction_confidence: twin },
});
const newest = (one: object, mode = 'APPROVAL_REQUIRED'): void => {
  answers.set(config, { items: [], effective: { mode } });
  answers.set(`GET ${path}?action_type=cell_failover&limit=200`, { items: [one], next: null });
  answers.set(`GET ${path}/${waits}`, one);
};

type Seen = { readonly saw?: { readonly answer?: { readonly mode?: string } } };
/** The mode that a gate of the action saw; undefined if it saw none. */
const modeIn = (over: object): string | undefined =>
  (over as { readonly gates?: readonly Seen[] }).gates?.flatMap(({ saw }) => saw?.answer?.mode ?? [])[0];

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
      `interlock --home ${home} --as NAME mode set AUTO_EXECUTE --account ran-north --type cell_failover --reason`,
    );
    expect(stdout).toContain('change `r-1`');
  });

  it('says that the mode was set since, so that the action must be published again', async () => {
    const is = 'APPROVAL_REQUIRED';
    const mode = {
      gate: 'autonomy_mode',
      figure: 'mode',
      is,
      automatic: { op: '==', value: 'AUTO_EXECUTE' },
    };
    newest(action({ automatic_if: [mode] }), 'AUTO_EXECUTE');
    const { stdout } = await cli('autonomy', 'why', 'cell_failover');
    expect(stdout).toContain('next: since then the mode was set to AUTO_EXECUTE: publish the action again\n');
    expect(stdout).not.toContain('mode set AUTO_EXECUTE');
  });

  it.each([
    ['the twin is unsure', 0.9, 0.4, 'next: one more completed action of this type', 'more confidence'],
    ['the intent is', 0.4, 0.9, 'next: publish it with more confidence', 'one more completed action'],
  ])('names the step for the lower confidence: %s', async (_, intent, twin, step, other) => {
    const one = { ...confidence, is: Math.min(intent, twin) };
    newest(action({ gates: [sure(intent, twin)], automatic_if: [one] }));
    const { stdout } = await cli('autonomy', 'why', 'cell_failover');
    expect(stdout).toContain(step);
    expect(stdout).not.toContain(other);
  });

  it('asks for another confirmation of an MCP tool whose confidence is low', async () => {
    const type = 'mcp.files.read_text_file';
    const one = action({
      action_type: type,
      gates: [sure(0.5, 1)],
      automatic_if: [{ ...confidence, is: 0.5 }],
    });
    answers.set(`GET ${path}?action_type=${type}&limit=200`, { items: [one], next: null });
    answers.set(`GET ${path}/${waits}`, one);
    const { stdout } = await cli('--as', 'ann', 'autonomy', 'why', type);
    expect(stdout).toContain(
      `interlock --home ${home} --as ann mcp confirm files read_text_file --digest … --confidence …`,
    );
    expect(stdout).not.toContain('publish it');
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

  const setting = `interlock --home ${home} --as NAME mode set AUTO_EXECUTE --account ran-north --type cell_failover`;
  const modeGate = (mode: string): object => ({
    gate: 'autonomy_mode',
    verdict: 'fail',
    saw: { answer: { mode } },
  });
  it.each([
    [
      'an engaged kill switch',
      { state: 'CANCELLED', gates: [{ gate: 'kill_switch', verdict: 'fail' }] },
      { code: 'kill-switch-engaged', detail: 'the kill switch is engaged' },
      'kill_switch',
      'see who stopped it: `interlock kill-switch status`',
    ],
    [
      'a kill switch after its gates',
      { state: 'CANCELLED' },
      { code: 'kill-switch-engaged', detail: 'drill' },
      'kill_switch',
      'see who stopped it: `interlock kill-switch status`',
    ],
    [
      'a mode that is off',
      { state: 'BLOCKED', gates: [modeGate('DISABLED')] },
      { code: 'mode-disabled', detail: 'the mode is DISABLED' },
      'autonomy_mode',
      `set it: \`${setting}`,
    ],
    [
      'a mode that only proposes',
      { state: 'PROPOSED', gates: [modeGate('PROPOSE_ONLY')] },
      { code: 'propose-only', detail: 'the mode is PROPOSE_ONLY' },
      'autonomy_mode',
      `set it: \`${setting}`,
    ],
    [
      'the policy of automatic approval',
      { state: 'BLOCKED', gates: [{ gate: 'auto_approval', verdict: 'fail' }] },
      { code: 'auto-approval-block', detail: 'the type is blocked' },
      'auto_approval',
      'see the policy of automatic approval: `interlock auto-approval show`',
    ],
    [
      'a person who cancelled it',
      { state: 'CANCELLED' },
      { code: 'cancelled', detail: 'an operator cancelled it' },
      'cancelled',
      `see who or what stopped it: \`interlock actions show ${waits}\``,
    ],
    [
      'a device that refused it',
      { state: 'CANCELLED', steps: [{ step: 'execution', verdict: 'fail' }] },
      { code: 'in-use', detail: 'the device is locked' },
      'execution',
      `see who or what stopped it: \`interlock actions show ${waits}\``,
    ],
    [
      'a person who rejected it',
      { state: 'REJECTED', steps: [{ step: 'confirmation', verdict: 'fail' }] },
      { code: 'rejected', detail: 'ann rejected it' },
      'confirmation',
      `see who rejected it: \`interlock actions show ${waits}\``,
    ],
    [
      'its own time',
      { state: 'EXPIRED' },
      { code: 'intent-expired', detail: 'not after 12:00' },
      'expired',
      'publish it again, with a later `not_after` if it has one',
    ],
  ])('names %s as what ended it', async (_, over, reason, gate, next) => {
    newest(action({ ...over, reasons: [reason] }), modeIn(over) ?? 'APPROVAL_REQUIRED');
    const { stdout } = await cli('autonomy', 'why', 'cell_failover');
    expect(stdout).toContain(`  1. ${gate}  ${reason.code}: ${reason.detail}\n     next: ${next}`);
    expect(stdout).not.toContain('Nothing kept it');
    expect(stdout).not.toContain('earn it');
  });

  it('says that the mode that refused it was set since', async () => {
    const over = { state: 'PROPOSED', gates: [modeGate('PROPOSE_ONLY')] };
    newest(action({ ...over, reasons: [{ code: 'propose-only', detail: 'it proposes' }] }), 'AUTO_EXECUTE');
    const { stdout } = await cli('autonomy', 'why', 'cell_failover');
    expect(stdout).toContain('next: since then the mode was set to AUTO_EXECUTE: publish the action again\n');
  });

  it('names the end of an action before the figures for which people were asked', async () => {
    const one = { ...confidence, is: 0.4 };
    const reasons = [{ code: 'approval-expired', detail: 'waited until 12:00' }];
    newest(action({ state: 'EXPIRED', reasons, gates: [sure(0.4, 0.9)], automatic_if: [one] }));
    const { stdout } = await cli('autonomy', 'why', 'cell_failover');
    expect(stdout.split('\n').filter((line) => /^ {2}\d/.test(line))).toEqual([
      '  1. expired  approval-expired: waited until 12:00',
      '  2. confidence  confidence is 0.4; by itself with >= 0.7',
    ]);
  });

  it.each(['COMPLETED', 'ROLLED_BACK', 'ROLLBACK_FAILED', 'EXECUTING'])(
    'says that nothing did for an action that ran: %s',
    async (state) => {
      newest(action({ state, reasons: [{ code: 'worse', detail: 'the KPIs became worse' }] }));
      const { stdout } = await cli('autonomy', 'why', 'cell_failover');
      expect(stdout).toContain('Nothing kept it from running by itself.');
    },
  );

  it('says that nothing did, as data too', async () => {
    newest(action({ state: 'COMPLETED' }));
    const [text, json] = await Promise.all([
      cli('autonomy', 'why', 'cell_failover'),
      cli('autonomy', 'why', 'cell_failover', '-o', 'json'),
    ]);
    expect(text.stdout).toContain('Nothing kept it from running by itself.');
    expect(JSON.parse(json.stdout)).toMatchObject({ action_id: waits, obstacles: [] });
  });

  it('says of a dry run what would hold the action', async () => {
    newest(
      action({ state: 'COMPLETED', dry_run: true, gates: [sure(0.4, 0.9)], automatic_if: [confidence] }),
    );
    const { stdout } = await cli('autonomy', 'why', 'cell_failover');
    expect(stdout).toContain('by its newest dry run');
    expect(stdout).toContain('  1. confidence  confidence is ');
  });

  it.each([
    [{ plan: { reversible: true } }, 'No gate would hold it.\n'],
    [{ plan: { reversible: false } }, 'No gate would hold it. It cannot be undone, so a person decides, '],
  ])('says of a dry run that no gate held that none would: %j', async (over, says) => {
    newest(action({ state: 'COMPLETED', dry_run: true, ...over }));
    const { stdout } = await cli('autonomy', 'why', 'cell_failover');
    expect(stdout).toContain(says);
    expect(stdout).not.toContain('Nothing kept it');
  });

  it('asks for a dry run where there is no action of the account', async () => {
    newest(action());
    expect(await cli('autonomy', 'why', 'cell_failover', '--account', 'other')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('publish an intent with `"dry_run": true`') as unknown,
    });
  });
});
