import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkpointCases } from './audit-live/checkpoints.js';
import { site } from './network.js';
import { tenant } from './names.js';
import { World } from './world.js';

const names = ['l01', 'l02', 'l03'];
const world = new World({
  devices: [...names.map((name) => site(name)), site('l04', { neighbourUsers: 262 })],
});
const cell = (name: string): string => `cell-${name}-1`;
type LiveReport = {
  readonly events: number;
  readonly difference: unknown;
  readonly unchecked: object;
  readonly owed: object;
  readonly states: { readonly digest: string } | null;
  readonly read_models: {
    readonly actions: number;
    readonly budgets: number;
    readonly difference: {
      readonly stream: string;
      readonly path: string;
      readonly shown: unknown;
      readonly derived: unknown;
    } | null;
  };
};
const live = async (): Promise<{ readonly code: number; readonly report: LiveReport }> => {
  const { code, stdout } = await world.stack.cli('--tenant', tenant, 'audit', 'replay', '--live', '--json');
  return { code, report: JSON.parse(stdout) as LiveReport };
};
const trace = (
  id: string,
  ...more: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> =>
  world.stack.cli('--tenant', tenant, 'audit', 'trace', id, ...more);

let completed: string;
let denied: string;
let rolledBack: string;
let waiting: string;

beforeAll(async () => {
  await world.start();
  await world.provision();
  for (const name of [...names, 'l04']) await world.network.degrade(cell(name));
  await world.teach(...[...names, 'l04'].map(cell));
  completed = await world.publish(world.intent(cell('l01')));
  expect((await world.ends(completed)).state).toBe('COMPLETED');
  denied = await world.publish(
    world.intent(cell('l02'), { parameters: { power_raise_db: 6, cell_individual_offset: 3 } }),
  );
  expect((await world.ends(denied)).state).toBe('DENIED');
  rolledBack = await world.publish(world.intent(cell('l04')));
  expect((await world.ends(rolledBack)).state).toBe('ROLLED_BACK');
  waiting = await world.publish(
    world.intent(cell('l03'), { parameters: { power_raise_db: 3, cell_individual_offset: 10 } }),
  );
  await world.reaches(waiting, ['AWAITING_APPROVAL']);
});
afterAll(() => world.end());

describe('a replay of the running system', () => {
  it('finds the log whole, every decision the same, and the read models equal to the result', async () => {
    const { code, report } = await live();
    // `_system`'s action types and global switch are not in a tenant's log. Neither are its
    // measurements, on which a posture rests once Interlock measured a signal of the tenant, be
    // that before or after the last one.
    expect([
      code,
      report.difference,
      Object.keys(report.unchecked)
        .filter((kind) => kind !== 'posture')
        .sort(),
      report.read_models.difference,
    ]).toEqual([0, null, ['action_type', 'change', 'global_switch'], null]);
    expect(report.read_models).toMatchObject({ actions: 4, budgets: 1 });
    const file = join(world.stack.home, 'whole.ndjson');
    await world.stack.cli('--tenant', tenant, 'audit', 'export', '-o', file);
    const offline = await world.stack.cli('audit', 'replay', '--whole', file, '--json');
    expect((JSON.parse(offline.stdout) as LiveReport).states?.digest).toBe(report.states?.digest);
  });

  it('names the first altered row of a read model, and the altered part', async () => {
    const client = new pg.Client({ connectionString: world.stack.runtime.postgres });
    await client.connect();
    try {
      const {
        rows: [table],
      } = await client.query<{ readonly name: string }>(
        "select format('%I.actions', table_schema) as name from information_schema.tables where table_name = 'actions' order by table_schema desc limit 1",
      );
      const update = `update ${table!.name} set state = 'COMPLETED' where tenant_id = '${tenant}' and action_id = '${denied}'`;
      await client.query(`begin; select set_config('app.tenant_id', '${tenant}', true); ${update}; commit`);
    } finally {
      await client.end();
    }
    const { code, report } = await live();
    expect([code, report.difference]).toEqual([1, null]);
    expect(report.read_models.difference).toMatchObject({
      stream: `action-${tenant}:${denied}`,
      path: '/state',
      shown: 'COMPLETED',
      derived: 'DENIED',
    });
  });
});

describe('the story of an action of the running system', () => {
  it('goes from the intent to the requests to the device and its answers', async () => {
    const { code, stdout } = await trace(completed);
    expect(code).toBe(0);
    for (const said of [
      'intent ',
      'gate 1 kill_switch: pass',
      'gate 9 budget: pass',
      'plan prepared',
      'lease on entity:',
      'execution started on the basis of allow',
      'answered ok',
      '<persist>***</persist>',
      '<persist-id>***</persist-id>',
      'validation: pass',
      'ended: COMPLETED',
      'decision memory: COMPLETED',
    ]) {
      expect(stdout).toContain(said);
    }
    expect(stdout).not.toContain('not there:');
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it('covers a denied, a rolled back and a waiting one, and an unknown one', async () => {
    expect((await trace(denied)).stdout).toContain('ended: DENIED by policy');
    const { stdout } = await trace(rolledBack);
    for (const said of ['undo asked for', 'cancel-commit, answered ok', 'ended: ROLLED_BACK', 'incident '])
      expect(stdout).toContain(said);
    expect((await trace(waiting)).stdout).toContain('the end: the action was not over');
  });

  it('is the same from an export, also as JSON', async () => {
    const file = join(world.stack.home, 'whole.ndjson');
    await world.stack.cli('--tenant', tenant, 'audit', 'export', '-o', file);
    expect((await trace(completed, '--file', file)).stdout).toBe((await trace(completed)).stdout);
    const story = JSON.parse((await trace(rolledBack, '--json')).stdout) as {
      readonly state: string;
      readonly steps: readonly { readonly type: string }[];
    };
    expect([story.state, story.steps.map(({ type }) => type).includes('ChangeRolledBack')]).toEqual([
      'ROLLED_BACK',
      true,
    ]);
    expect(await trace('no-such-action')).toMatchObject({ code: 1, stdout: '' });
  });
});

// These kill and restart the stack.
checkpointCases(world);
