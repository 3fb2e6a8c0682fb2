import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { busStreams } from '@interlock/contracts';
import { until } from '@interlock/testing';
import { bytesOf } from './bytes-of.js';
import { site } from './network.js';
import { everyRow } from './security-tables.js';
import { tenant } from './names.js';
import { World } from './world.js';

const world = new World({
  args: ['--no-demo', '--workers', '2'],
  devices: [...['p01', 'p02', 'p03'].map((name) => site(name)), site('p04', { neighbourUsers: 262 })],
});
const ann = 'ann.kowalska-4711@example.net';
const dpo = 'dpo@example.net';
/** Ann's texts in each place that accepts one, all different. */
const written = {
  engage: 'Szturm ueber dem Masten 1',
  release: 'vorbei, sagt Bert 2',
  reject: 'nicht mit mir 3',
  approve: 'sieht gut aus 4',
  cancel: 'lieber doch nicht 5',
  incident: 'war vor Ort 6',
  alert: 'gesehen von Ann 7',
  approval: 'gelesen und fuer gut befunden 8',
  notes: 'weil Ann es will 9',
} as const;
const traces = [ann, 'kowalska', ...Object.values(written)];
const file = (name: string): string => join(world.stack.home, name);
const cli = (...args: readonly string[]): ReturnType<typeof world.stack.cli> =>
  world.stack.cli('--tenant', tenant, '--as', dpo, ...args);
type Line = {
  readonly position: string;
  readonly type: string;
  readonly stream: string;
  readonly data: object;
};
/** The events of an export, line by line, without its seal, which changes with each checkpoint. */
const textsOf = (name: string): readonly string[] =>
  readFileSync(file(name), 'utf8')
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('{"seal":'));
const linesOf = (name: string): readonly Line[] => textsOf(name).map((line) => JSON.parse(line) as Line);

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesBelow(join(folder, entry.name))
      : entry.isFile()
        ? [join(folder, entry.name)]
        : [],
  );
/** Ann's traces in a folder's files, byte by byte. */
const tracesBelow = (folder: string): readonly string[] =>
  filesBelow(file(folder)).flatMap((path) => {
    const bytes = bytesOf(path);
    return traces.filter((trace) => bytes.includes(trace)).map((trace) => `${trace} in ${path}`);
  });
const tracesOnBus = async (): Promise<readonly string[]> => {
  const found: string[] = [];
  let read = 0;
  const manager = await world.nats.jetstreamManager();
  for (const { name } of busStreams) {
    const { state } = await manager.streams.info(name);
    for (let sequence = state.first_seq; sequence <= state.last_seq && state.messages > 0; sequence += 1) {
      const message = await manager.streams.getMessage(name, { seq: sequence }).catch(() => undefined);
      if (message === undefined) continue;
      read += 1;
      const text = Buffer.from(message.data).toString('utf8') + [...message.header].flat(2).join(' ');
      found.push(
        ...traces.filter((trace) => text.includes(trace)).map((trace) => `${trace} in ${name} ${sequence}`),
      );
    }
  }
  expect(read).toBeGreaterThan(100);
  return found;
};

let annId: string;
let actions: { readonly rejected: string; readonly approved: string; readonly cancelled: string };
let incident: string;
let alert: string;
let bundle: string;
let noted: string;

/**
 * Ann's texts in the API's answers, except the kill switch's reasons, which only the log contains.
 */
const shown = async (): Promise<{ readonly [what: string]: unknown }> => {
  const comments = async (id: string): Promise<unknown> =>
    (
      await world.must<{ comments: readonly { comment: string }[] }>(
        'GET',
        `/api/v1/autonomous/actions/${id}`,
      )
    ).comments.map(({ comment }) => comment);
  const { approvals } = await world.must<{ approvals: readonly { note: string; approved_by: string }[] }>(
    'GET',
    `/api/v1/policy/bundles/${bundle}`,
  );
  return {
    reject: await comments(actions.rejected),
    approve: await comments(actions.approved),
    cancel: await comments(actions.cancelled),
    incident: (await world.must('GET', `/api/v1/incidents/${incident}`)).note,
    alert: (await world.must('GET', `/api/v1/alerts/${alert}`)).note,
    approval: approvals
      .filter(({ approved_by }) => approved_by === `person:${annId}`)
      .map(({ note }) => note),
    notes: (await world.must('GET', `/api/v1/policy/bundles/${noted}`)).notes,
  };
};
const first = async (path: string): Promise<string> =>
  until(
    async () => (await world.must<{ items: readonly { id: string }[] }>('GET', path)).items[0]?.id,
    `there is one at ${path}`,
  );

beforeAll(async () => {
  await world.start();
  await world.provision();
  for (const name of ['p01', 'p02', 'p03', 'p04']) await world.network.degrade(`cell-${name}-1`);
  await world.teach('cell-p01-1', 'cell-p02-1', 'cell-p03-1', 'cell-p04-1');
  const who = { sub: ann };
  const waiting = async (cell: string): Promise<string> => {
    const id = await world.publish(
      world.intent(cell, { parameters: { power_raise_db: 3, cell_individual_offset: 10 } }),
    );
    await world.reaches(id, ['AWAITING_APPROVAL']);
    return id;
  };
  actions = {
    rejected: await waiting('cell-p01-1'),
    approved: await waiting('cell-p02-1'),
    cancelled: await waiting('cell-p03-1'),
  };
  await world.must(
    'POST',
    `/api/v1/autonomous/actions/${actions.rejected}/reject`,
    { comment: written.reject },
    who,
  );
  await world.approve(actions.approved, who, { comment: written.approve });
  await world.must(
    'POST',
    `/api/v1/autonomous/actions/${actions.cancelled}/cancel`,
    { comment: written.cancel },
    who,
  );
  await world.ends(actions.approved);
  // Named by an agent: over HTTP and on the bus, in an accepted intent and in a refused one.
  await world.ends(await world.publish(world.intent('cell-p01-1', { dry_run: true, requested_by: ann })));
  await world.must(
    'POST',
    '/api/v1/autonomous/actions',
    world.intent('cell-p01-1', { dry_run: true, requested_by: ann }),
  );
  expect(
    (
      await world.call('POST', '/api/v1/autonomous/actions', {
        ...world.intent('cell-p01-1', { requested_by: ann }),
        confidence_score: 7,
      })
    ).status,
  ).toBe(422);
  // A rollback opens an incident, and the kill switch fires an alert.
  expect((await world.ends(await world.publish(world.intent('cell-p04-1')))).state).toBe('ROLLED_BACK');
  incident = await first('/api/v1/incidents');
  await world.must('POST', `/api/v1/incidents/${incident}/resolve`, { note: written.incident }, who);
  await world.must(
    'POST',
    '/api/v1/autonomous/kill-switch',
    { scope: 'tenant', engaged: true, reason: written.engage },
    who,
  );
  alert = await first('/api/v1/alerts?status=firing&severity=critical');
  await world.must('POST', `/api/v1/alerts/${alert}/acknowledge`, { note: written.alert }, who);
  await world.must(
    'POST',
    '/api/v1/autonomous/kill-switch',
    { scope: 'tenant', engaged: false, reason: written.release },
    who,
  );
  await world.killSwitch(false);
  bundle = (
    await world.must<{ id: string }>(
      'POST',
      '/api/v1/policy/bundles',
      { version: '2.0.0', notes: '', rules: [] },
      { sub: 'author' },
    )
  ).id;
  const { bundle_hash, flip_list_hash } = await world.must(
    'POST',
    `/api/v1/policy/bundles/${bundle}/flip-list`,
    {},
    who,
  );
  await world.must(
    'POST',
    `/api/v1/policy/bundles/${bundle}/approvals`,
    { bundle_hash, flip_list_hash, note: written.approval },
    who,
  );
  noted = (
    await world.must<{ id: string }>(
      'POST',
      '/api/v1/policy/bundles',
      { version: '2.1.0', notes: written.notes, rules: [] },
      who,
    )
  ).id;
}, 300_000);
afterAll(() => world.end(), 60_000);

describe("a person's texts", () => {
  it('are shown to readers who may see them', async () => {
    annId = (
      await world.must<{ person_id: string }>(
        'POST',
        '/api/v1/audit/people/lookup',
        { subject: ann },
        { sub: dpo },
      )
    ).person_id;
    const expected = {
      reject: [written.reject],
      approve: [written.approve],
      cancel: [written.cancel],
      incident: written.incident,
      alert: written.alert,
      approval: [written.approval],
      notes: written.notes,
    };
    const texts = Object.values(expected).flat();
    const read = await until(async () => {
      const now = await shown();
      const text = JSON.stringify(now);
      return texts.every((one) => text.includes(one)) && now;
    }, 'the read models are that far');
    expect(read).toEqual(expected);
  });

  it('appear only in such answers: not in the log, the bus, the database, nor in any file of the home', async () => {
    expect(await tracesOnBus()).toEqual([]);
    const rows = await everyRow(world.stack.runtime.postgres);
    expect(rows).toContain(annId);
    // Her id is found there, so the search works.
    for (const folder of ['log', 'nats', 'postgres'])
      expect([folder, filesBelow(file(folder)).some((path) => bytesOf(path).includes(annId))]).toEqual([
        folder,
        true,
      ]);
    expect(traces.filter((trace) => rows.includes(trace))).toEqual([]);
    for (const folder of ['log', 'logs', 'nats', 'postgres'])
      expect([folder, tracesBelow(folder)]).toEqual([folder, []]);
  });

  it("are in the person's own export with every event that concerns them, which requires the scope", async () => {
    expect(await cli('privacy', 'export', ann, '-o', file('ann.ndjson'))).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(statSync(file('ann.ndjson')).mode & 0o777).toBe(0o600);
    const [head, ...events] = readFileSync(file('ann.ndjson'), 'utf8').trim().split('\n');
    expect(JSON.parse(head!)).toMatchObject({ person: { person_id: annId, subject: ann, erased_at: null } });
    for (const text of Object.values(written))
      expect([text, events.some((line) => line.includes(text))]).toEqual([text, true]);
    expect(events.filter((line) => !line.includes(annId))).toEqual([]);
    expect(
      (
        await world.call('GET', `/api/v1/audit/people/${annId}`, undefined, {
          sub: 'auditor',
          scopes: ['AUDIT_READ'],
        })
      ).status,
    ).toBe(403);
    expect((await cli('privacy', 'list')).stdout).toContain(ann);
  });
});

describe('an erased person', () => {
  let until_: string;

  it('is erased only on a repeated request, and not by a service', async () => {
    expect(await cli('audit', 'export', '-o', file('before.ndjson'))).toMatchObject({ code: 0 });
    until_ = linesOf('before.ndjson').at(-1)!.position;
    expect(await cli('privacy', 'erase', ann)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--yes') as unknown,
    });
    expect((await world.stack.cli('--tenant', tenant, 'privacy', 'erase', annId, '--yes')).code).toBe(2);
    expect((await world.call('DELETE', `/api/v1/audit/people/${annId}`)).body).toMatchObject({
      code: 'person-required',
    });
    expect((await cli('privacy', 'erase', ann, '--yes')).stdout).toContain(`${annId} erased at `);
    expect((await cli('privacy', 'erase', annId, '--yes')).stdout).toContain(
      `${annId} was already erased at `,
    );
  });

  it('is gone from every answer of every process', async () => {
    const gone = {
      reject: ['[erased]'],
      approve: ['[erased]'],
      cancel: ['[erased]'],
      incident: '[erased]',
      alert: '[erased]',
      approval: ['[erased]'],
      notes: '[erased]',
    };
    await until(async () => {
      expect(await shown()).toEqual(gone);
      return true;
    }, 'no process knows her any more');
    expect((await cli('privacy', 'list')).stdout).not.toContain('kowalska');
    expect(await cli('privacy', 'export', ann)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('not-found') as unknown,
    });
    const { stdout } = await cli('privacy', 'export', annId);
    expect(JSON.parse(stdout.split('\n')[0]!)).toMatchObject({
      person: { person_id: annId, subject: null, erased_at: expect.any(String) as unknown },
    });
    expect(traces.filter((trace) => stdout.includes(trace))).toEqual([]);
    expect(stdout).toContain('"PersonErased"');
  });

  it('appears nowhere: not in the log, the bus, the database, nor in any of their files', async () => {
    expect(await tracesOnBus()).toEqual([]);
    const rows = await everyRow(world.stack.runtime.postgres);
    expect(traces.filter((trace) => rows.includes(trace))).toEqual([]);
    for (const folder of ['log', 'logs', 'nats', 'postgres'])
      expect([folder, tracesBelow(folder)]).toEqual([folder, []]);
  });

  it('leaves the log unchanged: the same export, byte by byte, and every decision replays the same', async () => {
    expect(await cli('audit', 'export', '--until', until_, '-o', file('after.ndjson'))).toMatchObject({
      code: 0,
    });
    expect(textsOf('after.ndjson')).toEqual(textsOf('before.ndjson'));
    for (const name of ['before.ndjson', 'after.ndjson'])
      expect((await cli('audit', 'verify', file(name))).code).not.toBe(1);
    expect(await cli('audit', 'replay', file('after.ndjson'))).toMatchObject({ code: 0 });
    const [erased, ...more] = await world.stream(`person-${tenant}:${annId}`);
    expect([erased, more]).toMatchObject([
      { type: 'PersonErased', data: { person_id: annId }, metadata: { actor: { kind: 'person' } } },
      [],
    ]);
  });

  it('gets a new identity when they return', async () => {
    await world.must('GET', '/api/v1/autonomous/status', undefined, { sub: ann });
    const { person_id: again } = await world.must<{ person_id: string }>(
      'POST',
      '/api/v1/audit/people/lookup',
      { subject: ann },
      { sub: dpo },
    );
    expect(again).not.toBe(annId);
    expect((await shown())['incident']).toBe('[erased]');
  });
});

describe('a new master key', () => {
  it("keeps everybody's ids and texts", async () => {
    const who = { sub: 'zoe@example.net' };
    const held = await world.publish(
      world.intent('cell-p01-1', { parameters: { power_raise_db: 3, cell_individual_offset: 10 } }),
    );
    await world.reaches(held, ['AWAITING_APPROVAL']);
    await world.must('POST', `/api/v1/autonomous/actions/${held}/reject`, { comment: 'geht so' }, who);
    const { person_id: before } = await world.must<{ person_id: string }>(
      'POST',
      '/api/v1/audit/people/lookup',
      { subject: who.sub },
      { sub: dpo },
    );
    const key = file('secrets/people-key');
    const { stayed } = await world.restart(() =>
      writeFileSync(key, `${'c4'.repeat(32)}\n${readFileSync(key, 'utf8')}`),
    );
    // A kill switch would wait for an executor that stays registered.
    expect(stayed).toEqual([]);
    expect((await world.stack.cli('privacy', 'rewrap')).stdout).toMatch(/^[1-9]\d* rewrapped/);
    await world.restart(() => writeFileSync(key, `${'c4'.repeat(32)}\n`));
    const { person_id: after } = await world.must<{ person_id: string }>(
      'POST',
      '/api/v1/audit/people/lookup',
      { subject: who.sub },
      { sub: dpo },
    );
    expect(after).toBe(before);
    expect(await world.must('GET', `/api/v1/autonomous/actions/${held}`)).toMatchObject({
      comments: [{ comment: 'geht so' }],
    });
  }, 240_000);
});
