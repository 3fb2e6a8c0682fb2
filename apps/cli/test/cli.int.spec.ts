import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDevIssuer, createTokenVerifier } from '@interlock/platform';
import { readIntents } from '../src/commands/actions/intents.js';
import { steering, steers, home, cli } from './cli-home.js';
import {
  answers,
  asked,
  refusals,
  show,
  people,
  refuses,
  waits,
  whole,
  startAnswering,
  stopAnswering,
} from './cli-server.js';
import { unseenStops } from './unseen-stops.js';

beforeAll(startAnswering);
afterAll(stopAnswering);

describe('interlock token', () => {
  it("prints only a service's token, or a person's with --sub", async () => {
    const verify = createTokenVerifier((await createDevIssuer(join(home, 'keys'))).auth);
    const service = await cli('token', '--tenant', 'demo', '--scope', 'AUTONOMOUS_READ,AUDIT_READ');
    expect(service.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(await verify(service.stdout.trim())).toMatchObject({
      tenant_id: 'demo',
      kind: 'service',
      subject: 'cli',
      scopes: ['AUTONOMOUS_READ', 'AUDIT_READ'],
    });
    const person = await cli('token', '--tenant', '_system', '--scope', 'AUTONOMOUS_KILL', '--sub', 'Anna');
    expect(await verify(person.stdout.trim())).toMatchObject({
      tenant_id: '_system',
      kind: 'person',
      subject: 'Anna',
    });
  });

  it.each([
    [['token', '--scope', 'NOPE']],
    [['token', '--scope', '']],
    [['token', '--scope', 'AUDIT_READ', '--tenant', 'A b']],
    [['token', '--scope', 'AUDIT_READ', '--ttl', '0']],
  ])('%j is refused with exit code 2', async (args) => {
    const ran = await cli(...args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/^interlock: /);
  });

  it('without a home names a remedy', async () => {
    const ran = await cli('--home', join(home, 'nowhere'), 'token', '--scope', 'AUDIT_READ');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('npm start');
  });
});

/** An action that waits for approval; its entity tries to control the terminal. */
const waiting = (state: string, member: string): object => ({
  action_id: waits,
  intent_id: 'i',
  action_type: 'cell_failover',
  entity_id: `cell${steering}`,
  state,
  accepted_at: 'now',
  due_at: null,
  waiting_for: null,
  waiting: null,
  reasons: [],
  gates: [],
  steps: [],
  comments: [],
  requester: 'service:agent',
  parameters: {},
  plan: {
    plan_hash: 'f'.repeat(64),
    device_id: 'gnb-1',
    diff: [{ path: '/a', before: '1', after: '2' }],
    payloads: [{ device_id: 'gnb-1', operation: 'edit-config', xml: `<a>${steering}</a>` }],
    reversible: true,
  },
  approval: null,
  window: null,
  [member]: {
    holds: [
      {
        gate: 'posture',
        hold: 'approval',
        reasons: [{ code: 'posture', detail: 'effective posture is YELLOW' }],
        content: { level: 'YELLOW' },
      },
    ],
    digest: 'd'.repeat(64),
    digest_parts: { action: 'a'.repeat(64), risk_score: 47, diff: 'b', leaves: 'c', policies: 'd' },
    approved_by: [],
    on_elapse: 'expire',
  },
});
describe('the API from the command line', () => {
  it('a problem is printed with its code and every violation, exit code 1', async () => {
    const ran = await cli('actions', 'show', refuses);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toBe('interlock: wrong-state: the action is DENIED\n  /x: is bad\n');
  });

  it('the kill switch prints its result', async () => {
    expect(
      (
        await cli(
          'kill-switch',
          'engage',
          '--reason',
          'drill',
          '--scope',
          'action_type',
          '--type',
          'cell_failover',
          '--rollback',
        )
      ).code,
    ).toBe(0);
    expect(JSON.parse(asked.at(-1)!.body)).toEqual({
      scope: 'action_type',
      action_type: 'cell_failover',
      engaged: true,
      reason: 'drill',
      rollback_in_flight: true,
    });
  });

  it.each([
    [['--agent', 'bot'], { scope: 'agent', agent: 'bot' }],
    [['--account', 'ran'], { scope: 'account', account_id: 'ran' }],
    [['--site', 'berlin-1'], { scope: 'site', site_id: 'berlin-1' }],
    [[], { scope: 'tenant' }],
  ] as const)('the kill switch with %j means %j', async (options, meant) => {
    expect((await cli('kill-switch', 'release', '--reason', 'over', ...options)).code).toBe(0);
    expect(JSON.parse(asked.at(-1)!.body)).toEqual({ ...meant, engaged: false, reason: 'over' });
  });

  unseenStops();

  it('a drill engages the switch as a drill and requests its release; contradictory options are refused', async () => {
    expect((await cli('--as', 'ben', 'kill-switch', 'drill', '--agent', 'bot')).code).toBe(0);
    const which = { scope: 'agent', agent: 'bot' };
    expect(asked.slice(-2).map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { ...which, engaged: true, reason: 'drill', rollback_in_flight: false, drill: true },
      { ...which, engaged: false, reason: 'drill', drill: true },
    ]);
    expect((await cli('kill-switch', 'engage', '--reason', 'x', '--agent', 'a', '--site', 's')).code).toBe(2);
  });

  it('a decision requires a named person', async () => {
    expect((await cli('actions', 'approve', 'x')).code).toBe(2);
    expect((await cli('--as', 'ben', 'actions', 'reject', refuses)).stderr).toContain('wrong-state');
    expect(asked.at(-1)).toMatchObject({
      method: 'POST',
      url: `/api/v1/autonomous/actions/${refuses}/reject`,
      body: '{}',
    });
  });

  it.each([
    ['approve', 'AWAITING_APPROVAL', 'approval'],
    ['confirm', 'AWAITING_CONFIRMATION', 'window'],
  ])('%s shows the request, and without a terminal sends no unread consent', async (verb, state, member) => {
    show(waiting(state, member));
    const before = asked.length;
    const unread = await cli('--as', 'ben', 'actions', verb, waits);
    expect(unread).toMatchObject({ code: 2, stderr: expect.stringContaining('--digest') as unknown });
    for (const line of [
      'posture: level YELLOW',
      'posture: effective posture is YELLOW',
      '/a: 1 -> 2',
      'risk      at most 47 of 99',
      `digest ${'d'.repeat(64)}`,
    ])
      expect(unread.stdout).toContain(line);
    expect(steers(unread.stdout)).toBe(false);
    expect(asked.slice(before).map(({ method }) => method)).toEqual(['GET']);
    expect(
      await cli('--as', 'ben', 'actions', verb, waits, '--digest', 'e'.repeat(64), '--comment', 'read it'),
    ).toMatchObject({ code: 0 });
    expect(asked.at(-1)).toMatchObject({
      method: 'POST',
      url: `/api/v1/autonomous/actions/${waits}/${verb}`,
    });
    expect(JSON.parse(asked.at(-1)!.body)).toEqual({ digest: 'e'.repeat(64), comment: 'read it' });
    await cli('--as', 'ben', 'actions', verb, waits, '--digest', 'e'.repeat(64), '--reason', 'sound');
    expect(JSON.parse(asked.at(-1)!.body)).toEqual({ digest: 'e'.repeat(64), comment: 'sound' });
    expect(await cli('--as', 'ben', 'actions', verb, waits, '--digest', 'x')).toMatchObject({ code: 2 });
  });

  it('a waiting action is shown with its service and the reason', async () => {
    show({
      ...waiting('PENDING', 'approval'),
      approval: null,
      waiting_for: 'agent-gateway',
      waiting: {
        service: 'agent-gateway',
        gate: 'plan',
        detail: 'the secret is not there',
        expires_at: 'soon',
      },
      validation_result: null,
      ended_at: null,
      items: [],
    });
    const shown = await cli('actions', 'show', waits);
    expect(shown.stdout).toMatch(/^waits for +agent-gateway: the secret is not there$/m);
    const json = await cli('actions', 'show', waits, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ waiting: { detail: 'the secret is not there' } });
  });

  it('an action without a request cannot be approved', async () => {
    show({ ...waiting('AWAITING_APPROVAL', 'approval'), state: 'PENDING' });
    expect(await cli('--as', 'ben', 'actions', 'approve', waits)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('PENDING') as unknown,
    });
  });

  it("a person's export is a complete file readable only by its owner; an interrupted one leaves the earlier file", async () => {
    const file = join(home, 'person.ndjson');
    writeFileSync(file, 'before', { mode: 0o644 });
    expect(await cli('--as', 'dpo', 'privacy', 'export', 'cut@example.net', '-o', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the export broke off') as unknown,
    });
    expect([readFileSync(file, 'utf8'), existsSync(`${file}.part`)]).toEqual(['before', false]);
    expect(await cli('--as', 'dpo', 'privacy', 'export', 'whole@example.net', '-o', file)).toMatchObject({
      code: 0,
    });
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['{"person":{}}\n', 0o600]);
  });

  it('a person may be named by a subject in the form of a person_id; an existing person_id has priority', async () => {
    const before = asked.length;
    expect(
      (await cli('--as', 'dpo', 'privacy', 'erase', '8f14e45f-ceea-4e7a-9d3c-1f2b3c4d5e6f', '--yes')).stdout,
    ).toContain(`${whole} erased`);
    expect((await cli('--as', 'dpo', 'privacy', 'erase', whole, '--yes')).stdout).toContain(
      `${whole} erased`,
    );
    expect(
      await cli('--as', 'dpo', 'privacy', 'erase', '8f14e45f-ceea-4e7a-9d3c-000000000000', '--yes'),
    ).toMatchObject({ code: 1, stderr: expect.stringContaining('not-found') as unknown });
    expect(
      asked.slice(before).map(({ method, url }) => `${method} ${url.replace(people, '').slice(0, 9)}`),
    ).toEqual([
      'DELETE /8f14e45f',
      'POST /lookup',
      'DELETE /11111111',
      'DELETE /11111111',
      'DELETE /8f14e45f',
      'POST /lookup',
    ]);
  });

  it('a tool of an MCP server is confirmed as one that reaches nobody outside, or somebody, or without either', async () => {
    const confirm = async (...options: readonly string[]): Promise<unknown> => {
      await cli('--as', 'ann', 'mcp', 'confirm', 'files', 'read', '--digest', 'd', ...options);
      return JSON.parse(asked.at(-1)!.body);
    };
    expect(await confirm('--no-external-contact')).toEqual({ digest: 'd', external_contact: false });
    expect(await confirm('--external-contact')).toEqual({ digest: 'd', external_contact: true });
    expect(await confirm()).toEqual({ digest: 'd' });
  });

  it('a setting is printed with its own members and named by its purpose, never by the keys of a table', async () => {
    answers.set('PUT /api/v1/autonomy/config', {
      pk: 'TENANT#demo#ACCOUNT#ran',
      sk: 'AUTONOMY#DEFAULT',
      account_id: 'ran',
      mode: 'DISABLED',
    });
    const set = ['mode', 'set', 'DISABLED', '--account', 'ran', '--reason', 'test'] as const;
    expect((await cli(...set, '-o', 'name')).stdout).toBe('ran/*\n');
    expect((await cli(...set)).stdout).toBe('account id  ran\nmode        DISABLED\n');
  });

  it("the list of a bundle's changes is printed with a count and the single hash for an approval", async () => {
    const list = {
      version: '1.1.0',
      bundle_hash: 'b'.repeat(64),
      flips_hash: 'f'.repeat(64),
      flip_list_hash: 'a'.repeat(64),
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-02T00:00:00.000Z',
      evaluations: 40,
      capped: false,
      truncated: false,
      counts: { 'ALLOW→DENY': 1 },
      flips: [
        { evaluation_id: 'e-1', from: 'ALLOW', was_rule_id: 'r', active: 'ALLOW', to: 'DENY', rule_id: 'no' },
      ],
    };
    const id = '0199a000-0000-7000-8000-00000000000b';
    answers.set(`POST /api/v1/policy/bundles/${id}/flip-list`, list);
    const { stdout } = await cli('policy', 'flips', id);
    expect(stdout).toContain('1 of 40 recorded decisions would change under 1.1.0');
    expect(stdout).toMatch(/e-1 +ALLOW +DENY +no/);
    expect(stdout.match(/[0-9a-f]{64}/g)).toEqual([list.flip_list_hash]);
    expect((await cli('policy', 'flips', id, '-o', 'name')).stdout).toBe(`${list.flip_list_hash}\n`);
  });

  it('the owner of a home may make a new link for its administrator, who also belongs to `_system`', async () => {
    await cli('--as', 'ann', 'people', 'link', 'console-administrator');
    const { url, authorization } = asked.at(-1)!;
    expect(url).toBe('/api/v1/people/console-administrator/link');
    const verify = createTokenVerifier((await createDevIssuer(join(home, 'keys'))).auth);
    expect(await verify(authorization.replace('Bearer ', ''))).toMatchObject({
      tenants: ['demo', '_system'],
      subject: 'ann',
      kind: 'person',
    });
  });

  it("a fault is printed under the command line's name of the member", async () => {
    refusals.set('PUT /api/v1/autonomy/budget', {
      code: 'validation-failed',
      detail: 'the input has 2 faults',
      violations: [
        { pointer: '/account_id', detail: 'must be a name' },
        { pointer: '/max_amounts_per_day/cost', detail: 'must be a number' },
      ],
    });
    expect((await cli('budget', 'set', '--account', 'A b', '--per-day', '1')).stderr).toBe(
      'interlock: validation-failed: the input has 2 faults\n  --account: must be a name\n  --max-cost: must be a number\n',
    );
  });

  it('an unknown tenant is reported if a list is empty', async () => {
    answers.set('GET /api/v1/autonomous/tenants', { items: [{ tenant_id: 'demo' }], next: null });
    expect(await cli('--tenant', 'nowhere', 'actions', 'list')).toMatchObject({
      code: 1,
      stderr: 'interlock: there is no tenant `nowhere`; there is demo\n',
    });
    expect(await cli('--tenant', 'demo', 'actions', 'list')).toMatchObject({
      code: 0,
      stderr: 'No actions.\n',
    });
    answers.delete('GET /api/v1/autonomous/tenants');
  });

  it('an unreadable file is reported with the reason, exit code 2', async () => {
    for (const [file, why] of [
      [join(home, 'nowhere'), 'there is no such file or folder'],
      [home, 'it is a folder'],
    ] as const)
      expect(await cli('intents', 'publish', file)).toMatchObject({
        code: 2,
        stderr: `interlock: ${file} cannot be read: ${why}\n`,
      });
  });

  it("both forms of a command's help are the same, and an unknown word is refused", async () => {
    const help = await cli('help', 'actions', 'list');
    expect(help.stdout).toMatch(/^Usage: interlock actions list /);
    expect(await cli('actions', 'list', '--help')).toEqual(help);
    for (const [args, said] of [
      [['--verison'], "unknown option '--verison'\n(Did you mean --version?)"],
      [['help', 'actions', 'lst'], "unknown command 'lst'\n(Did you mean list?)"],
      [['actoins', '--help'], "unknown command 'actoins'\n(Did you mean actions?)"],
    ] as const)
      expect(await cli(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) as unknown });
    expect((await cli('version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('a missing NATS is reported plainly', async () => {
    const file = join(home, 'intent.json');
    writeFileSync(file, '{"intent_id":"i"}');
    expect((await cli('intents', 'publish', file)).stderr).toContain('NATS does not answer');
    expect((await cli('--tenant', 'acme', 'intents', 'publish', file)).stderr).toContain(
      'there is no user of the bus for the tenant `acme`',
    );
  });
});

describe('intents from a file', () => {
  it('are one, an array, or one a line', () => {
    expect(readIntents('{"intent_id":"a"}')).toHaveLength(1);
    expect(readIntents('{\n"intent_id":"a"\n}')).toHaveLength(1);
    expect(readIntents('[{"intent_id":"a"},{"intent_id":"b"}]')).toHaveLength(2);
    expect(readIntents('{"intent_id":"a"}\n\n{"intent_id":"b"}\n')).toHaveLength(2);
  });

  it.each(['', '  ', '{nope', '{"a":1}\n{nope}'])('`%s` is invalid', (text) => {
    expect(() => readIntents(text)).toThrow();
  });
});
