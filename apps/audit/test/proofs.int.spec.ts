import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { positionText } from '@interlock/kernel';
import { until } from '@interlock/testing';
import {
  Frontier,
  firstKeyFiles,
  fromBase64,
  parseCheckpoint,
  parseNote,
  toBase64,
  verifiedBy,
  nodesOfTiles,
  rootOf as rootFromNodes,
  verifyConsistency,
  verifyInclusion,
  entriesFault,
  entryLeaf,
  parseEntry,
  tenantPathHolds,
  type Checkpoint,
  type Hash,
  type LeafEntry,
  type TenantPath,
} from '@interlock/tree';
import { encodeCursor } from '@interlock/postgres';
import { Audited, key, origin, seedOf } from './audited.js';

const audited = new Audited();

const rootOf = (leaves: readonly Hash[]): Hash => {
  const frontier = new Frontier();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
};
const checkpointOf = (text: string): Checkpoint => {
  const note = parseNote(text)!;
  expect(verifiedBy(note, [key])).toHaveLength(1);
  return parseCheckpoint(note.text)!;
};
const hashes = (texts: readonly string[]): Hash[] => texts.map((text) => fromBase64(text)!);
type Inclusion = {
  origin: string;
  index: number;
  size: number;
  leaf_hash: string;
  entry: LeafEntry;
  path: string[];
  tenant: (Omit<TenantPath, 'path'> & { path: string[] }) | null;
  checkpoint: string | null;
};
type Consistency = {
  from: number;
  to: number;
  proof: string[];
  from_checkpoint: string | null;
  checkpoint: string | null;
};

beforeAll(async () => {
  await audited.begin();
  await audited.start();
  await audited.append('action-demo:a', 300);
  await audited.append('action-other:b', 20);
  await audited.append('policy-demo:p', 7);
  await audited.append('strange', 3);
  await audited.signed();
});
afterAll(() => audited.end());

describe('a checkpoint', () => {
  it("signs the root over the whole log, strangers included, and over all tenants' heads; every tenant may have it", async () => {
    const answer = await audited.get('/checkpoint');
    expect(answer).toMatchObject({ status: 200, type: 'text/plain; charset=utf-8' });
    const checkpoint = checkpointOf(answer.text);
    expect(checkpoint.origin).toBe(origin);
    expect(checkpoint.size).toBeGreaterThanOrEqual(330);
    expect(checkpoint.tenants.size).toBe(3);
    expect(entriesFault((await audited.entriesOf()).slice(0, checkpoint.size), checkpoint)).toBeNull();
    expect((await audited.get('/checkpoint', { tenant: 'nobody' })).status).toBe(200);
  });

  it('is published once for a head, and not again for nothing but checkpoints', async () => {
    const sizes = async (): Promise<readonly number[]> =>
      (await audited.eventsOf('_system'))
        .filter(({ type }) => type === 'CheckpointPublished')
        .map(({ data }) => (data as { tree_size: number }).tree_size);
    const listed = async (): Promise<readonly number[]> =>
      (await audited.get<{ items: { size: number }[] }>('/checkpoints')).json.items
        .map(({ size }) => size)
        .reverse();
    const before = await sizes();
    // The list is read from the database, which follows the log.
    const answered = await until(async () => {
      const now = await listed();
      return now.length >= before.length ? now : false;
    }, 'the list holds what was published');
    expect(answered.slice(0, before.length)).toEqual(before);
    // One more may be published while the questions are asked.
    const after = await sizes();
    expect(after.slice(0, answered.length)).toEqual(answered);
    expect(after).toEqual([...new Set(after)].sort((a, b) => a - b));
  });
});

describe('proofs', () => {
  it('lead from every event to the signed root', async () => {
    const events = await audited.eventsOf('demo');
    const leaves = await audited.leavesOf('demo');
    for (const index of [0, 1, 255, 256, 299, 306]) {
      const { json } = await audited.get<Inclusion>(
        `/proofs/inclusion?position=${positionText(events[index]!.position)}`,
      );
      expect(json).toMatchObject({ origin: `${origin}/demo`, index, leaf_hash: toBase64(leaves[index]!) });
      const { tenants } = checkpointOf(json.checkpoint!);
      const tenant = { ...json.tenant!, path: hashes(json.tenant!.path) };
      expect([tenant.tenant, tenant.size, tenantPathHolds(tenant, tenants)]).toEqual([
        'demo',
        json.size,
        true,
      ]);
      const root = fromBase64(tenant.root)!;
      expect(verifyInclusion(leaves[index]!, index, json.size, hashes(json.path), root)).toBe(true);
      expect(entryLeaf(parseEntry(json.entry)!)).toEqual(leaves[index]);
    }
  });

  it("find an event by its stream and revision, in a tree of a size of the caller's", async () => {
    const leaves = await audited.leavesOf('demo');
    const { json } = await audited.get<Inclusion>(
      '/proofs/inclusion?stream=policy-demo:p&revision=2&size=304',
    );
    expect(json).toMatchObject({ index: 302, size: 304 });
    expect(verifyInclusion(leaves[302]!, 302, 304, hashes(json.path), rootOf(leaves.slice(0, 304)))).toBe(
      true,
    );
  });

  it('lead from one size of the tree to another', async () => {
    const leaves = await audited.leavesOf('demo');
    for (const from of [0, 1, 100, 256, 307]) {
      const { json } = await audited.get<Consistency>(`/proofs/consistency?from=${from}&to=307`);
      expect(
        verifyConsistency(
          from,
          307,
          hashes(json.proof),
          rootOf(leaves.slice(0, from)),
          rootOf(leaves.slice(0, 307)),
        ),
      ).toBe(true);
    }
  });

  it("are those of the tenant's own tree: no other tenant's event has one", async () => {
    const [others] = await audited.eventsOf('other');
    const { json } = await audited.get<{ code: string }>(
      `/proofs/inclusion?position=${positionText(others!.position)}`,
    );
    expect(json.code).toBe('not-found');
    expect(
      (await audited.get<{ code: string }>('/proofs/inclusion?stream=action-other:b&revision=0')).json.code,
    ).toBe('wrong-tenant');
    expect(
      (
        await audited.get<Inclusion>(`/proofs/inclusion?position=${positionText(others!.position)}`, {
          tenant: 'other',
        })
      ).json.index,
    ).toBe(0);
  });

  it('are refused where there is nothing to prove, each with its code', async () => {
    const code = async (path: string, over = {}): Promise<string> =>
      (await audited.get<{ code: string }>(path, over)).json.code;
    expect(await code('/proofs/inclusion?position=nope')).toBe('validation-failed');
    expect(await code('/proofs/inclusion')).toBe('validation-failed');
    expect(await code('/proofs/inclusion?stream=action-demo:a&revision=9999')).toBe('not-found');
    expect(await code('/proofs/inclusion?stream=action-demo:a&revision=5&size=3')).toBe('validation-failed');
    expect(await code('/proofs/inclusion?stream=action-demo:a&revision=5&size=99999999')).toBe(
      'validation-failed',
    );
    expect(await code('/proofs/consistency?from=9&to=3')).toBe('validation-failed');
    expect(await code('/proofs/consistency?from=-1')).toBe('validation-failed');
    for (const cursor of [encodeCursor('checkpoints', [1.5]), encodeCursor('bundle-history', [1])])
      expect(await code(`/checkpoints?cursor=${cursor}`)).toBe('validation-failed');
    expect(await code('/proofs/inclusion?position=1&stream=action-demo:a&revision=0')).toBe(
      'validation-failed',
    );
    expect(await code('/proofs/consistency?from=0', { tenant: 'nobody' })).toBe('no-checkpoint');
    expect(await code('/proofs/consistency?from=0&whole=true')).toBe('wrong-tenant');
    expect(await code('/tiles/entries/0')).toBe('not-found');
    expect(await code('/tiles/entries/0?whole=true')).toBe('wrong-tenant');
    expect(await code('/tiles/entries/77?whole=true', { tenant: '_system' })).toBe('not-found');
    expect(await code('/checkpoints?cursor=%22x')).toBe('validation-failed');
    expect(await code('/checkpoint', { scopes: ['ALERT_READ'] })).toBe('missing-scope');
    expect(await code('/tiles/0/77')).toBe('not-found');
    expect(await code('/tiles/9/0')).toBe('not-found');
    expect(await code('/tiles/0/00')).toBe('not-found');
  });

  it('that are asked for wrongly are told of everything that is wrong', async () => {
    const pointers = async (path: string): Promise<string[]> =>
      (await audited.get<{ violations: { pointer: string }[] }>(path)).json.violations
        .map(({ pointer }) => pointer)
        .sort();
    expect(await pointers('/proofs/inclusion?position=nope&size=many&whole=perhaps')).toEqual([
      '/position',
      '/size',
      '/whole',
    ]);
    expect(await pointers('/proofs/inclusion?size=many')).toEqual(['/position', '/size']);
    expect(await pointers('/proofs/inclusion?stream=action-demo:a&size=01')).toEqual(['/revision', '/size']);
    expect(await pointers('/proofs/inclusion?revision=9999999999999999999')).toEqual([
      '/revision',
      '/stream',
    ]);
    expect(await pointers('/events?after=zz&until=yy&category=X')).toEqual(['/after', '/category', '/until']);
    expect(await pointers('/proofs/consistency?to=x')).toEqual(['/from', '/to']);
  });

  it('can be made from the tiles', async () => {
    const leaves = await audited.leavesOf('demo');
    const tile = async (level: number, index: number): Promise<Buffer> =>
      audited.bytes(`/tiles/${level}/${index}`);
    expect((await tile(0, 0)).equals(Buffer.concat(leaves.slice(0, 256)))).toBe(true);
    const last = (await audited.eventsOf('demo')).at(-1)!;
    const { json } = await audited.get<Inclusion>(
      `/proofs/inclusion?position=${positionText(last.position)}`,
    );
    expect(toBase64(await rootFromNodes(nodesOfTiles(tile), json.size))).toBe(json.tenant!.root);
  });

  it('and the checkpoint can be computed from the entries of all tenants', async () => {
    const checkpoint = checkpointOf((await audited.get('/checkpoint')).text);
    const entries: LeafEntry[] = [];
    for (let index = 0; entries.length < checkpoint.size; index += 1) {
      const bundle = await audited.bytes(`/tiles/entries/${index}?whole=true`, { tenant: '_system' });
      for (let at = 0; at < bundle.length;) {
        const end = at + 2 + bundle.readUInt16BE(at);
        entries.push(parseEntry(JSON.parse(bundle.toString('utf8', at + 2, end)))!);
        at = end;
      }
    }
    expect(entries.slice(0, 330)).toEqual((await audited.entriesOf()).slice(0, 330));
    expect(entriesFault(entries.slice(0, checkpoint.size), checkpoint)).toBeNull();
    expect(entriesFault(entries.slice(1, checkpoint.size + 1), checkpoint)).not.toBeNull();
  });
});

describe('the keys', () => {
  it('are those that sign, as the log names them', async () => {
    expect((await audited.get<object>('/keys')).json).toEqual({
      origin,
      first: firstKeyFiles(origin, seedOf(1))['1.vkey']!.trim(),
      rotations: [],
      keys: [firstKeyFiles(origin, seedOf(1))['1.vkey']!.trim()],
    });
  });
});
