import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseVerifier, signerKey, verifierText } from '@interlock/tree';
import { verdictOf, verifyLog, type KnownCheckpoint, type LogSource } from '../src/index.js';
import {
  joined,
  kinds,
  known,
  linesOf,
  SealedLog,
  sealOf,
  seed,
  smallLog,
  source,
  verify,
  withSeal,
} from './sealed-log.js';

const witness = signerKey('witness.example/w1', 'cosignature', seed(7));
const second = signerKey('witness.example/w2', 'cosignature', seed(8));
const vkey = (key: typeof witness): NonNullable<ReturnType<typeof parseVerifier>> =>
  parseVerifier(verifierText(key))!;

const log = smallLog();
let whole: string;
beforeAll(async () => {
  whole = await log.export();
});

describe('a checkpoint known from elsewhere', () => {
  const at = (size: number, from = log): { readonly name: string; readonly note: string } => ({
    name: `at ${size}`,
    note: from.checkpoint(size),
  });

  it('is recognised as the same tree or as its beginning', async () => {
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

  it('shows among which leaves a rewritten log first differs, however many checkpoints there are', async () => {
    const fork = smallLog(14);
    for (let i = 14; i < 30; i += 1) fork.append(`action-demo:${i % 4}`, 'ActionAccepted', { fork: i });
    const text = await fork.export();
    const checkpoints = [at(30), at(9), at(12), at(21), at(25)];
    for (const [some, leaf, count] of [
      [checkpoints, 12, 9],
      [checkpoints.toReversed(), 12, 9],
      [[at(30)], 0, 30],
      [[at(15), at(14)], 14, 1],
    ] as const)
      expect((await verify(text, { checkpoints: some })).faults).toMatchObject([
        { kind: 'history', leaf, count },
      ]);
    expect((await verify(text, { checkpoints })).faults[0]!.what).toBe(
      'its first 21 leaves are not those that at 21 signs; the first difference is within leaves 12 to 20, since at 12 agrees: the log was rewritten, and both are signed',
    );
  });

  it('shows that only the seal is at fault, also where it is of a later log', async () => {
    const older = await log.export([[0, 20]], 20);
    const broken = withSeal(older, (seal) => ({
      ...seal,
      checkpoint: seal.checkpoint.replace(/.{6}\n$/, 'AAAAA=\n'),
    }));
    expect((await verify(broken)).faults).toMatchObject([
      { kind: 'signature' },
      { kind: 'changed', leaf: 19, what: expect.stringContaining('or only the seal is at fault') },
    ]);
    expect((await verify(broken, { checkpoints: [at(20), at(30)] })).faults).toMatchObject([
      { kind: 'signature' },
      { kind: 'seal', what: expect.stringContaining('only the seal is at fault: its 20 leaves') },
    ]);
    const short = await log.export([[0, 5]], 5);
    const unsigned = withSeal(short, (seal) => ({
      ...seal,
      checkpoint: seal.checkpoint.replace(/.{6}\n$/, 'AAAAA=\n'),
    }));
    expect((await verify(unsigned)).faults).toMatchObject([
      { kind: 'signature' },
      { kind: 'seal', what: expect.stringContaining('a checkpoint from elsewhere shows which') },
    ]);
    expect((await verify(unsigned, { checkpoints: [at(5)] })).faults).toMatchObject([
      { kind: 'signature' },
      { kind: 'seal', what: expect.stringContaining('only the seal is at fault') },
    ]);
  });

  it('that cannot be compared is reported, and the file is not called verified', async () => {
    const part = await log.export([[8, 22]]);
    expect(await verify(part, { checkpoints: [at(30), at(8), at(12)] })).toMatchObject({
      verified: false,
      complete: false,
      faults: [],
      undecided: [],
    });
    const found = await verify(part, { checkpoints: [at(7)] });
    expect([found.verified, found.faults, found.undecided]).toEqual([
      false,
      [],
      [
        'at 7 cannot be compared: the files lack some of the first 7 leaves and hold no entries in their place',
      ],
    ]);
    for (const note of [
      '',
      'none',
      smallLog(9, 'log.example2').checkpoint(),
      at(30).note.replace('\n30\n', '\n29\n'),
    ]) {
      const { verified, faults, undecided } = await verify(whole, { checkpoints: [{ name: 'it', note }] });
      expect([verified, faults, undecided.length]).toEqual([false, [], 1]);
    }
  });

  it('of a mirror with many trees is looked up for this one', async () => {
    const other = { name: 'other', note: smallLog(9, 'log.example2').checkpoint(), ofMany: true };
    expect(await verify(whole, { checkpoints: [other, { ...at(17), ofMany: true }] })).toMatchObject({
      verified: true,
      checkpoints: [{ size: 17 }],
    });
    expect(await verify(whole, { checkpoints: [other] })).toMatchObject({
      verified: false,
      faults: [],
      undecided: [expect.stringContaining('no checkpoint that can be compared with `log.example`')],
    });
  });
});

describe("checkpoints of the log and a tenant's export", () => {
  const tenant = smallLog(20, 'log.example/demo');
  const of = (size: number, from = tenant): KnownCheckpoint => ({
    name: `of ${size}`,
    note: from.checkpoint(size),
    tenants: from.tenants(size),
  });
  const noted = (size: number): KnownCheckpoint => ({ name: `${size}`, note: tenant.checkpoint(size) });

  it('are compared by the list of tenants that a mirror keeps beside them', async () => {
    expect(await verify(await tenant.export(), { checkpoints: [of(20), of(7), noted(20)] })).toMatchObject({
      verified: true,
      checkpoints: [
        { size: 20, says: 'same' },
        { size: 7, says: 'earlier' },
        { size: 20, says: 'same' },
      ],
    });
    const older = await tenant.export([[0, 12]], 12);
    expect((await verify(older, { checkpoints: [of(20)] })).faults).toMatchObject([
      { kind: 'older', what: expect.stringContaining('8 leaves short') },
    ]);
  });

  it('are compared by the path that an earlier export has', async () => {
    const earlier = sealOf(await tenant.export([[0, 3]], 12));
    const checkpoint = { name: 'january', note: earlier.checkpoint, tenant: earlier.tenant! };
    expect(await verify(await tenant.export(), { checkpoints: [checkpoint] })).toMatchObject({
      verified: true,
      checkpoints: [{ size: 12, says: 'earlier' }],
    });
    const forged = { ...checkpoint, tenant: { ...earlier.tenant!, size: 11 } };
    expect((await verify(await tenant.export(), { checkpoints: [forged] })).undecided).toHaveLength(1);
  });

  it('cannot be compared without either, nor with a list that the checkpoint does not sign', async () => {
    for (const known of [noted(7), { ...of(7), tenants: tenant.tenants(8) }]) {
      const found = await verify(await tenant.export(), { checkpoints: [known] });
      expect([found.verified, found.faults, found.undecided]).toEqual([
        false,
        [],
        [expect.stringContaining('does not say how far the tree of `demo` went')],
      ]);
    }
    const many = { ...noted(7), ofMany: true };
    expect((await verify(await tenant.export(), { checkpoints: [many, of(9)] })).verified).toBe(true);
    expect((await verify(await tenant.export(), { checkpoints: [many] })).undecided).toHaveLength(1);
  });

  it('of another history show that the log was rewritten', async () => {
    const fork = new SealedLog('log.example/demo');
    for (let i = 0; i < 30; i += 1) fork.append('action-demo:1', 'ActionAccepted', { fork: i });
    for (const size of [5, 12])
      expect(
        (await verify(await tenant.export(), { checkpoints: [of(size, fork), of(3)] })).faults,
      ).toMatchObject([{ kind: 'history', leaf: 3, count: size - 3 }]);
    const other = new SealedLog('log.example/demo');
    for (let i = 0; i < 20; i += 1)
      if (i < 8) other.append('action-demo:1', 'ActionAccepted', { i });
      else other.appendSystem('access-_system:1', 'AccessRecorded', { i });
    expect(
      kinds(await verify(await tenant.export(), { checkpoints: [{ ...of(8, other), name: 'fork' }] })),
    ).toEqual(['history']);
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
    expect([verdictOf(found), found.witnesses]).toEqual([
      'in_part',
      [
        { name: 'witness.example/w1', size: 30, at: '2027-01-15T08:00:00.000Z' },
        { name: 'witness.example/w2', size: 24, at: '2027-01-15T08:00:00.000Z' },
      ],
    ]);
  });

  it('that did not cosign, cosigned fewer leaves or signed wrongly are a finding; a quorum is enough', async () => {
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

  it('fix every byte of their lines in the seal, where they are asked for', async () => {
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

  it('are reported where they have a gap between them, overlap or are out of order', async () => {
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

  it('of two histories are reported, though each is signed', async () => {
    const fork = new SealedLog();
    for (let i = 0; i < 30; i += 1) fork.append(`action-demo:${i % 4}`, 'ActionAccepted', { fork: i });
    for (const cut of [1, 7, 10, 16])
      expect(kinds(await verify([await part(0, cut, cut), await part(cut, 30 - cut, 30, fork)]))).toContain(
        'history',
      );
  });

  it('are verified one by one, and the damaged one is named', async () => {
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
