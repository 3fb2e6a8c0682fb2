import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { commandLine } from '@interlock/testing';
import { cli, home } from './cli-home.js';
import { answers, asked, show, startAnswering, stopAnswering, tellChange, waits } from './cli-server.js';

beforeAll(startAnswering);
afterAll(stopAnswering);

const path = '/api/v1/autonomous/actions';
const other = '0199a000-0000-7000-8000-000000000003';
const action = (id: string, state: string, endedAt: string | null): object => ({
  action_id: id,
  waiting: null,
  intent_id: `intent-${id.slice(-1)}`,
  action_type: 'cell_failover',
  entity_id: 'cell-12',
  agent: 'bot',
  account_id: 'ran',
  state,
  accepted_at: '2026-01-01T00:00:00.000Z',
  ended_at: endedAt,
  due_at: null,
  reasons: [{ code: 'x', detail: 'too many' }],
});
const open = action(waits, 'EXECUTING', null);
show(open);
const ended = action(other, 'DENIED', '2026-01-01T00:00:01.000Z');

describe('a list', () => {
  it('has a header and whole ids in a pipe, and is JSON, YAML or ids on request', async () => {
    answers.set(`GET ${path}?limit=50`, { items: [open, ended], next: null });
    const table = await cli('actions', 'list');
    const [json, yaml, names] = await Promise.all(
      ['json', 'yaml', 'name'].map((how) => cli('actions', 'list', '-o', how)),
    );
    const [head, first] = table.stdout.split('\n');
    expect(head).toMatch(/^ACTION +STATE +TYPE +ENTITY +ACCEPTED \(UTC\) +WHY$/);
    expect(first).toMatch(new RegExp(`^${waits}  EXECUTING  cell_failover  cell-12  .*  too many$`));
    expect(JSON.parse(json!.stdout)).toEqual({ items: [open, ended], next: null });
    expect(parse(yaml!.stdout)).toEqual({ items: [open, ended], next: null });
    expect(names!.stdout).toBe(`${waits}\n${other}\n`);
  });

  it('reports beside the answer that nothing matches; a wrong option is named with exit code 2', async () => {
    answers.set(`GET ${path}?state=DENIED&limit=50`, { items: [], next: null });
    const [none, wrong, mistyped] = await Promise.all([
      cli('actions', 'list', '--state', 'DENIED'),
      cli('actions', 'list', '--state', 'GONE'),
      cli('actoins'),
    ]);
    expect(none).toEqual({ code: 0, stdout: '', stderr: 'No actions match --state DENIED.\n' });
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(mistyped).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean actions?') as unknown,
    });
  });

  it('is read page by page, up to the wanted number', async () => {
    answers.set(`GET ${path}?limit=200`, { items: [open], next: 'c' });
    answers.set(`GET ${path}?limit=200&cursor=c`, { items: [ended], next: null });
    expect((await cli('actions', 'list', '--all', '-o', 'name')).stdout).toBe(`${waits}\n${other}\n`);
  });
});

describe('an action', () => {
  it.each([
    ['the beginning of its id', '0199a000-0000', 'action_id_prefix=0199a000-0000&limit=20'],
    ['its intent', 'intent-1', 'intent_id=intent-1&limit=20'],
    ['its entity, of which it is the only open one', 'cell-12', 'entity_id=cell-12&open=true&limit=20'],
  ])('is found by %s', async (_, text, query) => {
    answers.set(`GET ${path}?${query}`, {
      items: [open],
    });
    expect((await cli('--as', 'ann', 'actions', 'cancel', text)).code).toBe(0);
    expect(asked.at(-1)).toMatchObject({ method: 'POST', url: `${path}/${waits}/cancel` });
  });

  it('that is ambiguous is refused with the candidates', async () => {
    answers.set(`GET ${path}?action_id_prefix=0199&limit=20`, { items: [open, ended] });
    const ran = await cli('--as', 'ann', 'actions', 'cancel', '0199');
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    for (const text of [waits, other, 'say which by its id']) expect(ran.stderr).toContain(text);
    expect(asked.at(-1)?.method).toBe('GET');
  });

  it('that is unknown is refused with a remedy', async () => {
    expect(await cli('actions', 'show', 'nobody')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('interlock actions list') as unknown,
    });
  });

  it('is not approved without a digest', async () => {
    expect(await cli('--as', 'ann', 'actions', 'approve', waits, '--yes')).toMatchObject({
      code: 2,
      stdout: '',
    });
  });
});

describe('the result of a change', () => {
  const alert = { id: 'a-1', status: 'acknowledged', episode: 2, position: '7' };
  const tenant = { tenant_id: 'acme', status: 'suspended', credentials: [], position: '7' };
  const channel = { tenant_id: 'demo', channel_id: 'pager', kind: 'pagerduty', revision: '0', position: '7' };
  const routes = { routes: [{ name: 'all', channels: ['pager'] }] };

  it('is a line for people, and the answer, or its id, for programs', async () => {
    answers.set('GET /api/v1/alerts?limit=200', { items: [{ ...alert, name: 'red_flips' }], next: null });
    answers.set('GET /api/v1/alerts/a-1', alert);
    answers.set('POST /api/v1/alerts/a-1/acknowledge', alert);
    answers.set('POST /api/v1/autonomous/tenants/acme/suspend', tenant);
    answers.set('PUT /api/v1/alerts/channels/pager', channel);
    answers.set('GET /api/v1/alerts/routes', routes);
    const ack = ['alerts', 'ack', 'a-1', '--note', 'on it'];
    const [line, json, name, yaml, set, asIs] = await Promise.all([
      cli(...ack),
      cli(...ack, '-o', 'json'),
      cli(...ack, '-o', 'name'),
      cli('tenants', 'suspend', 'acme', '-o', 'yaml'),
      cli('--as', 'ann', 'channels', 'set', 'pager', '--kind', 'pagerduty', '--json'),
      cli('channels', 'routes'),
    ]);
    expect(line.stdout).toBe('a-1  acknowledged, episode 2\n');
    expect(JSON.parse(json.stdout)).toEqual(alert);
    expect(name.stdout).toBe('a-1\n');
    expect(parse(yaml.stdout)).toEqual(tenant);
    expect(JSON.parse(set.stdout)).toEqual(channel);
    expect(JSON.parse(asIs.stdout)).toEqual(routes);
    // The output format is not part of the request.
    for (const { body } of asked.filter(({ url }) => url.endsWith('/acknowledge')))
      expect(JSON.parse(body)).toEqual({ note: 'on it' });
  });
});

it('a watched list appends a line for each change only', async () => {
  answers.set(`GET ${path}?limit=50`, { items: [open, ended], next: null });
  const running = spawn(process.execPath, [commandLine, '--home', home, 'actions', 'list', '--watch']);
  let text = '';
  const has = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (text.split('\n').length > count) resolve();
      };
      running.stdout.on('data', look);
      look();
    });
  running.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  try {
    await has(3);
    answers.set(`GET ${path}?limit=50`, { items: [action(waits, 'COMPLETED', null), ended], next: null });
    await tellChange(waits, '7');
    await has(4);
  } finally {
    running.kill();
  }
  expect(text.split('\n').map((line) => line.split(/ +/).slice(0, 2))).toEqual([
    ['ACTION', 'STATE'],
    [other, 'DENIED'],
    [waits, 'EXECUTING'],
    [waits, 'COMPLETED'],
    [''],
  ]);
});
