import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { positionText } from '@interlock/kernel';
import {
  Frontier,
  firstKeyFiles,
  fromBase64,
  parseCheckpoint,
  parseNote,
  parseVerifier,
  toBase64,
  verifiedBy,
  nodesOfTiles,
  rootOf as rootFromNodes,
  verifyConsistency,
  verifyInclusion,
  wholeTree,
  type Checkpoint,
  type Hash,
} from '@interlock/tree';
import { Audited, origin, seedOf } from './audited.js';

const audited = new Audited();
const key = parseVerifier(firstKeyFiles(origin, seedOf(1))['1.vkey']!.trim())!;

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
  path: string[];
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
  await audited.signed('demo');
});
afterAll(() => audited.end());

describe('a checkpoint', () => {
  it("signs the root over the tenant's events, as they stand in the log", async () => {
    const answer = await audited.get('/checkpoint');
    expect(answer).toMatchObject({ status: 200, type: 'text/plain; charset=utf-8' });
    const { origin: name, size, root } = checkpointOf(answer.text);
    expect(name).toBe(`${origin}/demo`);
    expect(size).toBeGreaterThanOrEqual(307);
    expect(toBase64(root)).toBe(toBase64(rootOf((await audited.leavesOf('demo')).slice(0, size))));
  });

  it("of the whole log covers every tenant and strangers, and is the system tenant's to read", async () => {
    const { size, root } = checkpointOf(await audited.signed(wholeTree, { tenant: '_system', whole: true }));
    expect(size).toBeGreaterThanOrEqual(330);
    expect(toBase64(root)).toBe(toBase64(rootOf((await audited.leavesOf(wholeTree)).slice(0, size))));
    expect((await audited.get<{ code: string }>('/checkpoint?whole=true')).json.code).toBe('wrong-tenant');
  });

  it('is published once for a head, and not again for nothing but checkpoints', async () => {
    const sizes = (await audited.eventsOf('demo'))
      .filter(({ type }) => type === 'CheckpointPublished')
      .map(({ data }) => (data as { tree_size: number }).tree_size);
    expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
    const { json } = await audited.get<{ items: { size: number }[]; next: string | null }>('/checkpoints');
    expect(json.items.map(({ size }) => size)).toEqual([...sizes].reverse());
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
      const { root, size } = checkpointOf(json.checkpoint!);
      expect(size).toBe(json.size);
      expect(verifyInclusion(leaves[index]!, index, size, hashes(json.path), root)).toBe(true);
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
    expect(await code(`/checkpoints?cursor=${Buffer.from('[1.5]').toString('base64url')}`)).toBe(
      'validation-failed',
    );
    expect(await code('/proofs/inclusion?position=1&stream=action-demo:a&revision=0')).toBe(
      'validation-failed',
    );
    expect(await code('/checkpoint', { tenant: 'nobody' })).toBe('no-checkpoint');
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

  it('can be made by whoever has the tiles', async () => {
    const leaves = await audited.leavesOf('demo');
    const tile = async (level: number, index: number): Promise<Buffer> =>
      audited.bytes(`/tiles/${level}/${index}`);
    expect((await tile(0, 0)).equals(Buffer.concat(leaves.slice(0, 256)))).toBe(true);
    const { size, root } = checkpointOf((await audited.get('/checkpoint')).text);
    expect(toBase64(await rootFromNodes(nodesOfTiles(tile), size))).toBe(toBase64(root));
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
