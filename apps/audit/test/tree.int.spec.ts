import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, positionText, testMetadata } from '@interlock/kernel';
import {
  checkpointStream,
  entryLeaf,
  eventHash,
  firstKeyFiles,
  Frontier,
  keysOf,
  nextKeyFiles,
  parseCheckpoint,
  parseNote,
  parseVerifier,
  readKeyFiles,
  tenantsHead,
  toBase64,
  verifiedBy,
  verifierText,
  type Hash,
  type ReadKeys,
} from '@interlock/tree';
import type { RunningService } from '@interlock/platform';
import { testContext, until } from '@interlock/testing';
import { start } from '../src/main.js';
import { Audited, origin, seedOf, writeKeys } from './audited.js';

const audited = new Audited();
const schema = 'audit_tree_v1';

const rootOf = (leaves: readonly Hash[]): string => {
  const frontier = new Frontier();
  for (const leaf of leaves) frontier.append(leaf);
  return toBase64(frontier.root());
};
const rows = async <T extends object>(sql: string): Promise<readonly T[]> => {
  const client = await audited.parts.postgres.pool.connect();
  try {
    await client.query('begin');
    await client.query("select set_config('app.tenant_id', '_all', true)");
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.query('commit');
    client.release();
  }
};
const ready = async (
  service: RunningService,
): Promise<{
  readonly status: string;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly code?: string;
    readonly detail?: string;
  }[];
}> => (await fetch(`http://127.0.0.1:${service.http.port}/health/ready`)).json() as never;
type Published = { readonly tree_size: number; readonly root_hash: string; readonly note: string };
const published = async (): Promise<readonly Published[]> =>
  (await collect(audited.parts.log.store.read(checkpointStream)))
    .filter(({ type }) => type === 'CheckpointPublished')
    .map(({ data }) => data as never);
const drop = (): Promise<unknown> =>
  audited.parts.postgres.pool.query(`drop schema ${schema} cascade; delete from audit._projections`);
/**
 * Every checkpoint in the log is the root over the log's first leaves, and over the heads of the
 * tenants that these have.
 */
const allRootsHold = async (): Promise<number> => {
  const entries = await audited.entriesOf();
  const all = await published();
  for (const { tree_size, root_hash, note } of all) {
    const first = entries.slice(0, tree_size);
    expect([tree_size, root_hash]).toEqual([tree_size, rootOf(first.map((entry) => entryLeaf(entry)))]);
    const heads = [...new Set(first.map(({ tenant }) => tenant))].sort().map((tenant) => {
      const own = first.filter((entry) => entry.tenant === tenant);
      return { tenant, size: own.length, root: rootOf(own.map((entry) => entryLeaf(entry))) };
    });
    expect(parseCheckpoint(parseNote(note)!.text)!.tenants).toEqual(tenantsHead(heads));
  }
  return all.length;
};

beforeAll(() => audited.begin({ durable: true }));
afterEach(() => audited.stopServices());
afterAll(() => audited.end());

describe('the trees', () => {
  it('take every event once over restarts, however many came meanwhile', async () => {
    for (const count of [3, 600, 1]) {
      await audited.append('action-demo:a', count);
      await audited.append('action-other:b', 7);
      await audited.start();
      await audited.signed();
      await audited.stopServices();
    }
    expect(await allRootsHold()).toBeGreaterThanOrEqual(3);
    const sizes = await rows<{ tree: string; size: string }>(`select tree, size from ${schema}.trees`);
    expect(sizes.length).toBe(4);
  });

  it('take every event once where two instances race', async () => {
    const context = testContext(audited.parts, 'audit', {
      AUDIT_KEY_DIR: audited.keys,
      AUDIT_CHECKPOINT_SECONDS: '1',
      AUDIT_CHECKPOINT_EVENTS: '50',
    });
    const [one, two] = [await audited.start({ AUDIT_CHECKPOINT_EVENTS: '50' }), await start(context)];
    await Promise.all([
      audited.append('action-demo:r', 400),
      audited.append('action-other:r', 400),
      audited.append('action-third:r', 400),
    ]);
    await audited.signed();
    const all = await published();
    expect(all.map(({ tree_size }) => tree_size)).toEqual(
      [...new Set(all.map(({ tree_size }) => tree_size))].sort((a, b) => a - b),
    );
    await allRootsHold();
    const answers = await Promise.all(
      [one, two].map(
        async (service) =>
          (await audited.get<{ items: object[] }>('/checkpoints?limit=200', {}, service)).json.items.length,
      ),
    );
    expect(answers[0]).toBe(answers[1]);
    await two.stop();
  });

  it('that were lost are built again from the log, agree with all that was signed, and go on', async () => {
    const before = await rows<{ hashes: Buffer }>(
      `select tree, level, place, hashes from ${schema}.tiles where level > 0 order by 1, 2, 3`,
    );
    await drop();
    const service = await audited.start();
    await audited.append('action-demo:again', 2);
    await audited.signed();
    const after = await rows<{ hashes: Buffer }>(
      `select tree, level, place, hashes from ${schema}.tiles where level > 0 order by 1, 2, 3`,
    );
    expect(after.slice(0, before.length).map(({ hashes }) => hashes.subarray(0, 32).toString('hex'))).toEqual(
      before.map(({ hashes }) => hashes.subarray(0, 32).toString('hex')),
    );
    expect(await rows(`select * from ${schema}.findings`)).toEqual([]);
    expect((await ready(service)).status).toBe('ready');
    await allRootsHold();
  });

  it('grew without a checkpoint when the instance died between the two: the next one signs', async () => {
    await audited.start({ AUDIT_KEY_DIR: '/nowhere' });
    await audited.append('action-demo:unsigned', 5);
    const [last] = (await audited.eventsOf('demo')).slice(-1);
    await until(
      async () =>
        (
          await audited.get<{ code?: string; index?: number }>(
            `/proofs/inclusion?position=${positionText(last!.position)}`,
          )
        ).json.code === 'no-checkpoint',
      'the tree has it, no checkpoint does',
    );
    await audited.stopServices();
    await audited.start();
    await audited.signed();
    await allRootsHold();
  });

  it('go on where they were when the log was away', async () => {
    const service = await audited.start();
    await audited.parts.log.down();
    await until(
      async () => (await ready(service)).checks.some(({ name, ok }) => name === 'log' && !ok),
      'the log is missed',
    );
    await audited.parts.log.up();
    await audited.append('action-demo:back', 20);
    await audited.signed();
    await allRootsHold();
    await until(async () => (await ready(service)).status === 'ready', 'it is ready again');
  });

  it('that differ in the database from what the log says was signed are found before anything else is signed', async () => {
    await rows(
      `update ${schema}.tiles set hashes = set_byte(hashes, 5, (get_byte(hashes, 5) + 1) % 256) where tree = '*' and level = 0 and place = (select max(place) from ${schema}.tiles where tree = '*' and level = 0)`,
    );
    const service = await audited.start();
    await audited.append('action-third:x', 1);
    await until(
      async () =>
        (await collect(audited.parts.log.store.read(checkpointStream))).some(
          ({ type, data }) =>
            type === 'TreeInconsistencyFound' && (data as { found_by: string }).found_by === 'tree',
        ),
      'it is in the log',
    );
    expect((await ready(service)).checks.find(({ name }) => name === 'checkpoints')).toMatchObject({
      ok: false,
      code: 'tree-inconsistent',
    });
    const signed = (await published()).length;
    await audited.stopServices();
    await drop();
    await audited.start();
    await audited.signed();
    expect((await published()).length).toBeGreaterThan(signed);
    await allRootsHold();
  });
});

describe('the keys', () => {
  const read = (files: { readonly [name: string]: string }): ReadKeys => readKeyFiles(files) as ReadKeys;

  it('that are missing stop the signing and nothing else', async () => {
    const service = await audited.start({ AUDIT_KEY_DIR: '' });
    await audited.append('action-demo:keyless', 3);
    const check = await until(
      async () => (await ready(service)).checks.find(({ name, ok }) => name === 'checkpoints' && !ok),
      'it is not ready',
    );
    expect(check).toMatchObject({ code: 'no-checkpoint', detail: expect.stringContaining('AUDIT_KEY_DIR') });
    expect((await audited.get('/checkpoint')).status).toBe(200);
    expect((await audited.get('/export')).text).toContain('{"seal":{"checkpoint":');
  });

  it('follow one another: a rotation is picked up by the running service, said in the log, and old checkpoints stay believed', async () => {
    await audited.start();
    await audited.append('action-demo:k', 1);
    const old = parseNote(await audited.signed())!;
    const first = firstKeyFiles(origin, seedOf(1));
    const next = nextKeyFiles(read(first), seedOf(2));
    await writeKeys(audited.keys, next);
    await audited.append('action-demo:k', 1);
    const key = parseVerifier(next['2.vkey']!.trim())!;
    const note = parseNote(
      await until(async () => {
        const signed = await audited.signed();
        return verifiedBy(parseNote(signed)!, [key])?.length === 1 && signed;
      }, 'the new key signs'),
    )!;
    const { json } = await audited.get<{ first: string; rotations: string[]; keys: string[] }>('/keys');
    expect(json.keys).toEqual([first['1.vkey']!.trim(), next['2.vkey']!.trim()]);
    const chain = keysOf(json)!;
    expect(
      [verifiedBy(old, chain), verifiedBy(note, chain)].map((signed) =>
        signed?.map((by) => verifierText(by.key)),
      ),
    ).toEqual([[json.keys[0]], [json.keys[1]]]);
    await audited.stopServices();
    await drop();
    await audited.start();
    await until(
      async () => (await audited.get<{ keys?: string[] }>('/keys')).json.keys?.length === 2,
      'a tree that was built again knows both',
    );
    expect(await rows(`select * from ${schema}.findings`)).toEqual([]);
  });

  it('that have handed over sign no more', async () => {
    const dir = await audited.folders.make();
    await writeKeys(dir);
    await audited.start({ AUDIT_KEY_DIR: dir });
    await audited.append('action-demo:old-key', 1);
    await until(
      () => audited.parts.lines.some((line) => line.includes('the log has a later key than')),
      'it was refused',
    );
  });

  it('of another log, or of a log that knows others, sign nothing', async () => {
    const dir = await audited.folders.make();
    await writeKeys(dir, firstKeyFiles('another/log', seedOf(5)));
    const service = await audited.start({ AUDIT_KEY_DIR: dir });
    expect((await ready(service)).checks.find(({ name }) => name === 'checkpoints')).toMatchObject({
      ok: false,
      code: 'no-checkpoint',
    });
    await audited.stopServices();
    await writeKeys(dir, firstKeyFiles(origin, seedOf(5)));
    const before = (await published()).length;
    await audited.start({ AUDIT_KEY_DIR: dir });
    await audited.append('action-demo:wrong-key', 1);
    await until(
      () => audited.parts.lines.some((line) => line.includes('the log knows other keys than these')),
      'it was refused',
    );
    expect((await published()).length).toBe(before);
  });
});

describe('a log that was changed', () => {
  const edit = async (sql: string, ...values: (string | number | Buffer)[]): Promise<void> => {
    const { log } = audited.parts;
    await log.down();
    const file = new DatabaseSync(log.file!);
    file.prepare(sql).run(...(values as string[]));
    file.close();
    await log.up();
  };

  it('is found by an export, which hands out the changed line with the hash that was signed', async () => {
    await audited.start();
    await audited.append('action-demo:t', 3);
    await audited.signed();
    const events = await audited.eventsOf('demo');
    const victim = events.find(({ stream }) => stream === 'action-demo:t')!;
    await audited.stopServices();
    // Without its checksum: whoever can write the file can leave out what the log itself would
    // notice.
    await edit(
      'update events set data = ?, checksum = null where position = ?',
      Buffer.from(JSON.stringify({ n: 0, text: 'never happened' })),
      Number(victim.position.commit),
    );
    const service = await audited.start();
    const { text } = await audited.get('/export?stream=action-demo:t');
    expect(text).toContain('never happened');
    const signedHash = eventHash(new TextEncoder().encode(text.split('\n')[0]!));
    expect(text.includes(signedHash)).toBe(false);
    await until(
      async () =>
        (await ready(service)).checks.some(
          ({ name, code }) => name === 'checkpoints' && code === 'tree-inconsistent',
        ),
      'it is not ready',
    );
  });

  it('is found without anyone asking, by reading it again', async () => {
    await rows(`delete from ${schema}.findings`);
    const service = await audited.start();
    await until(
      async () =>
        (
          await rows<{ detail: string }>(
            `select detail from ${schema}.findings where detail like '%is not what its leaf was made of'`,
          )
        ).length === 1,
      'the finding is kept',
    );
    await until(async () => (await ready(service)).status === 'not_ready', 'it is not ready');
  });

  it('does not agree with what was signed when the trees are built again: nothing more is signed, and the log says so', async () => {
    await drop();
    const service = await audited.start();
    const before = (await published()).length;
    await audited.append('action-demo:after', 5);
    const reported = await until(async () => {
      const all = (await collect(audited.parts.log.store.read(checkpointStream))).filter(
        ({ type, data }) =>
          type === 'TreeInconsistencyFound' && (data as { found_by: string }).found_by === 'log',
      );
      return all.some(({ data }) => (data as { detail: string }).detail.includes('was signed as')) && all;
    }, 'it is in the log');
    expect(reported.length).toBeGreaterThan(0);
    expect((await ready(service)).status).toBe('not_ready');
    expect(await audited.parts.issuer.metricsOf(`http://127.0.0.1:${service.http.port}`)).toMatch(
      /audit_tree_inconsistent\{[^}]*\} [1-9]/,
    );
    expect((await published()).length).toBe(before);
    expect((await audited.get<{ code: string }>('/export')).json.code).toBe('tree-inconsistent');
  });

  it('that has a checkpoint which nobody signed is found likewise', async () => {
    await rows(`delete from ${schema}.findings`);
    const forged = {
      origin,
      tree_size: 1,
      root_hash: toBase64(seedOf(3)),
      position: '1',
      note: 'nonsense',
    };
    await audited.parts.log.store.append(
      checkpointStream,
      [
        {
          id: '00000000-0000-4000-8000-f00000000001',
          type: 'CheckpointPublished',
          data: forged,
          metadata: testMetadata(),
        },
      ],
      'any',
    );
    await audited.start();
    await until(
      async () =>
        (await rows<{ detail: string }>(`select detail from ${schema}.findings`)).some(({ detail }) =>
          detail.startsWith('the checkpoint is not what its note says'),
        ),
      'the forgery is found',
    );
  });
});
