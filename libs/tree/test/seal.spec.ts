import { describe, expect, it } from '@jest/globals';
import {
  checkpointText,
  hashesLine,
  isSealLine,
  keysFrom,
  keysOf,
  noteOf,
  parseSealLine,
  rotationNote,
  sealLine,
  signerKey,
  signText,
  verifierText,
  type Seal,
} from '../src/index.js';

const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const [first, second, third] = [
  signerKey('log', 'note', seed(1)),
  signerKey('log', 'note', seed(2)),
  signerKey('log', 'note', seed(3)),
];
const chain = {
  first: verifierText(first),
  rotations: [rotationNote(first, second), rotationNote(second, third)],
};

describe('a chain of keys', () => {
  it('leads from each of its keys to the latest', () => {
    expect(keysOf(chain)?.map(verifierText)).toEqual([first, second, third].map(verifierText));
    for (const known of [first, second, third])
      expect(verifierText(keysFrom(chain, known).at(-1)!)).toBe(verifierText(third));
    expect(verifierText(keysFrom({ ...chain, rotations: [] }, first).at(-1)!)).toBe(verifierText(first));
  });

  it('is worth nothing to whoever knows none of its keys', () => {
    expect(keysFrom(chain, signerKey('log', 'note', seed(4))).at(-1)).toBeUndefined();
  });

  it('does not hold with a link left out, out of order, forged, or of another log', () => {
    const [one, two] = chain.rotations as [string, string];
    const forger = signerKey('log', 'note', seed(9));
    for (const rotations of [
      [two],
      [two, one],
      [one, one],
      [rotationNote(forger, second), two],
      [one.replace('log+', 'lag+'), two],
      [`${one} `],
      [one + two],
    ])
      expect(keysOf({ ...chain, rotations })).toBeUndefined();
    expect(() => rotationNote(first, signerKey('other', 'note', seed(2)))).toThrow(RangeError);
  });
});

describe('a seal', () => {
  const text = checkpointText({ origin: 'log', size: 9, root: seed(7) });
  const seal: Seal = {
    runs: [
      [0, 3],
      [5, 1],
    ],
    proof: [seed(5), seed(6)],
    checkpoint: noteOf(text, [signText(text, third)]),
    keys: chain,
  };

  it('is read back from its lines', () => {
    expect(parseSealLine(sealLine(seal))).toEqual({ seal });
    expect(parseSealLine(hashesLine([seed(1), seed(2)]))).toEqual({ hashes: [seed(1), seed(2)] });
    expect([sealLine(seal), hashesLine([seed(1)])].every(isSealLine)).toBe(true);
  });

  it('is none in another spelling, or with more or less in it', () => {
    const line = sealLine(seal);
    const hashes = hashesLine([seed(1)]);
    for (const wrong of [
      '',
      '{}',
      '{"seal":null}',
      `${line} `,
      line.replace('"proof":', '"proof": '),
      line.replace('{"seal":{', '{"seal":{"a":1,'),
      line.replace('"proof"', '"prof"'),
      line.replace('[0,3]', '[0,5]'),
      line.replace('[0,3]', '[0,0]'),
      hashes.replace('="', '"'),
      hashesLine([]),
      hashesLine(Array<Uint8Array>(257).fill(seed(1))),
      hashesLine([new Uint8Array(31)]),
    ])
      expect([wrong, parseSealLine(wrong)]).toEqual([wrong, undefined]);
  });
});
