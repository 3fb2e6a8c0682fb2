import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  hashesLine,
  keysFrom,
  leafHash,
  noteOf,
  parseNote,
  parseSealLine,
  parseVerifier,
  rotationNote,
  sealLine,
  signText,
  signerKey,
  verifierText,
  type Seal,
} from '@interlock/tree';
import { verifyLog, type LogSource, type Verification, type VerifyOptions } from '../src/index.js';
import { logKey, nextKey, SealedLog, seed, smallLog, source } from './sealed-log.js';

const known = parseVerifier(verifierText(logKey))!;
const witness = signerKey('witness.example/w1', 'cosignature', seed(7));
const second = signerKey('witness.example/w2', 'cosignature', seed(8));
const vkey = (key: typeof witness): NonNullable<ReturnType<typeof parseVerifier>> =>
  parseVerifier(verifierText(key))!;

const verify = (
  content: string | readonly LogSource[],
  over: Partial<VerifyOptions> = {},
): Promise<Verification> =>
  verifyLog(typeof content === 'string' ? [source(content)] : content, { key: known, ...over });
const kinds = ({ faults }: Verification): readonly string[] => faults.map(({ kind }) => kind);
const linesOf = (text: string): string[] => text.slice(0, -1).split('\n');
const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const sealOf = (text: string): Seal => (parseSealLine(linesOf(text).at(-1)!) as { seal: Seal }).seal;
const withSeal = (text: string, change: (seal: Seal) => Seal): string =>
  joined(linesOf(text).with(-1, sealLine(change(sealOf(text)))));

const log = smallLog();
let whole: string;
let lines: string[];
beforeAll(async () => {
  whole = await log.export();
  lines = linesOf(whole);
});

describe('a sealed export', () => {
  it('is verified with nothing but the key', async () => {
    expect(await verify(whole)).toEqual({
      verified: true,
      faults: [],
      more: 0,
      undecided: [],
      not_checked: ['what the log took in after leaf 29'],
      checkpoints: [],
      witnesses: [],
      files: [
        {
          file: 'log.ndjson',
          origin: 'log.example',
          size: 30,
          root: parseNote(log.checkpoint())!.text.split('\n')[2],
          events: 30,
          runs: [[0, 30]],
          positions: { first: '5', last: '92' },
          key: log.key,
          cosigned_by: [],
        },
      ],
    });
  });

  it('is verified in whatever pieces it comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5000 }), async (piece) => {
        expect((await verify([source(whole, 'x', piece)])).verified).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('of any leaves of any size is verified, and not as that of another size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.nat(29),
        fc.integer({ min: 1, max: 30 }),
        async (size, from, count) => {
          const first = Math.min(from, size - 1);
          const text = await log.export([[first, Math.min(count, size - first)]], size);
          expect((await verify(text)).verified).toBe(true);
          const other = size === 30 ? 29 : size + 1;
          expect(
            (await verify(withSeal(text, (seal) => ({ ...seal, checkpoint: log.checkpoint(other) }))))
              .verified,
          ).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of nothing is verified, of an empty log too', async () => {
    for (const text of [await log.export([]), await new SealedLog().export()])
      expect(await verify(text)).toMatchObject({
        verified: true,
        files: [{ events: 0, runs: [], positions: null }],
      });
  });

  it('of a larger log, with events longer than a piece, is verified', async () => {
    const large = new SealedLog();
    for (let i = 0; i < 2500; i += 1)
      large.append(`action-demo:${i % 7}`, 'ActionAccepted', {
        text: i % 500 === 0 ? 'x'.repeat(20_000) : i,
      });
    const text = await large.export();
    expect(await verify(text)).toMatchObject({ verified: true, files: [{ events: 2500 }] });
    expect(
      await verify(text.replace('"data":1999}', '"data":1998}').replace('{"text":1999}', '{"text":1998}')),
    ).toMatchObject({ faults: [{ kind: 'changed', line: 2000, leaf: 1999 }] });
  });

  it("is a tenant's own tree under the log's key", async () => {
    const tenant = smallLog(20, 'log.example/demo');
    const text = await tenant.export();
    expect((await verify(text, { origin: 'log.example/demo' })).verified).toBe(true);
    expect(kinds(await verify(text, { origin: 'log.example' }))).toEqual(['origin']);
    expect(
      kinds(await verify(await new SealedLog('log.example2').append('action-demo:1', 'A', {}).export())),
    ).toContain('origin');
  });
});

describe('the key', () => {
  it('that is known is the only one that is believed', async () => {
    const forger = new SealedLog('log.example', signerKey('log.example', 'note', seed(9)));
    expect(kinds(await verify(await forger.append('action-demo:1', 'A', {}).export()))).toEqual(['key']);
  });

  it('that it handed over to is believed, and the chain from any of its keys on', async () => {
    const rotated = smallLog(8);
    rotated.rotate(nextKey);
    const text = await rotated.export();
    for (const key of [logKey, nextKey])
      expect(await verify(text, { key })).toMatchObject({
        verified: true,
        files: [{ key: verifierText(nextKey) }],
      });
  });

  it('before the known one in a chain is not believed: anyone can hand over to a key', async () => {
    const forger = signerKey('log.example', 'note', seed(9));
    const chain = { first: verifierText(forger), rotations: [rotationNote(forger, known)] };
    expect(keysFrom(chain, known).map(verifierText)).toEqual([verifierText(known)]);
    const forged = new SealedLog('log.example', forger).append('action-demo:1', 'A', {});
    expect(
      kinds(await verify(withSeal(await forged.export(), (seal) => ({ ...seal, keys: chain })))),
    ).toEqual(['signature']);
    const note = forged.checkpoint();
    const found = await verify(
      withSeal(whole, (seal) => ({ ...seal, keys: chain })),
      { checkpoints: [{ name: 'forged', note }] },
    );
    expect([found.faults, found.verified, found.undecided[0]]).toEqual([
      [],
      false,
      expect.stringContaining('forged is not signed by'),
    ]);
  });

  it('must have signed: not another, nor twice, nor something else', async () => {
    const stranger = signerKey('stranger.example', 'note', seed(4));
    const { text } = parseNote(log.checkpoint())!;
    const line = signText(text, logKey);
    for (const checkpoint of [
      noteOf(text, [signText(text, stranger)]),
      noteOf(text, [line, line]),
      noteOf(text, [signText(text.replace('30', '29'), logKey)]),
      'no note',
    ]) {
      expect(kinds(await verify(withSeal(whole, (seal) => ({ ...seal, checkpoint }))))).toContain(
        'signature',
      );
    }
    expect(
      await verify(
        withSeal(whole, (seal) => ({ ...seal, checkpoint: noteOf(text, [signText(text, stranger), line]) })),
      ),
    ).toMatchObject({
      verified: true,
      files: [{ cosigned_by: [expect.stringMatching(/^stranger\.example\+/)] }],
    });
  });
});

describe('a line', () => {
  it.each([
    ['a carriage return at its end', (line: string) => `${line}\r`],
    ['a byte order mark', (line: string) => `\uFEFF${line}`],
    ['white space', (line: string) => line.replace('":', '": ')],
    [
      'its members in another order',
      (line: string) =>
        JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line) as object).reverse())),
    ],
    ['an escape that is not needed', (line: string) => line.replace('"data"', '"d\\u0061ta"')],
  ])('with %s is the event in another spelling', async (_, respell) => {
    for (const i of [0, 4, 29])
      expect(await verify(joined(lines.with(i, respell(lines[i]!))))).toMatchObject({
        verified: false,
        faults: [{ kind: 'spelling', line: i + 1, leaf: i, event: { id: log.events[i]!.id } }],
      });
  });

  it('with a member more is another event', async () => {
    expect(
      await verify(joined(lines.with(4, lines[4]!.replace('{"created"', '{"approved":true,"created"')))),
    ).toMatchObject({ faults: [{ kind: 'changed', line: 5 }] });
  });

  it('that is empty, no JSON or no UTF-8 is named as what it is', async () => {
    expect(await verify(joined(lines.toSpliced(3, 0, '')))).toMatchObject({
      faults: [{ kind: 'inserted', line: 4, what: 'is no event of the log: it is empty' }],
    });
    expect(await verify(joined(lines.with(3, 'nonsense')))).toMatchObject({
      faults: [
        {
          kind: 'changed',
          line: 4,
          leaf: 3,
          event: { stream: 'action-demo:3', revision: '0' },
          what: 'is not what was signed: it is not JSON',
        },
      ],
    });
    const bytes = Buffer.from(joined(lines));
    const at = bytes.indexOf('GateChecked');
    bytes[at] = 0xff;
    expect((await verify([source(bytes)])).faults).toMatchObject([
      {
        kind: 'changed',
        line: 2,
        event: { id: log.events[1]!.id, position: '8' },
        what: expect.stringContaining('is not UTF-8'),
      },
    ]);
    expect(kinds(await verify(`\n${whole}`))).toEqual(['inserted']);
    expect(kinds(await verify(`${whole}\n`))).toEqual(['seal']);
    expect(kinds(await verify(whole.slice(0, -1)))).toEqual(['seal']);
  });

  it('whose stream or revision was altered is told as what it was, where the others tell', async () => {
    const changed = lines[5]!.replace('"stream":"action-demo:1"', '"stream":"action-demo:7"');
    expect((await verify(joined(lines.with(5, changed)))).faults).toMatchObject([
      {
        kind: 'changed',
        line: 6,
        event: { stream: 'action-demo:1', revision: '1', id: log.events[5]!.id },
        what: expect.stringContaining('it says action-demo:7 revision 1'),
      },
    ]);
  });

  it('among several that are gone and changed: all are told, and no more than is known', async () => {
    const found = await verify(
      joined([...lines.slice(0, 6), lines[6]!.replace('"n":6', '"n":66'), ...lines.slice(8)]),
    );
    expect(found.faults).toMatchObject([
      {
        kind: 'changed',
        line: 7,
        leaf: null,
        event: { id: log.events[6]!.id },
        what: expect.stringContaining('one of the 2 leaves from 6 on'),
      },
      { kind: 'dropped', count: 1, leaf: 6, what: expect.stringContaining('1 of the 2 leaves from 6 on') },
    ]);
  });

  it('by the thousand: a hundred are named, the rest is counted', async () => {
    const found = await verify(
      joined([
        ...lines.slice(0, 30),
        ...Array.from({ length: 5000 }, (_, i) => `{"n":${i}}`),
        ...Array<string>(5000).fill(lines[2]!),
        ...lines.slice(30),
      ]),
    );
    expect([found.faults.length, found.more]).toEqual([100, 9900]);
    expect(new Set(kinds(found))).toEqual(new Set(['inserted']));
  });
});

describe('the seal', () => {
  it('missing, in part or as a whole, is told', async () => {
    expect(await verify('')).toMatchObject({ verified: false, faults: [{ kind: 'truncated', line: 0 }] });
    expect(await verify(joined(lines.slice(0, 30)))).toMatchObject({
      verified: false,
      faults: [{ kind: 'truncated', line: 30 }],
    });
    expect(await verify(joined(lines.slice(0, 31)))).toMatchObject({ faults: [{ kind: 'seal' }] });
    expect(kinds(await verify(joined(lines.slice(30))))).toEqual(['truncated']);
    expect(kinds(await verify(joined(lines.slice(31))))).toContain('seal');
  });

  it("with other hashes than the events' leaves the events proved", async () => {
    const hashes = log.lines.map((line) => leafHash(Buffer.from(line)));
    for (const wrong of [
      hashes.with(4, seed(4)),
      hashes.slice(1),
      [...hashes, seed(1)],
      hashes.toReversed(),
    ]) {
      expect(
        (await verify(joined([...lines.slice(0, 30), hashesLine(wrong), lines[31]!]))).faults,
      ).toMatchObject([
        { kind: 'seal', what: expect.stringContaining('the events are what the checkpoint says') },
      ]);
    }
    expect(kinds(await verify(joined(lines.with(30, lines[30]!.replace('{"seal"', '{"deal"')))))).toEqual([
      'seal',
    ]);
  });

  it('made over for events that were changed does not come to the signed root, and the checkpoints in the log say where', async () => {
    const forged = log.lines.with(14, log.lines[14]!.replace('"n":', '"n":9'));
    const hashes = forged.map((line) => leafHash(Buffer.from(line)));
    const found = await verify(joined([...forged, hashesLine(hashes), lines[31]!]));
    const published = log.events.flatMap(({ type }, i) => (type === 'CheckpointPublished' ? [i] : []));
    expect(published).toEqual([9, 19, 29]);
    expect(found.faults).toMatchObject([
      { kind: 'seal', what: expect.stringContaining('come to the root that the checkpoint says') },
      {
        kind: 'changed',
        leaf: 9,
        count: 10,
        what: expect.stringMatching(
          /within leaves 9 to 18, by the checkpoints in the file: the one in line 10, .* agrees; the one in line 20, .* does not/,
        ),
      },
    ]);
    const late = log.lines.with(29, log.lines[29]!.replace('"tree_size":29', '"tree_size":28'));
    expect(
      (
        await verify(
          joined([...late, hashesLine(late.map((line) => leafHash(Buffer.from(line)))), lines[31]!]),
        )
      ).faults,
    ).toMatchObject([
      { kind: 'seal' },
      { kind: 'log', line: 30 },
      { kind: 'changed', leaf: 19, what: expect.stringContaining('at leaf 19 or after') },
    ]);
  });

  it('made over, with an event that breaks its stream: the events tell', async () => {
    const forged = log.lines.toSpliced(5, 1);
    const found = await verify(
      joined([...forged, hashesLine(forged.map((line) => leafHash(Buffer.from(line)))), lines[31]!]),
    );
    expect(found.faults).toMatchObject([
      { kind: 'seal' },
      {
        kind: 'log',
        event: { stream: 'action-demo:1', revision: '2' },
        what: 'follows revision 0 of its stream',
      },
      { kind: 'changed', leaf: 0 },
    ]);
  });

  it('with runs or a proof that are not those of the events does not pass, whatever they claim', async () => {
    const part = await log.export([[4, 9]]);
    expect((await verify(part)).verified).toBe(true);
    const wrong: readonly ((seal: Seal) => Seal)[] = [
      (seal) => ({ ...seal, runs: [[5, 9]] }),
      (seal) => ({ ...seal, runs: [[4, 8]] }),
      (seal) => ({
        ...seal,
        runs: [
          [4, 4],
          [9, 5],
        ],
      }),
      (seal) => ({ ...seal, runs: [[4, 2 ** 50]] }),
      (seal) => ({ ...seal, runs: [] }),
      (seal) => ({ ...seal, proof: seal.proof.slice(1) }),
      (seal) => ({ ...seal, proof: [...seal.proof, seed(1)] }),
      (seal) => ({ ...seal, proof: seal.proof.toReversed() }),
      (seal) => ({ ...seal, proof: [] }),
    ];
    for (const change of wrong) expect(kinds(await verify(withSeal(part, change)))).toContain('seal');
  });
});

describe('a checkpoint known from elsewhere', () => {
  const at = (size: number, from = log): { readonly name: string; readonly note: string } => ({
    name: `at ${size}`,
    note: from.checkpoint(size),
  });

  it('is the same tree, or its beginning', async () => {
    const found = await verify(whole, { checkpoints: [at(30), at(17), at(1), at(0)] });
    expect([found.verified, found.checkpoints]).toEqual([
      true,
      [
        { name: 'at 30', size: 30, says: 'same' },
        { name: 'at 17', size: 17, says: 'earlier' },
        { name: 'at 1', size: 1, says: 'earlier' },
        { name: 'at 0', size: 0, says: 'earlier' },
      ],
    ]);
  });

  it('that is larger shows that the file is older', async () => {
    const older = await log.export([[0, 20]], 20);
    expect((await verify(older)).verified).toBe(true);
    expect((await verify(older, { checkpoints: [at(25), at(30), at(22)] })).faults).toMatchObject([
      { kind: 'older', what: expect.stringContaining('10 leaves short') },
    ]);
  });

  it('of another history, the same size or less, shows that the log was rewritten', async () => {
    const fork = new SealedLog();
    for (let i = 0; i < 30; i += 1) fork.append('action-demo:1', 'ActionAccepted', { fork: i });
    for (const size of [30, 12])
      expect(kinds(await verify(whole, { checkpoints: [at(size, fork)] }))).toEqual(['history']);
  });

  it('that cannot be compared is told, and the file not called verified', async () => {
    const part = await log.export([[8, 22]]);
    expect(await verify(part, { checkpoints: [at(30), at(8), at(12)] })).toMatchObject({ verified: true });
    const found = await verify(part, { checkpoints: [at(7)] });
    expect([found.verified, found.faults, found.undecided]).toEqual([
      false,
      [],
      ['at 7 cannot be compared: the files have not all of the first 7 leaves, nor what stands for them'],
    ]);
    for (const note of [
      '',
      'none',
      smallLog(9, 'log.example/other').checkpoint(),
      at(30).note.replace('\n30\n', '\n29\n'),
    ]) {
      const { verified, faults, undecided } = await verify(whole, { checkpoints: [{ name: 'it', note }] });
      expect([verified, faults, undecided.length]).toEqual([false, [], 1]);
    }
  });

  it('of a mirror with many trees is that of this one', async () => {
    const other = { name: 'other', note: smallLog(9, 'log.example/other').checkpoint(), ofMany: true };
    expect(await verify(whole, { checkpoints: [other, { ...at(17), ofMany: true }] })).toMatchObject({
      verified: true,
      checkpoints: [{ size: 17 }],
    });
    expect(await verify(whole, { checkpoints: [other] })).toMatchObject({
      verified: false,
      faults: [],
      undecided: [expect.stringContaining('no checkpoint of `log.example`')],
    });
  });
});

describe('witnesses', () => {
  const cosigned = (
    size: number,
    by: readonly (typeof witness)[],
  ): { readonly name: string; readonly note: string } => ({
    name: `cosigned ${size}`,
    note: log.checkpoint(size, by),
  });

  it('that cosigned a tree with every event are named with their time', async () => {
    const found = await verify(await log.export([[0, 20]], 30, [witness]), {
      witnesses: [vkey(witness), vkey(second)],
      checkpoints: [cosigned(24, [second])],
    });
    expect([found.verified, found.witnesses]).toEqual([
      true,
      [
        { name: 'witness.example/w1', size: 30, at: '2023-11-14T22:13:20.000Z' },
        { name: 'witness.example/w2', size: 24, at: '2023-11-14T22:13:20.000Z' },
      ],
    ]);
  });

  it('that did not, or fewer leaves, or wrongly, are a finding; a quorum is enough', async () => {
    const both = { witnesses: [vkey(witness), vkey(second)] };
    const text = await log.export([[0, 30]], 30, [witness]);
    expect(kinds(await verify(text, both))).toEqual(['witness']);
    expect((await verify(text, { ...both, quorum: 1 })).verified).toBe(true);
    expect((await verify(text, { ...both, checkpoints: [cosigned(25, [second])] })).faults).toMatchObject([
      { kind: 'witness', what: expect.stringContaining('fewer leaves: witness.example/w2 25') },
    ]);
    const broken = text
      .replace(/(witness\.example\/w1 .{30})./, (_, before: string) => `${before}_`)
      .replace('_', 'A');
    expect(kinds(await verify(broken, { witnesses: [vkey(witness)] }))).not.toEqual([]);
    expect(kinds(await verify(whole, { witnesses: [vkey(witness)] }))).toEqual(['witness']);
  });

  it('have no byte in the seal that could be another, where they are asked for', async () => {
    const small = smallLog(2);
    const bytes = Buffer.from(await small.export([[0, 2]], 2, [witness]));
    const options = { witnesses: [vkey(witness)] };
    expect((await verifyLog([source(bytes)], { key: known, ...options })).verified).toBe(true);
    const from = bytes.indexOf('— witness', bytes.indexOf('"checkpoint":"'));
    for (let at = from; at < bytes.indexOf('"', from); at += 1) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 0x01;
      expect([at, (await verifyLog([source(changed)], { key: known, ...options })).verified]).toEqual([
        at,
        false,
      ]);
    }
  });
});

describe('several files', () => {
  const part = async (first: number, count: number, size: number, from = log): Promise<LogSource> =>
    source(await from.export([[first, count]], size), `${first}-${first + count - 1}`);

  it('in order are one log, whichever sizes their seals have', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 29 }), { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat(30)),
        async (cuts, more) => {
          const ends = [...cuts.sort((a, b) => a - b), 30];
          const files: LogSource[] = [];
          for (const [i, end] of ends.entries())
            files.push(
              await part(
                ends[i - 1] ?? 0,
                end - (ends[i - 1] ?? 0),
                Math.min(30, end + (more.next().value ?? 0)),
              ),
            );
          const found = await verify(files, { checkpoints: [{ name: 'early', note: log.checkpoint(1) }] });
          expect([found.faults, found.undecided, found.verified, found.files.length]).toEqual([
            [],
            [],
            true,
            ends.length,
          ]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('with a gap between them, overlapping or out of order are told', async () => {
    const [a, b, c] = [await part(0, 10, 10), await part(10, 10, 20), await part(20, 10, 30)];
    expect((await verify([a, c])).faults).toMatchObject([
      { kind: 'files', file: '20-29', leaf: 10, count: 10 },
    ]);
    expect(kinds(await verify([b, a]))).toContain('files');
    expect(kinds(await verify([a, await part(5, 15, 20)]))).toContain('files');
    expect(
      kinds(await verify([a, source(await smallLog(20, 'log.example/demo').export(), 'tenant')])),
    ).toContain('files');
  });

  it('of two histories are told, though each is signed', async () => {
    const fork = new SealedLog();
    for (let i = 0; i < 30; i += 1) fork.append(`action-demo:${i % 4}`, 'ActionAccepted', { fork: i });
    for (const cut of [1, 7, 10, 16])
      expect(kinds(await verify([await part(0, cut, cut), await part(cut, 30 - cut, 30, fork)]))).toContain(
        'history',
      );
  });

  it('are each verified for itself, and the damaged one named', async () => {
    const b = linesOf(await log.export([[10, 10]], 20));
    const found = await verify([
      await part(0, 10, 10),
      source(joined(b.with(3, b[3]!.replace('"n":', '"n":1'))), 'b'),
      await part(20, 10, 30),
    ]);
    expect(found).toMatchObject({
      verified: false,
      faults: [{ kind: 'changed', file: 'b', line: 4, leaf: 13 }],
      files: [{ file: '0-9' }, { file: '20-29' }],
    });
  });
});

describe('a log that is signed as it stands', () => {
  const odd = async (make: (log: SealedLog) => void): Promise<Verification['faults']> => {
    const strange = new SealedLog()
      .append('action-demo:1', 'ActionAccepted', {})
      .append('action-demo:2', 'ActionAccepted', {});
    make(strange);
    const { faults, verified } = await verify(
      await strange.append('action-demo:3', 'ActionAccepted', {}).export(),
    );
    expect(verified).toBe(faults.length === 0);
    return faults;
  };

  it('with a gap in a stream, a position out of order, or an id twice is told', async () => {
    expect(await odd((it) => it.append('action-demo:1', 'GateChecked', {}, { revision: 4n }))).toMatchObject([
      { kind: 'log', line: 3, event: { revision: '4' }, what: 'follows revision 0 of its stream' },
    ]);
    expect(await odd((it) => it.append('action-demo:9', 'GateChecked', {}, { revision: 1n }))).toMatchObject([
      { kind: 'log', line: 3, what: expect.stringContaining('not revision 0') },
    ]);
    expect(
      await odd((it) =>
        it.append('action-demo:1', 'GateChecked', {}, { position: { commit: 2n, prepare: 2n } }),
      ),
    ).toMatchObject([{ kind: 'log', line: 3, what: 'stands after position 8' }]);
    expect(
      await odd((it) => it.append('action-demo:1', 'GateChecked', {}, { id: it.events[0]!.id })),
    ).toMatchObject([{ kind: 'log', line: 3, what: 'has the id of log.ndjson line 1' }]);
  });

  it('may have an event twice where streams are appended to without a revision', async () => {
    expect(
      await odd((it) =>
        it
          .append('evaluation-demo:2026-11-20', 'EvaluationRecorded', {}, { id: 'same' })
          .append('evaluation-demo:2026-11-20', 'EvaluationRecorded', {}, { id: 'same' }),
      ),
    ).toEqual([]);
  });

  it('that tells a checkpoint which is not its own is told', async () => {
    const other = smallLog(2);
    const data = {
      origin: 'log.example',
      tree_size: 2,
      root_hash: parseNote(other.checkpoint())!.text.split('\n')[2],
      position: '8',
      note: other.checkpoint(),
    };
    expect(await odd((it) => it.append('checkpoint-_system:log', 'CheckpointPublished', data))).toMatchObject(
      [{ kind: 'log', line: 3, what: "tells a tree of 2 leaves that is not this log's" }],
    );
    expect(
      await odd((it) =>
        it.append('checkpoint-_system:log', 'CheckpointPublished', { ...data, tree_size: 3 }),
      ),
    ).toMatchObject([{ kind: 'log', line: 3, what: expect.stringContaining('another than its note') }]);
    expect(await odd((it) => it.publish())).toEqual([]);
  });

  it("of a tenant has no other tenant's events", async () => {
    const mixed = new SealedLog('log.example/demo')
      .append('action-demo:1', 'ActionAccepted', {})
      .append('action-other:1', 'ActionAccepted', {});
    expect(await verify(await mixed.export())).toMatchObject({
      verified: false,
      faults: [{ kind: 'log', line: 2, what: 'is of the tenant `other`, in a tree of `demo`' }],
    });
  });
});
