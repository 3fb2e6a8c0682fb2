import { describe, expect, it } from '@jest/globals';
import {
  consistencyProof,
  entryLeaf,
  eventHash,
  eventLine,
  Frontier,
  inclusionProof,
  leafHash,
  rootOf,
  toBase64,
  type Hash,
  type LeafEntry,
} from '@interlock/tree';
import { beginsWith, judgeProof, lastLeaf } from '../src/audit/proof.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const line = (revision: number): string =>
  eventLine({
    position: { commit: BigInt(revision), prepare: BigInt(revision) },
    stream: 'action-demo:1',
    revision: BigInt(revision),
    id: `0192f7c1-0000-7000-8000-00000000000${revision}`,
    type: 'IntentAccepted',
    created: '2026-11-20T03:00:00.000Z',
    data: { revision },
    metadata: {
      $correlationId: 'c',
      $causationId: 'c',
      tenant_id: 'demo',
      actor: { kind: 'service', service: 'safety-rails' },
      schema_version: 1,
      occurred_at: '2026-11-20T03:00:00.000Z',
      command_id: 'c',
    },
  });
const lines = [0, 1, 2, 3, 4].map(line);
const entryOf = (text: string, index: number): LeafEntry => ({
  v: 1,
  event_hash: eventHash(bytes(text)),
  tenant: 'demo',
  index,
  category: 'action',
  correlation: eventHash(bytes('c')),
  revision: `${index}`,
});
/** The tree of some lines, and the proof of one of them as the server answers it. */
const treeOf = async (texts: readonly string[], index: number) => {
  const nodes = new Map<string, Hash>();
  const frontier = new Frontier();
  for (const [n, text] of texts.entries())
    frontier.append(entryLeaf(entryOf(text, n)), (level, at, hash) => nodes.set(`${level}/${at}`, hash));
  const read = (level: number, at: number): Hash => {
    const hash = nodes.get(`${level}/${at}`);
    if (hash === undefined) throw new Error(`no node ${level}/${at}`);
    return hash;
  };
  const size = texts.length;
  return {
    signed: { size, root: toBase64(await rootOf(read, size)) },
    read,
    served: {
      index,
      size,
      path: (await inclusionProof(read, index, size)).map(toBase64),
      entry: entryOf(texts[index]!, index),
    },
  };
};
const last = (texts: readonly string[]) => {
  const leaf = lastLeaf([bytes(`${texts.join('\n')}\n`)]);
  if (leaf === undefined) throw new Error('the export has no event');
  return leaf;
};

describe('the proof that an event is in the tree', () => {
  it('is of the last event, however the bytes came', () => {
    const whole = bytes(`${lines.join('\n')}\n`);
    const cut = lastLeaf([whole.slice(0, 300), whole.slice(300, 301), whole.slice(301)]);
    expect(cut).toEqual(last(lines));
    expect(cut).toMatchObject({ stream: 'action-demo:1', revision: '4' });
    expect(lastLeaf([])).toBeUndefined();
    expect(lastLeaf([bytes('nonsense\n')])).toBeUndefined();
  });

  it.each([0, 1, 2, 3, 4])('leads from leaf %d to the root that was signed', async (index) => {
    const { signed, served } = await treeOf(lines, index);
    const { state, says } = judgeProof(last(lines.slice(0, index + 1)), served, signed);
    expect([state, says[0]]).toEqual([
      'good',
      expect.stringContaining(`revision ${index}, is event ${index + 1} of 5`),
    ]);
  });

  it.each([0, 1, 3, 5])(
    'says that the tree begins with that of its first %d events, and with no other',
    async (size) => {
      const { signed, read } = await treeOf(lines, 4);
      const proof = (await consistencyProof(read, size, 5)).map(toBase64);
      const before = { size, root: await rootOf(read, size) };
      const other = leafHash(bytes('another'));
      expect(beginsWith(signed, before, proof)).toBe(true);
      expect(beginsWith(signed, { ...before, root: other }, proof)).toBe(false);
      expect(beginsWith({ ...signed, root: toBase64(other) }, before, proof)).toBe(size === 0);
      expect(beginsWith(signed, before, [...proof, 'no hash'])).toBe(false);
      expect(beginsWith({ ...signed, size: 4 }, { ...before, size: 5 }, proof)).toBe(false);
    },
  );

  it('is none of another event, of another root, of another size, and of what is not a hash', async () => {
    const { signed, served } = await treeOf(lines, 4);
    const leaf = last(lines);
    const { signed: other } = await treeOf([...lines.slice(0, 4), line(5)], 4);
    const stateOf = (...given: Parameters<typeof judgeProof>): string => judgeProof(...given).state;
    expect(stateOf(last(lines.slice(0, 4)), served, signed)).toBe('bad');
    expect(stateOf(leaf, served, other)).toBe('bad');
    expect(stateOf(leaf, { ...served, index: 3 }, signed)).toBe('bad');
    expect(stateOf(leaf, { ...served, entry: {} }, signed)).toBe('bad');
    expect(stateOf(leaf, { ...served, entry: entryOf(line(3), 4) }, signed)).toBe('bad');
    expect(stateOf(leaf, { ...served, size: 6 }, signed)).toBe('bad');
    expect(stateOf(leaf, { ...served, path: served.path.slice(1) }, signed)).toBe('bad');
    expect(stateOf(leaf, { ...served, path: ['no hash'] }, signed)).toBe('bad');
    expect(stateOf(leaf, served, { ...signed, root: 'no hash' })).toBe('bad');
    expect(stateOf(leaf, served, signed)).toBe('good');
  });
});
