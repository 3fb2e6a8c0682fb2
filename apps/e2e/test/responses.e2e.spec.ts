import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ResponseWorld } from './response-world.js';

const world = new ResponseWorld();
beforeAll(() => world.start());
afterAll(() => world.end());

const file = (name: string): Promise<string> => readFile(join(world.directory, name), 'utf8');

describe('a run of responses', () => {
  it('is dry unless it is asked for, and tells its plan', async () => {
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

  it('goes through the action pipeline by itself where its responses only read', async () => {
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
    const checked = await world.events('posture-_system:checks');
    expect(checked.map(({ data }) => data)).toMatchObject([
      { kind: 'integrity_check', passed: true, failed: 0 },
      { kind: 'schema_validation', passed: true, failed: 0 },
    ]);
  });
});

describe('a response that changes something', () => {
  it('waits for an approval, keeps what was there, and is taken back by a person', async () => {
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
