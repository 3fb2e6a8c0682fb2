import { describe, expect, it } from '@jest/globals';
import {
  checkpointText,
  Frontier,
  entriesLine,
  entryLeaf,
  noteOf,
  partsProof,
  rotationNote,
  sealLine,
  toBase64,
  type LeafEntry,
  signerKey,
  signText,
  verifierText,
  type Hash,
  type KeyChain,
  type Runs,
  type SignerKey,
  type VerifierKey,
} from '@interlock/tree';
import { sha256 } from '@noble/hashes/sha2.js';
import { SealedReader, type SealedExport, type SealFault } from '../src/index.js';

const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const origin = 'interlock.local/tree';
const tenants = { size: 1, root: seed(9) };
const [first, second, third] = [
  signerKey(origin, 'note', seed(1)),
  signerKey(origin, 'note', seed(2)),
  signerKey(origin, 'note', seed(3)),
];
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const leaves = Array.from({ length: 20 }, (_, n) => `{"n":${n}}`);

const tree = { nodes: [] as Hash[][], frontier: new Frontier() };
/**
 * The entry of a leaf: whatever it says of its event but the hash, an archive is not asked about.
 */
const entryAt = (line: string, index: number): LeafEntry => ({
  v: 1,
  event_hash: toBase64(sha256(bytes(line))),
  tenant: 'demo',
  index,
  category: 'action',
  correlation: toBase64(seed(0)),
  revision: '0',
});
for (const [n, leaf] of leaves.entries())
  tree.frontier.append(entryLeaf(entryAt(leaf, n)), (level, index, hash) => {
    (tree.nodes[level] ??= [])[index] = hash;
  });

const sealed = async (
  runs: Runs,
  over: { readonly signer?: SignerKey; readonly keys?: KeyChain; readonly name?: string } = {},
): Promise<string[]> => {
  const { signer = first, keys = { first: verifierText(first), rotations: [] }, name = origin } = over;
  const places = runs.flatMap(([from, count]) => Array.from({ length: count }, (_, i) => from + i));
  const text = checkpointText({ origin: name, size: leaves.length, root: tree.frontier.root(), tenants });
  const proof = await partsProof((level, index) => tree.nodes[level]![index]!, runs, leaves.length);
  return [
    ...places.map((n) => leaves[n]!),
    entriesLine(places.map((n) => entryAt(leaves[n]!, n))),
    sealLine({ runs, proof, tenant: null, checkpoint: noteOf(text, [signText(text, signer)]), keys }),
  ];
};
const read = (
  lines: readonly (string | Uint8Array)[],
  known: readonly VerifierKey[] = [first],
): Promise<SealedExport | SealFault> => {
  const reader = new SealedReader();
  for (const line of lines) reader.take(typeof line === 'string' ? bytes(line) : line);
  return reader.finish(known);
};

describe('reading what is sealed', () => {
  it.each([
    [[[0, 20]]],
    [[[0, 1]]],
    [[[19, 1]]],
    [
      [
        [3, 4],
        [9, 2],
        [15, 5],
      ],
    ],
  ] as [Runs][])('holds for leaves %j, with nothing but the key', async (runs) => {
    expect(await read(await sealed(runs))).toMatchObject({
      checkpoint: { origin, size: 20 },
      keys: [{ name: origin }],
      seal: { runs },
    });
  });

  it('names the leaf that is another, missing, or one too many', async () => {
    const lines = await sealed([
      [3, 4],
      [9, 2],
    ]);
    expect(await read(lines.map((line, i) => (i === 4 ? '{"n":90}' : line)))).toEqual({
      fault: expect.stringContaining('leaf 9'),
      leaf: 9,
    });
    expect(await read(lines.filter((_, i) => i !== 1))).toMatchObject({ leaf: 4 });
    expect(await read(lines.filter((_, i) => i !== 5))).toEqual({ fault: 'ends before leaf 10', leaf: 10 });
    expect(await read([...lines.slice(0, 6), '{}', ...lines.slice(6)])).toEqual({
      fault: 'has 1 more lines than leaves',
    });
  });

  it('takes bytes that are no text for what they are', async () => {
    const odd = '{"n":"\ufffd"}';
    const entry = entryAt(odd, 0);
    const text = checkpointText({ origin, size: 1, root: entryLeaf(entry), tenants });
    const end = [
      entriesLine([entry]),
      sealLine({
        runs: [[0, 1]],
        proof: [],
        tenant: null,
        checkpoint: noteOf(text, [signText(text, first)]),
        keys: { first: verifierText(first), rotations: [] },
      }),
    ];
    expect(await read([odd, ...end])).toHaveProperty('checkpoint');
    const broken = bytes('{"n":"?"}');
    broken[6] = 0xff;
    expect(await read([broken, ...end])).toMatchObject({ leaf: 0 });
    expect(await read([odd, Uint8Array.from([...bytes('{"seal":'), 0xff]), ...end])).toEqual({
      fault: 'has an invalid line of a seal',
    });
  });

  it('believes the known key and those that it handed over to', async () => {
    const rotations = [rotationNote(first, second), rotationNote(second, third)];
    for (const [n, signer] of [first, second, third].entries()) {
      expect(
        await read(
          await sealed([[0, 5]], {
            signer,
            keys: { first: verifierText(first), rotations: rotations.slice(0, n) },
          }),
        ),
      ).toHaveProperty('checkpoint');
    }
    expect(
      await read(await sealed([[0, 5]], { signer: third, keys: { first: verifierText(first), rotations } }), [
        second,
      ]),
    ).toMatchObject({ keys: [second, third].map(({ publicKey }) => ({ publicKey })) });
  });

  it('believes no key that has handed over to another', async () => {
    const keys = { first: verifierText(first), rotations: [rotationNote(first, second)] };
    expect(await read(await sealed([[0, 5]], { signer: first, keys }))).toEqual({
      fault: expect.stringContaining('not signed by a known key'),
    });
  });

  it('believes no key that only says that it came before a known one', async () => {
    const forged = { first: verifierText(second), rotations: [rotationNote(second, first)] };
    expect(await read(await sealed([[0, 5]], { signer: second, keys: forged }))).toEqual({
      fault: expect.stringContaining('not signed by a known key'),
    });
    expect(
      await read(
        await sealed([[0, 5]], { signer: second, keys: { first: verifierText(second), rotations: [] } }),
      ),
    ).toEqual({ fault: expect.stringContaining('not known here') });
    expect(await read(await sealed([[0, 5]]), [])).toHaveProperty('fault');
    expect(await read(await sealed([[0, 5]], { signer: second }))).toHaveProperty('fault');
    expect(
      await read(await sealed([[0, 5]], { keys: { first: verifierText(first), rotations: ['x'] } })),
    ).toEqual({ fault: 'has a chain of keys that does not hold' });
  });

  it('believes a key of its own log only', async () => {
    expect(await read(await sealed([[0, 5]], { name: 'other/log' }))).toHaveProperty('fault');
  });

  it('is nothing without a seal, or with one in the wrong place', async () => {
    const lines = await sealed([[0, 5]]);
    for (const wrong of [
      [],
      lines.slice(0, 5),
      lines.slice(0, 6),
      lines.slice(5),
      [...lines, ...lines],
      [lines[6]!, ...lines],
      [...lines.slice(0, 6), '{"n":5}', lines[6]!],
      [...lines.slice(0, 5), lines[6]!],
    ]) {
      expect([wrong.length, await read(wrong)]).toEqual([
        wrong.length,
        expect.objectContaining({ fault: expect.any(String) as unknown }),
      ]);
    }
  });
});
