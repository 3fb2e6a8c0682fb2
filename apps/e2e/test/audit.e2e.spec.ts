import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lookedAtGates } from '@interlock/rails';
import { site } from './network.js';
import { account, tenant } from './names.js';
import { World } from './world.js';

const names = ['a01', 'a02', 'a03', 'a04', 'a05'];
const world = new World({
  devices: [...names.map((name) => site(name)), site('a06', { neighbourUsers: 262 })],
});
const file = (name: string): string => join(world.stack.home, name);

type Line = { id: string; type: string; stream: string; revision: string; data: { [name: string]: unknown } };
type Report = {
  readonly events: number;
  readonly checked: { readonly [kind: string]: number };
  readonly unchecked: { readonly [kind: string]: number };
  readonly difference: {
    readonly id: string;
    readonly type: string;
    readonly stream: string;
    readonly revision: string;
    readonly what: string;
  } | null;
};
/** The events of an export, without its seal. */
const eventsOf = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('{"seal":'))
    .map((line) => JSON.parse(line) as Line);
const read = (path: string): Line[] => eventsOf(readFileSync(path, 'utf8'));
const replay = async (path: string): Promise<{ readonly code: number; readonly report: Report }> => {
  const { code, stdout } = await world.stack.cli('audit', 'replay', path, '--json');
  return { code, report: JSON.parse(stdout) as Report };
};

beforeAll(async () => {
  await world.start();
  await world.provision({ budget: 3 });
  const cell = (name: string): string => `cell-${name}-1`;
  for (const name of [...names, 'a06']) await world.network.degrade(cell(name));
  await world.teach(...[...names, 'a06'].map(cell));
  const ended = async (id: Promise<string>): Promise<string> => (await world.ends(await id)).state;
  expect(await ended(world.publish(world.intent(cell('a01'))))).toBe('COMPLETED');
  expect(
    await ended(
      world.publish(
        world.intent(cell('a02'), { parameters: { power_raise_db: 6, cell_individual_offset: 3 } }),
      ),
    ),
  ).toBe('DENIED');
  expect(
    await ended(
      world.publish(
        world.intent(cell('a03'), { parameters: { power_raise_db: 3, cell_individual_offset: 5 } }),
      ),
    ),
  ).toBe('EXPIRED');
  const asked = await world.publish(
    world.intent(cell('a04'), { parameters: { power_raise_db: 3, cell_individual_offset: 10 } }),
  );
  await world.reaches(asked, ['AWAITING_APPROVAL']);
  await world.approve(asked, { sub: 'bert' });
  expect((await world.ends(asked)).state).toBe('COMPLETED');
  // Another account has no budget; a posture of YELLOW; a rollback.
  await world.must(
    'PUT',
    '/api/v1/autonomy/config',
    {
      account_id: 'ran-poor',
      action_type: 'cell_failover',
      mode: 'AUTO_EXECUTE',
      reason: 'a test',
      force: true,
    },
    { sub: 'author' },
  );
  await world.reaches(await world.publish(world.intent(cell('a05'), { account_id: 'ran-poor' })), [
    'AWAITING_APPROVAL',
  ]);
  expect(await ended(world.publish(world.intent(cell('a06'))))).toBe('ROLLED_BACK');
  await world.must('PUT', '/api/v1/posture/signals/integrity_score', { value: 75 }, { sub: 'author' });
  await world.reaches(await world.publish(world.intent(cell('a05'))), ['AWAITING_APPROVAL', 'DENIED']);
  expect(
    await world.stack.cli('--tenant', tenant, 'audit', 'export', '-o', file('log.ndjson')),
  ).toMatchObject({ code: 0, stdout: '' });
});
afterAll(() => world.end());

describe('an export', () => {
  it("is the tenant's log in order without other tenants' events, readable only by the auditor", () => {
    const lines = read(file('log.ndjson'));
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.filter(({ stream }) => !stream.includes(`-${tenant}:`))).toEqual([]);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
    expect(statSync(file('log.ndjson')).mode & 0o777).toBe(0o600);
  });

  it("holds every event of an action, as the stream's own export does", async () => {
    const lines = read(file('log.ndjson'));
    const stream = lines.find(({ type }) => type === 'ActionCompleted')!.stream;
    const { code, stdout } = await world.stack.cli('--tenant', tenant, 'audit', 'export', '--stream', stream);
    expect(code).toBe(0);
    expect(eventsOf(stdout)).toEqual(lines.filter((line) => line.stream === stream));
  });

  it("needs the auditor's scope and the right tenant", async () => {
    expect(
      await world.call('GET', '/api/v1/audit/events', undefined, { sub: 'eve', scopes: ['AUTONOMOUS_READ'] }),
    ).toMatchObject({ status: 403, body: { code: 'missing-scope' } });
    expect(
      await world.call(
        'GET',
        `/api/v1/audit/streams/${encodeURIComponent(`budget-${tenant}:${account}:2026-01-01`)}`,
        undefined,
        { sub: 'eve', tenant: 'globex' },
      ),
    ).toMatchObject({ status: 403, body: { code: 'wrong-tenant' } });
    const other = await world.stack.cli('--tenant', 'globex', 'audit', 'export');
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toContain('there is no tenant `globex`');
  });
});

describe('a replay', () => {
  it('repeats every recorded decision with the same result', async () => {
    const { code, report } = await replay(file('log.ndjson'));
    expect([code, report.difference]).toEqual([0, null]);
    expect(report.events).toBe(read(file('log.ndjson')).length);
    for (const kind of [
      'evaluation',
      'gate',
      'mode',
      'prediction',
      'auto_approval',
      'budget',
      'posture',
      'validation',
    ])
      expect([kind, (report.checked[kind] ?? 0) > 0]).toEqual([kind, true]);
    // These kinds are missing in a tenant's export, or need the whole log. A posture is among them
    // once Interlock measured a signal of the tenant, which may be before or after the export.
    const unchecked = Object.keys(report.unchecked).filter((kind) => kind !== 'posture');
    expect(unchecked.sort()).toEqual(['action_type', 'alert', 'change', 'global_switch', 'history', 'limit']);
  });

  type Look = { [member: string]: unknown };
  const lookAt = (data: Line['data'], gate: string): Look =>
    (data['gates'] as readonly Look[]).find((record) => record['gate'] === gate)!;
  /** True if the gates' event covers all gates except the budget; also true for other events. */
  const isWhole = ({ data }: Line): boolean =>
    !('gates' in data) || (data['gates'] as readonly object[]).length >= lookedAtGates.length;
  /** The last event of its kind, so that earlier ones must not be blamed. */
  const tampers: readonly {
    readonly what: string;
    readonly type: string;
    readonly where?: (line: Line) => boolean;
    readonly tamper: (data: Line['data']) => void;
  }[] = [
    {
      what: 'the verdict of a gate',
      type: 'GatesJudged',
      tamper: (data) => {
        const record = lookAt(data, 'confidence');
        record['verdict'] = record['verdict'] === 'pass' ? 'inconclusive' : 'pass';
      },
    },
    {
      what: 'the decision of an evaluation',
      type: 'GatesJudged',
      tamper: (data) => {
        const { evaluation } = lookAt(data, 'policy')['saw'] as { evaluation: { decision: string } };
        evaluation.decision = evaluation.decision === 'DENY' ? 'ALLOW' : 'DENY';
      },
    },
    {
      what: 'the count of a budget',
      type: 'BudgetConsumed',
      tamper: (data) => {
        data['count'] = Number(data['count']) + 1;
      },
    },
    {
      what: 'the result of a validation',
      type: 'OutcomeValidated',
      tamper: (data) => {
        (data['validation_result'] as { verdict: string }).verdict = 'pass';
      },
    },
    {
      what: 'the level of a posture',
      type: 'GatesJudged',
      tamper: (data) => {
        const { answer } = lookAt(data, 'posture')['saw'] as { answer: { effective: string } };
        answer.effective = answer.effective === 'GREEN' ? 'RED' : 'GREEN';
      },
    },
    {
      what: 'a mode',
      type: 'GatesJudged',
      tamper: (data) => {
        (lookAt(data, 'autonomy_mode')['saw'] as { answer: { mode: string } }).answer.mode = 'DISABLED';
      },
    },
    {
      what: 'the risk of a prediction',
      type: 'GatesJudged',
      tamper: (data) => {
        (lookAt(data, 'prediction')['saw'] as { answer: { risk_score: number } }).answer.risk_score = 98;
      },
    },
  ];

  it.each(tampers)('finds that $what was altered, and names the event', async ({ type, tamper }) => {
    const lines = read(file('log.ndjson'));
    const line = lines.filter((one) => one.type === type && isWhole(one)).at(-1)!;
    tamper(line.data);
    const path = file(`tampered-${type}.ndjson`);
    writeFileSync(path, `${lines.map((one) => JSON.stringify(one)).join('\n')}\n`);
    const { code, report } = await replay(path);
    expect(code).toBe(1);
    expect(report.difference).toMatchObject({
      id: line.id,
      type,
      stream: line.stream,
      revision: line.revision,
    });
  });

  it('finds that an event was removed', async () => {
    const lines = read(file('log.ndjson'));
    const gone = lines.findIndex(({ type }) => type === 'ReservationGranted');
    const stream = lines[gone]!.stream;
    const next = lines.slice(gone + 1).find((one) => one.stream === stream)!;
    writeFileSync(
      file('shortened.ndjson'),
      `${lines
        .filter((_, i) => i !== gone)
        .map((one) => JSON.stringify(one))
        .join('\n')}\n`,
    );
    const { code, report } = await replay(file('shortened.ndjson'));
    expect(code).toBe(1);
    expect(report.difference).toMatchObject({ id: next.id });
  });

  it('describes the difference in words, and refuses a file that is not an export', async () => {
    const replayed = await world.stack.cli('audit', 'replay', file('tampered-BudgetConsumed.ndjson'));
    expect(replayed.code).toBe(1);
    expect(replayed.stdout).toMatch(/first difference: budget-acme:.* revision \d+/);
    writeFileSync(file('nonsense.ndjson'), '{"no":"event"}\n');
    const refused = await world.stack.cli('audit', 'replay', file('nonsense.ndjson'));
    expect([refused.code, refused.stderr.startsWith('interlock: line 1 ')]).toEqual([1, true]);
  });
});
