import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '@interlock/kernel';
import {
  checkpointText,
  entriesLine,
  entryText,
  isSealLine,
  leftOutLine,
  keysFrom,
  keysOf,
  namedLine,
  noteOf,
  parseSealLine,
  rotationNote,
  sealLine,
  signerKey,
  signText,
  tenantKeysLine,
  toBase64,
  verifierText,
  type LeafEntry,
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

  it('gives no key to an auditor who knows none of its keys', () =>
    expect(keysFrom(chain, signerKey('log', 'note', seed(4))).at(-1)).toBeUndefined());

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
  const text = checkpointText({
    origin: 'log',
    size: 9,
    root: seed(7),
    tenants: { size: 2, root: seed(8) },
  });
  const whole: Seal = {
    runs: [
      [0, 3],
      [5, 1],
    ],
    proof: [seed(5), seed(6)],
    tenant: null,
    checkpoint: noteOf(text, [signText(text, third)]),
    keys: chain,
  };
  const tenant: Seal = {
    ...whole,
    tenant: { tenant: 'demo', size: 7, root: toBase64(seed(4)), index: 1, path: [seed(3)] },
  };
  const entry: LeafEntry = {
    v: 1,
    event_hash: toBase64(seed(1)),
    tenant: 'demo',
    index: 3,
    category: 'action',
    correlation: toBase64(seed(2)),
    revision: '0',
  };

  it('is read back from its lines', () => {
    const filtered: Seal = { ...tenant, filter: { categories: ['action', 'plan'], correlation: 'c' } };
    for (const seal of [whole, tenant, filtered, { ...whole, filter: {} }])
      expect(parseSealLine(sealLine(seal))).toEqual({ seal });
    expect(parseSealLine(leftOutLine([entry]))).toEqual({ leftOut: [entry] });
    expect(parseSealLine(entriesLine([entry, entry]))).toEqual({ entries: [entry, entry] });
    expect(parseSealLine(tenantKeysLine({ demo: seed(1) }))).toEqual({ tenantKeys: { demo: seed(1) } });
    const named = { event: '{}', entry, index: 4, path: [seed(1)] };
    expect(parseSealLine(namedLine(named))).toEqual({ named });
    expect(
      [sealLine(whole), entriesLine([entry]), tenantKeysLine({}), namedLine(named)].every(isSealLine),
    ).toBe(true);
  });

  it('is none in another spelling, or with more or less in it', () => {
    const line = sealLine(whole);
    const entries = entriesLine([entry]);
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
      line.replace('"tenant":null', '"tenant":1'),
      sealLine(tenant).replace('"size":7', '"size":-7'),
      sealLine({ ...whole, filter: { categories: [] } }),
      sealLine({ ...whole, filter: { categories: ['plan', 'action'] } }),
      sealLine({ ...whole, filter: { categories: ['action', 'action'] } }),
      sealLine({ ...whole, filter: { correlation: '' } }),
      sealLine({ ...whole, filter: { limit: -1 } }),
      sealLine({ ...whole, filter: { after: '1.5' } }),
      sealLine({ ...whole, filter: { tenant: 'x' } as never }),
      leftOutLine([]),
      entries.replace('="', '"'),
      entries.replace('"index":3', '"index":-3'),
      entries.replace('"revision":"0"', '"revision":"00"'),
      entries.replace('"tenant":"demo"', '"tenant":"_other"'),
      entries.replace('"v":1', '"v":2'),
      entriesLine([]),
      entriesLine(Array<LeafEntry>(257).fill(entry)),
      entriesLine([{ ...entry, event_hash: toBase64(new Uint8Array(31)) }]),
      tenantKeysLine({ demo: new Uint8Array(31) }),
    ])
      expect([wrong, parseSealLine(wrong)]).toEqual([wrong, undefined]);
  });

  it('spells an entry as canonical JSON does', () => expect(entryText(entry)).toBe(canonicalJson(entry)));
});
