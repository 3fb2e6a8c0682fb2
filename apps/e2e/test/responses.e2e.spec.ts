import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { ResponseCommands } from './response-commands.js';
import { ResponseWorld } from './response-world.js';
import { tamperedAndRepaired } from './tampered.js';

const world = new ResponseWorld();
beforeAll(() => world.start());
afterAll(() => world.end());

const found = (code: string): object => ({
  passed: false,
  findings: expect.arrayContaining([expect.objectContaining({ code })]),
});
const file = (name: string): Promise<string> => readFile(join(world.directory, name), 'utf8');

describe("a changed byte in the log's file", () => {
  it('is found, turns the posture RED, denies actions and is reported to people until the signed bytes are restored', () =>
    tamperedAndRepaired(world));
});

describe('the command line', () => {
  const commands = new ResponseCommands(world);
  beforeAll(() => commands.start());
  afterAll(() => commands.end());

  it('shows the posture, its inputs, and its history', () => commands.tellsThePosture());

  it('exports a post-mortem whose evidence is proved by the signed log', () =>
    commands.exportsThePostMortem());

  it('is used by the workflows of posture and responses, which commit its results', () =>
    commands.runsTheWorkflows());
});

describe('a run of responses', () => {
  it('is dry by default, and prints its plan', async () => {
    const run = await world.run('RED', false);
    expect(run).toMatchObject({ mode: 'dry-run', status: 'completed', actions_planned: 3 });
    for (const { stdout } of run.results) expect(stdout).toMatch(/^\[DRY-RUN\] Would execute/);
    expect(JSON.parse(await file('state/policy_response_preview.json'))).toMatchObject({
      response_id: run.response_id,
      policy: 'RED',
      mode: 'dry-run',
      actions_planned: 3,
    });
  });

  it('passes the action pipeline automatically if its responses only read', async () => {
    const run = await world.apply('YELLOW');
    expect(run).toMatchObject({
      detail: null,
      mode: 'apply',
      status: 'completed',
      actions_planned: 2,
      safety_gates_passed: true,
      results: [
        { action: 'integrity_check', state: 'COMPLETED', passed: true },
        { action: 'schema_validation', state: 'COMPLETED', passed: true },
      ],
    });
    const own = run.results.map(({ action_id }) => action_id);
    const checked = (await world.events('posture-_system:checks')).map(
      ({ data }) => data as { readonly request_id: string },
    );
    expect(checked.filter(({ request_id }) => own.includes(request_id))).toMatchObject([
      { kind: 'integrity_check', passed: true, failed: 0 },
      { kind: 'schema_validation', passed: true, failed: 0 },
    ]);
  });
});

describe('a response that changes something', () => {
  it('waits for an approval, keeps a backup, and is undone by a person', async () => {
    const first = await world.run('RED', true);
    const mirror = await world.waitingFor(first.response_id, 'integrity_anchor_mirror');
    await world.approve(mirror);
    expect(await world.ended(first.response_id)).toMatchObject({
      status: 'completed',
      results: [
        { action: 'full_integrity_check', state: 'COMPLETED', passed: true },
        { action: 'cold_storage_verification', state: 'COMPLETED', passed: true },
        { action: 'integrity_anchor_mirror', state: 'COMPLETED', passed: null, reversible: true },
      ],
    });
    const rebuilt = await file('mirrors/anchor_chain.json');
    expect(JSON.parse(rebuilt)).toMatchObject({ checkpoints: expect.any(Array) });
    await writeFile(join(world.directory, 'mirrors/anchor_chain.json'), 'another mirror\n');

    const second = await world.run('RED', true);
    await world.approve(await world.waitingFor(second.response_id, 'integrity_anchor_mirror'));
    await world.ended(second.response_id);
    expect(await file('mirrors/anchor_chain.json.backup')).toBe('another mirror\n');
    expect(JSON.parse(await file(`state/policy_response_undo_${second.response_id}.json`))).toMatchObject({
      response_id: second.response_id,
      path: 'mirrors/anchor_chain.json',
      before: 'another mirror\n',
    });

    const undo = { body: { reason: 'the other one is wanted' } };
    const path = `/api/v1/responses/${second.response_id}/undo`;
    expect((await world.call('posture', 'POST', path, { ...undo, sub: null })).http).toBe(403);
    expect(await world.call('posture', 'POST', path, undo)).toMatchObject({
      http: 200,
      body: { status: 'undone', undone: { reason: 'the other one is wanted' } },
    });
    expect(await file('mirrors/anchor_chain.json')).toBe(await file('mirrors/anchor_chain.json.backup'));
    expect(
      (await world.call('posture', 'POST', `/api/v1/responses/${first.response_id}/undo`, undo)).http,
    ).toBe(409);
  });
});

describe('the gates of a run', () => {
  const tenant = 'guarded';
  const post = (path: string, body: object, sub?: string | null) =>
    world.call<{ readonly code?: string; readonly locked?: boolean; readonly unlocks_today?: number }>(
      'posture',
      'POST',
      `/api/v1/posture/${path}`,
      { tenant, body, ...(sub === undefined ? {} : { sub }) },
    );

  it('block dry runs too and name every gate, with report and marker', async () => {
    await post('trust/lock', { reason: 'a mirror differs' }, null);
    await post('brake/engage', { reason: 'a migration' }, null);
    const gates = ['trust_guard_unlocked', 'safety_brake_off'];
    expect(await world.run('RED', false, { tenant })).toMatchObject({ status: 'blocked', gates });
    const { response_id } = await world.run('RED', true, { tenant });
    const of = (name: string): Promise<string> => file(`tenants/${tenant}/${name}`);
    expect(JSON.parse(await of('reports/policy_response_blocked.json'))).toMatchObject({
      response_id,
      failing_gates: gates,
      executed: 0,
    });
    // The evaluation that sees the lock may write its own marker at any time.
    const markers = (await of('audit_summary.md')).split('\n');
    expect(markers.filter((line) => !line.startsWith('<!-- POLICY_ORCHESTRATION: '))).toEqual([
      expect.stringMatching(
        /^<!-- POLICY_RESPONSE: BLOCKED \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 gate=trust_guard_unlocked,safety_brake_off -->$/,
      ),
      '',
    ]);
    expect(await world.run('GREEN', true, { tenant })).toMatchObject({
      actions_planned: 0,
      response_id: null,
    });
  });

  it('are opened only by a person with a reason, and unlocks are counted', async () => {
    expect((await post('brake/release', { reason: 'done' }, null)).http).toBe(403);
    expect((await post('trust/unlock', { reason: 'seen' }, null)).http).toBe(403);
    expect((await post('trust/unlock', {})).http).toBe(422);
    expect((await post('trust/unlock', { reason: ' ' })).http).toBe(422);
    await post('brake/release', { reason: 'done' });
    for (const unlocks_today of [1, 2, 3]) {
      expect(await post('trust/unlock', { reason: 'seen' })).toMatchObject({
        http: 200,
        body: { locked: false, unlocks_today },
      });
      await post('trust/lock', { reason: 'again' });
    }
    expect(await post('trust/unlock', { reason: 'seen' })).toMatchObject({
      http: 409,
      body: { code: 'unlock-limit' },
    });
    expect((await post('trust/unlock', { reason: 'known', force: true })).body.unlocks_today).toBe(4);
    expect(await world.run('YELLOW', false, { tenant })).toMatchObject({ gates: ['manual_unlock_count'] });
    await post('trust/reset-unlocks', { reason: 'a drill' });
    expect(await world.run('YELLOW', false, { tenant })).toMatchObject({ status: 'completed' });
    const [locked] = await world.events(`trust_lock-${tenant}:guard`);
    expect(locked?.data).toMatchObject({ reason: 'a mirror differs', cause: 'person' });
  });
});

describe('an interrupted run', () => {
  it('continues where it was, and does nothing twice', async () => {
    const { response_id: id } = await world.run('YELLOW', true);
    await world.stopService('posture');
    await world.begin('posture');
    expect(await world.ended(id)).toMatchObject({
      status: 'completed',
      results: [{ passed: true }, { passed: true }],
    });
    const types = (await world.events(`response-_system:${id}`)).map(({ type }) => type);
    expect(types).toEqual([
      'ResponsePlanned',
      'ResponseActionSubmitted',
      'ResponseActionEnded',
      'ResponseActionSubmitted',
      'ResponseActionEnded',
      'ResponseCompleted',
    ]);
    // The file follows the log of events.
    const lines = async (): Promise<readonly string[]> =>
      (await file('state/policy_response_log.jsonl')).split('\n').filter((line) => line.includes(id));
    await until(async () => (await lines()).length > 0, 'the run is in the file');
    expect(await lines()).toHaveLength(1);
  });
});

describe('a check', () => {
  it('finds a changed row of a read model, and the difference', async () => {
    const { rows } = await world.sql<{ table_schema: string }>(
      "select table_schema from information_schema.tables where table_name = 'actions' and table_schema like 'safety_rails_%'",
    );
    const table = `${rows[0]!.table_schema}.actions`;
    await world.sql(`update ${table} set entity_id = entity_id || ' changed'`);
    expect(await world.check('full_integrity_check')).toMatchObject(found('read-model-differs'));
    await world.sql(`update ${table} set entity_id = replace(entity_id, ' changed', '')`);
    expect(await world.check('full_integrity_check')).toMatchObject({ passed: true, failed: 0 });
  });

  it('finds a read model whose tables have changed', async () => {
    await world.sql('alter table audit_tree_v1.checkpoints add column extra text');
    expect(await world.check('schema_validation')).toMatchObject(found('read-model-shape'));
    await world.sql('alter table audit_tree_v1.checkpoints drop column extra');
    expect(await world.check('schema_validation')).toMatchObject({ passed: true });
  });

  it("finds a stored checkpoint that differs from the log's, and a changed stored leaf", async () => {
    const { rows } = await world.sql<{ size: string }>(
      'select max(size) as size from audit_tree_v1.checkpoints',
    );
    // Newer checkpoints may follow during the check.
    const one = `audit_tree_v1.checkpoints set note = %s where size = ${rows[0]!.size}`;
    await world.sql(`update ${one.replace('%s', "note || 'x'")}`);
    expect(await world.check('integrity_check')).toMatchObject(found('checkpoint-differs'));
    await world.sql(`update ${one.replace('%s', 'left(note, -1)')}`);
    const tiles = `update audit_tree_v1.tiles set hashes = set_byte(hashes, 5, (get_byte(hashes, 5) + %s) % 256) where tree = '*' and level = 0 and place = 0`;
    await world.sql(tiles.replace('%s', '1'));
    expect(await world.check('integrity_check')).toMatchObject(found('leaf-changed'));
    await world.sql(tiles.replace('%s', '255'));
    expect(await world.check('light')).toMatchObject({ passed: true });
  });

  it('finds a changed archived segment', async () => {
    const segment = await until(async () => {
      const names = await readdir(world.archive, { recursive: true });
      return (
        names.find((name) => name.endsWith('.zst')) ?? names.find((name) => name.endsWith('.gz')) ?? false
      );
    }, 'a segment is archived');
    expect(await world.check('cold_storage_verification')).toMatchObject({ passed: true });
    const path = join(world.archive, segment);
    const bytes = await readFile(path);
    const spoilt = Buffer.from(bytes);
    spoilt[spoilt.length >> 1]! ^= 1;
    await writeFile(path, spoilt);
    expect(await world.check('cold_storage_verification')).toMatchObject(found('segment-changed'));
    await writeFile(path, bytes);
    expect(await world.check('cold_storage_verification')).toMatchObject({ passed: true });
  });
});
