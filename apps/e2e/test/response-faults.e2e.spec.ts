import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { ResponseWorld } from './response-world.js';

const world = new ResponseWorld();
const found = (code: string): object => ({
  passed: false,
  findings: expect.arrayContaining([expect.objectContaining({ code })]),
});

beforeAll(async () => {
  await world.start();
  expect((await world.apply('YELLOW')).results.map(({ passed }) => passed)).toEqual([true, true]);
});
afterAll(() => world.end());

describe('a check', () => {
  it('finds a row that was changed in a read model, and where it differs', async () => {
    const { rows } = await world.sql<{ table_schema: string }>(
      "select table_schema from information_schema.tables where table_name = 'actions' and table_schema like 'safety_rails_%'",
    );
    const table = `${rows[0]!.table_schema}.actions`;
    await world.sql(`update ${table} set entity_id = entity_id || ' changed'`);
    expect(await world.check('full_integrity_check')).toMatchObject(found('read-model-differs'));
    await world.sql(`update ${table} set entity_id = replace(entity_id, ' changed', '')`);
    expect(await world.check('full_integrity_check')).toMatchObject({ passed: true, failed: 0 });
  });

  it('finds a read model whose tables are not as they are made', async () => {
    await world.sql('alter table audit_tree_v1.checkpoints add column extra text');
    expect(await world.check('schema_validation')).toMatchObject(found('read-model-shape'));
    await world.sql('alter table audit_tree_v1.checkpoints drop column extra');
    expect(await world.check('schema_validation')).toMatchObject({ passed: true });
  });

  it('finds a stored checkpoint that is not the one in the log, and a stored leaf that is not', async () => {
    const one = `audit_tree_v1.checkpoints set note = %s where tree = '*' and size = (select max(size) from audit_tree_v1.checkpoints where tree = '*')`;
    await world.sql(`update ${one.replace('%s', "note || 'x'")}`);
    expect(await world.check('integrity_check')).toMatchObject(found('checkpoint-differs'));
    await world.sql(`update ${one.replace('%s', 'left(note, -1)')}`);
    const tiles = `update audit_tree_v1.tiles set hashes = set_byte(hashes, 5, (get_byte(hashes, 5) + %s) % 256) where tree = '*' and level = 0 and place = 0`;
    await world.sql(tiles.replace('%s', '1'));
    expect(await world.check('integrity_check')).toMatchObject(found('leaf-changed'));
    await world.sql(tiles.replace('%s', '255'));
    expect(await world.check('light')).toMatchObject({ passed: true });
  });

  it('finds an archived segment that was changed', async () => {
    const segment = await until(async () => {
      const names = await readdir(world.archive, { recursive: true });
      return names.find((name) => name.endsWith('.zst')) ?? names.find((name) => name.endsWith('.gz')) ?? false;
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

  it("finds a byte that was changed in the log's file, and the response records it as failed", async () => {
    const { log } = world.parts;
    const [victim] = await world.events('autonomy-_system:budget=posture');
    await log.down();
    const file = new DatabaseSync(log.file!);
    // Without its checksum: whoever can write the file can leave out what the log itself would notice.
    file
      .prepare('update events set data = ?, checksum = null where position = ?')
      .run(
        Buffer.from(JSON.stringify({ ...victim!.data, max_autonomous_per_day: 101 })),
        Number(victim!.position.commit),
      );
    file.close();
    await log.up();
    expect(await world.apply('YELLOW')).toMatchObject({
      status: 'completed',
      results: [{ action: 'integrity_check', state: 'COMPLETED', passed: false }, {}],
    });
    const checks = await world.events('posture-_system:checks');
    expect(checks.map(({ data }) => data)).toContainEqual(
      expect.objectContaining({
        kind: 'integrity_check',
        passed: false,
        failed: expect.any(Number),
        detail: expect.stringContaining('is not what its leaf was made of'),
      }),
    );
  });
});
