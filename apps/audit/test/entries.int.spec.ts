import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, testMetadata } from '@interlock/kernel';
import { checkpointStream, entryText, parseEntry, wholeTree, type LeafEntry } from '@interlock/tree';
import type { RunningService } from '@interlock/platform';
import { until } from '@interlock/testing';
import { audited, found, over, ready } from './mirrored.js';

const schema = 'audit_tree_v1';
type Row = { readonly leaf: string; readonly entry: string };

const query = async <T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> => {
  const client = await audited.parts.postgres.pool.connect();
  try {
    await client.query('begin');
    await client.query("select set_config('app.tenant_id', '_all', true)");
    return (await client.query<T>(sql, [...values])).rows;
  } finally {
    await client.query('commit');
    client.release();
  }
};
const signedSizes = async (): Promise<readonly number[]> =>
  (await collect(audited.parts.log.store.read(checkpointStream)))
    .filter(({ type }) => type === 'CheckpointPublished')
    .map(({ data }) => (data as { readonly tree_size: number }).tree_size);
/** An export has the head signed; its problem where it is refused. */
const exported = async (): Promise<{ readonly status: number; readonly detail: string }> => {
  const { status, text, json } = await audited.get<{ readonly code: string; readonly detail: string } | null>(
    '/export?limit=0',
  );
  return { status, detail: json === null ? text : `${json.code}: ${json.detail}` };
};
const whenTaken = (): Promise<unknown> =>
  until(async () => {
    const [row] = await query<{ size: string }>(`select size from ${schema}.trees where tree = '*'`);
    return Number(row?.size ?? 0) === (await audited.eventsOf(wholeTree)).length;
  }, 'the trees have all of the log');

/** Nothing is signed but what an export asks for. */
const rarely = {
  AUDIT_CHECKPOINT_SECONDS: '86400',
  AUDIT_CHECKPOINT_EVENTS: '1000000',
  AUDIT_SCRUB_HOURS: '0',
};
let service: RunningService;
const metrics = (): Promise<string> =>
  audited.parts.issuer.metricsOf(`http://127.0.0.1:${service.http.port}`);
/** The size of the tree as the publisher saw it when it last looked; 0 before its first look. */
const seenSize = async (): Promise<number> =>
  Number(/^audit_tree_events\{[^}]*\} (\d+)$/m.exec(await metrics())?.[1] ?? 0);
const begin = async (): Promise<void> => {
  service = await audited.start(rarely);
  await audited.append('action-demo:a', 3);
  await audited.append('action-other:b', 2);
  await until(async () => (await exported()).status === 200, 'the head is signed');
  // While it knows of an inconsistency, it looks again every second, and signs whatever is new.
  await until(async () => (await ready(service)).status === 'ready', 'what was wrong is over');
  // The publisher's first look signs whatever is new. Its second look says that the first is over.
  const first = await until(async () => (await seenSize()) || undefined, 'it looks at the tree');
  await audited.append('action-other:c', 1);
  await until(async () => (await seenSize()) > first, 'it looks at the tree again');
  // The trees check each checkpoint that they take, so none may be left for trees that are forged.
  await whenTaken();
};
/**
 * Events of both tenants that the trees have and no checkpoint covers; the row that has the entry
 * of the second of `demo`.
 */
const grown = async (): Promise<Row> => {
  await audited.parts.log.store.append(
    'action-demo:grown',
    [1, 2, 3].map(() => ({
      id: crypto.randomUUID(),
      type: 'SomethingHappened',
      data: {},
      metadata: { ...testMetadata(), writer: 'safety-rails' },
    })),
    'any',
  );
  await audited.append('action-other:grown', 2);
  await whenTaken();
  const demo = (await audited.entriesOf('demo')).length;
  const rows = await query<Row>(`select leaf, entry from ${schema}.entries order by leaf`);
  const row = rows.find(({ entry }) => {
    const { tenant, index } = parseEntry(JSON.parse(entry))!;
    return tenant === 'demo' && index === demo - 2;
  });
  if (row === undefined) throw new Error('the entry is stored');
  return row;
};
const store = ({ leaf }: Row, entry: string): Promise<unknown> =>
  query(`update ${schema}.entries set entry = $1 where leaf = $2`, [entry, leaf]);
const remove = ({ leaf }: Row): Promise<unknown> =>
  query(`delete from ${schema}.entries where leaf = $1`, [leaf]);
const add = ({ leaf, entry }: Row): Promise<unknown> =>
  query(`insert into ${schema}.entries (tenant_id, leaf, entry) values ('_system', $1, $2)`, [leaf, entry]);
/** Moves the entries of leaves by so many places; in two steps, for no leaf may be there twice. */
const move = async (from: number, to: number, by: 1 | -1): Promise<void> => {
  await query(`update ${schema}.entries set leaf = -(leaf + $3) where leaf between $1 and $2`, [
    from,
    to,
    by,
  ]);
  await query(`update ${schema}.entries set leaf = -leaf where leaf < 0`);
};

/**
 * INVARIANT: nothing is signed, every way to ask says why, the log has it once, and the instance
 * goes on once the entries are right.
 */
const expectRefused = async (detail: RegExp, mend: () => Promise<unknown>): Promise<void> => {
  const [signed, said, ended] = [await signedSizes(), (await found()).length, (await over()).length];
  try {
    const refused = await exported();
    expect(refused).toEqual({ status: 503, detail: expect.stringMatching(/^tree-inconsistent: /) });
    expect(refused.detail).toMatch(detail);
    for (const _ of [1, 2, 3]) expect((await exported()).status).toBe(503);
    expect((await found()).slice(said)).toEqual([
      expect.objectContaining({ found_by: 'entries', detail: expect.stringMatching(detail) }),
    ]);
    expect((await ready(service)).checks.find(({ name }) => name === 'checkpoints')).toMatchObject({
      ok: false,
      code: 'tree-inconsistent',
      detail: expect.stringMatching(detail),
    });
    expect(await metrics()).toMatch(/audit_tree_inconsistent\{[^}]*\} 1/);
    expect(
      audited.parts.lines.some((line) => line.includes('"found_by":"entries"') && detail.test(line)),
    ).toBe(true);
    expect(await signedSizes()).toEqual(signed);
  } finally {
    await mend();
  }
  await until(async () => (await exported()).status === 200, 'the head is signed again');
  expect((await signedSizes()).length).toBeGreaterThan(signed.length);
  expect((await over()).slice(ended)).toMatchObject([{ found_by: 'entries' }]);
  await until(async () => (await ready(service)).status === 'ready', 'it is ready again');
};

beforeAll(() => audited.begin());
afterEach(() => audited.stopServices());
afterAll(() => audited.end());

describe('a head is signed only where the entries of every tenant run without a gap or a repeat', () => {
  const change =
    (make: (entry: LeafEntry) => Partial<LeafEntry>) =>
    (text: string): string => {
      const entry = parseEntry(JSON.parse(text))!;
      return entryText({ ...entry, ...make(entry) });
    };
  it.each([
    [
      'an index that is missing',
      change(({ index }) => ({ index: index + 1 })),
      /leaf \d+ has index \d+ of tenant `demo`: index \d+ is missing/,
    ],
    [
      'an index that is there twice',
      change(({ index }) => ({ index: index - 1 })),
      /leaf \d+ repeats index \d+ of tenant `demo`, whose next is \d+/,
    ],
    [
      'a leaf that was given to another tenant',
      change(() => ({ tenant: 'other' })),
      /leaf \d+ (?:has index|repeats index) \d+ of tenant `other`/,
    ],
    [
      'a leaf that was given to a tenant that has no other',
      change(() => ({ tenant: 'third', index: 0 })),
      /leaf \d+ has index \d+ of tenant `demo`: index \d+ is missing/,
    ],
    [
      'another revision of the event',
      change(() => ({ revision: '77' })),
      /the entries of \d+ leaves come to the root \S+, and the stored tree to \S+/,
    ],
    ['text that is not an entry', () => '{{', /the stored entries from leaf \d+ on are invalid/],
  ])('not with %s', async (_, forged, detail) => {
    await begin();
    const row = await grown();
    await store(row, forged(row.entry));
    await expectRefused(detail, () => store(row, row.entry));
  });

  it('not with one entry fewer', async () => {
    await begin();
    const row = await grown();
    const [{ last } = { last: 0 }] = await query<{ last: number }>(
      `select max(leaf)::int as last from ${schema}.entries`,
    );
    await remove(row);
    await move(Number(row.leaf) + 1, last, -1);
    await expectRefused(/index \d+ is missing|the entry of leaf \d+ is missing/, async () => {
      await move(Number(row.leaf), last - 1, 1);
      await add(row);
    });
  });

  it('not with a row of entries that is gone', async () => {
    await begin();
    const row = await grown();
    await remove(row);
    await expectRefused(/the entry of leaf \d+ is missing/, () => add(row));
  });

  it("not with a tenant's tree that is not what its entries come to", async () => {
    await begin();
    await grown();
    const flip = (): Promise<unknown> =>
      query(
        `update ${schema}.tiles set hashes = set_byte(hashes, length(hashes) - 1, 255 - get_byte(hashes, length(hashes) - 1)) where tree = 'demo' and level = 0`,
      );
    await flip();
    await expectRefused(/the stored tree of tenant `demo` is not what its entries come to/, flip);
  });
});

describe('an instance whose stored trees went back a leaf', () => {
  it('gives out an index twice, signs nothing of it, also after a restart, and signs again with trees that were built anew', async () => {
    await begin();
    await audited.stopServices();
    await query(`update ${schema}.trees set size = size - 1 where tree = 'demo'`);
    service = await audited.start(rarely);
    await audited.append('action-demo:after', 1);
    await whenTaken();
    const signed = await signedSizes();
    // The first check to run finds it: the entries, the tenant's stored tree, or the signed trees.
    const found =
      /repeats index \d+ of tenant `demo`|tree of tenant `demo` is not what its entries|contradicts what was signed of it/;
    expect(await exported()).toEqual({ status: 503, detail: expect.stringMatching(found) });
    await audited.stopServices();
    service = await audited.start(rarely);
    await until(async () => (await exported()).status === 503, 'it is so after a restart');
    await until(async () => (await ready(service)).status === 'not_ready', 'it is not ready');
    expect(await signedSizes()).toEqual(signed);
    await audited.stopServices();
    await audited.parts.postgres.pool.query(`drop schema ${schema} cascade; delete from audit._projections`);
    service = await audited.start(rarely);
    await until(async () => (await exported()).status === 200, 'the head is signed again');
    expect((await signedSizes()).length).toBeGreaterThan(signed.length);
    await until(async () => (await ready(service)).status === 'ready', 'it is ready again');
  });
});
