import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { roleScopes } from '@interlock/contracts';
import { tenant } from './names.js';
import { site } from './network.js';
import { World } from './world.js';
import type { RunResult } from '@interlock/testing';

type Item = {
  readonly title: string;
  readonly actor: string;
  readonly facts: { readonly [name: string]: string | readonly string[] };
  readonly event: { readonly type: string; readonly stream: string };
};
type Answer = {
  readonly found: boolean;
  readonly summary: string;
  readonly items: readonly Item[];
  readonly missing: readonly string[];
};

const world = new World({ devices: [site('aq01'), site('aq02')] });
const [first, second] = ['cell-aq01-1', 'cell-aq02-1'];
const file = join(world.stack.home, 'log.ndjson');
const month = new Date().toISOString().slice(0, 7);
const ann = { sub: 'ann' };
let unasked: string;
let approved: string;
let denied: string;
/** The person who approves, invited as an approver, by the id in the log. */
let vera: string;

const audit = (...args: readonly string[]): Promise<RunResult> =>
  world.stack.cli('--tenant', tenant, 'audit', ...args);
/** The answer from the file, which must be that of the running log with the same exit code. */
const ask = async (...args: readonly string[]): Promise<Answer & { readonly code: number }> => {
  const [ofFile, live] = [await audit(...args, '--file', file, '--json'), await audit(...args, '--json')];
  const [told, running] = [ofFile, live].map(({ stdout }) => JSON.parse(stdout) as Answer);
  expect([live.code, running?.items, running?.missing]).toEqual([ofFile.code, told?.items, told?.missing]);
  return { ...told!, code: ofFile.code };
};

/** Invites a person as an approver; the person who asks for it approves the change. */
const invite = async (): Promise<string> => {
  const { body } = await world.call<{ readonly [name: string]: string }>(
    'POST',
    '/api/v1/people',
    { name: 'Vera', role: 'approver', tenants: [tenant] },
    ann,
  );
  const { change_id: id, digest, person_id: person } = body;
  await world.must('POST', `/api/v1/changes/${id}/approve`, { digest }, ann);
  return person!;
};

beforeAll(async () => {
  await world.start();
  await world.provision();
  for (const cell of [first, second]) {
    await world.network.degrade(cell);
    await world.teach(cell);
  }
  const invited = await invite();
  unasked = await world.publish(world.intent(first));
  expect((await world.ends(unasked)).state).toBe('COMPLETED');
  approved = await world.publish(
    world.intent(second, { parameters: { power_raise_db: 3, cell_individual_offset: 10 } }),
  );
  await world.reaches(approved, ['AWAITING_APPROVAL']);
  await world.approve(approved, { sub: invited, scopes: roleScopes.approver });
  expect((await world.ends(approved)).state).toBe('COMPLETED');
  const given = (await world.events(approved)).find(({ type }) => type === 'ActionApproved');
  vera = (given!.metadata.actor as { readonly person_id: string }).person_id;
  denied = await world.publish(
    world.intent(first, { parameters: { power_raise_db: 6, cell_individual_offset: 3 } }),
  );
  expect((await world.ends(denied)).state).toBe('DENIED');
  await world.must('POST', '/api/v1/policy/bypass', { reason: 'a test', minutes: 5 }, ann);
  await world.must('DELETE', '/api/v1/policy/bypass', undefined, ann);
  expect(await audit('export', '-o', file)).toMatchObject({ code: 0 });
});
afterAll(() => world.end());

describe("the auditor's questions, of a file and of the running log", () => {
  it('who approved, and what had they seen', async () => {
    const { code, items } = await ask('approvals', approved);
    const view = await world.view(approved);
    expect([code, items]).toEqual([
      0,
      [
        expect.objectContaining({
          title: `approved by person:${vera}`,
          facts: expect.objectContaining({
            'scopes then': expect.stringContaining('AUTONOMOUS_APPROVE') as unknown,
            'same digest': 'yes',
            'diff shown': view.plan!.diff.map(() => expect.stringContaining(' -> ') as unknown),
          }) as unknown,
        }),
      ],
    ]);
    expect(await ask('approvals', unasked)).toMatchObject({
      ...{ code: 0, found: true, items: [] },
      summary: `nobody approved ${unasked}; it was executed`,
    });
  });

  it('what ran without an approval, and on what basis', async () => {
    const { code, items } = await ask('unapproved', '--month', month);
    expect([code, items.map(({ event }) => event.stream)]).toEqual([0, [`action-${tenant}:${unasked}`]]);
    expect(items[0]?.facts).toMatchObject({
      basis: 'allow',
      'gate policy': expect.arrayContaining([expect.stringContaining('policy cell-failover')]) as unknown,
    });
    expect(await ask('unapproved', '--month', '2020-01')).toMatchObject({ code: 0, items: [] });
  });

  it('which overrides there were in a month', async () => {
    const { code, items } = await ask('overrides', '--month', month);
    expect(code).toBe(0);
    expect(items.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['policies bypassed', 'bypass of policies ended']),
    );
    expect(await ask('overrides', '--month', '2020-01')).toMatchObject({ code: 0, items: [] });
  });

  it('who could have approved', async () => {
    const { code, items } = await ask('rights', approved);
    expect([code, items.map(({ title }) => title)]).toEqual([0, [`person:${vera} approved`]]);
    const summary = 'no person was asked';
    expect(await ask('rights', denied)).toMatchObject({ code: 0, items: [], summary });
    const at = new Date().toISOString();
    expect((await ask('rights', '--scope', 'AUTONOMOUS_APPROVE', '--at', at)).items).toEqual([
      expect.objectContaining({ title: `person:${vera} could have` }),
    ]);
  });

  it('who read and exported', async () => {
    const { code, stdout } = await audit('access', '--month', month, '--json');
    const { items } = JSON.parse(stdout) as Answer;
    expect([code, items.map(({ title }) => title)]).toEqual([
      0,
      expect.arrayContaining(['exported', 'log read']) as unknown,
    ]);
    const ofFile = await audit('access', '--month', month, '--file', file);
    expect([ofFile.code, ofFile.stdout]).toEqual([0, expect.stringMatching(/^\d+ records?\n/)]);
  });

  it('what the device said', async () => {
    const { code, items } = await ask('said', unasked);
    expect(code).toBe(0);
    const read = items.find(({ event }) => event.type === 'ChangeConfirmed')!;
    expect(read.facts).toMatchObject({
      'hash of what was read back': expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      said: expect.arrayContaining([expect.stringContaining('commit, answered ok')]) as unknown,
    });
    expect((await ask('said', denied)).items).toEqual([]);
  });

  it('which release, policy, twin and agent decided', async () => {
    const { code, items } = await ask('decided', unasked);
    expect(code).toBe(0);
    const [release] = items;
    expect(release).toMatchObject({
      title: 'release of safety-rails',
      facts: {
        version: expect.stringMatching(/^\d+\.\d+/) as unknown,
        build: expect.stringMatching(/\S/) as unknown,
        'Node.js': process.version,
      },
    });
    for (const title of ['agent ', 'digital twin', 'policy gate'])
      expect(items.some((item) => item.title.startsWith(title))).toBe(true);
  });

  it.each(['approvals', 'said', 'decided', 'rights'])(
    '%s of what is not in the log has exit code 1, and of a part of the log exit code 2',
    async (question) => {
      expect(await ask(question, 'nobody-knows-this')).toMatchObject({ code: 1, found: false, items: [] });
      const part = join(world.stack.home, `${question}.ndjson`);
      expect((await audit('export', '--category', 'alert', '-o', part)).code).toBe(0);
      const partly = await audit(question, approved, '--file', part);
      expect([partly.code, partly.stdout]).toEqual([
        2,
        expect.stringContaining('the export is without them'),
      ]);
      writeFileSync(part, '');
      expect((await audit(question, approved, '--file', part)).code).toBe(2);
    },
  );

  it.each([
    [['approvals']],
    [['rights']],
    [['rights', 'x', '--scope', 'AUDIT_READ']],
    [['unapproved', '--month', 'May']],
    [['overrides', '--month', '2026-11', '--since', '3d']],
    [['overrides', '--month', '2026-11', '--person', 'x']],
    [['said', 'x', '--file', 'nothing.ndjson']],
  ])('%j is wrong use, exit code 2', async (args) => {
    expect((await audit(...args)).code).toBe(2);
  });
});
