import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  checkpointText,
  noteOf,
  parseCheckpoint,
  parseNote,
  signText,
  type LeafEntry,
} from '@interlock/tree';
import { kinds, logKey, SealedLog, seed, smallLog, source, verify, withSeal } from './sealed-log.js';

const log = smallLog();
let whole: string;
beforeAll(async () => {
  whole = await log.export();
});

describe('entries that are signed as they stand', () => {
  const four = (make: (log: SealedLog) => SealedLog, origin = 'log.example'): SealedLog =>
    make(
      new SealedLog(origin)
        .append('action-demo:1', 'ActionAccepted', {})
        .append('action-demo:2', 'ActionAccepted', {}),
    ).append('action-demo:3', 'ActionAccepted', {});
  const next = (signed: Partial<LeafEntry>) => (it: SealedLog) =>
    it.append('action-demo:4', 'ActionAccepted', {}, {}, signed);

  it('are refused in the whole log where an index of a tenant is missing, there twice, or another tenant has it', async () => {
    expect((await verify(await four(next({ index: 3 })).export())).faults).toMatchObject([
      {
        kind: 'log',
        line: 3,
        leaf: 2,
        what: 'is signed by an entry of index 3 of tenant `demo`: index 2 is missing',
      },
      { kind: 'log', line: 4, leaf: 3, what: expect.stringContaining('occurs twice') },
    ]);
    expect((await verify(await four(next({ index: 1 })).export())).faults).toMatchObject([
      {
        kind: 'log',
        line: 3,
        leaf: 2,
        what: 'is signed by an entry of index 1 of tenant `demo`, whose next is 2: an index occurs twice',
      },
      { kind: 'log', line: 4, leaf: 3, what: expect.stringContaining('index 2 is missing') },
    ]);
    expect((await verify(await four(next({ tenant: 'other' })).export())).faults).toMatchObject([
      {
        kind: 'log',
        line: 3,
        what: expect.stringContaining('the entry of another event, of `action` of tenant `other`'),
      },
    ]);
    expect((await verify(await four(next({ tenant: 'other', index: 2 })).export())).faults).toMatchObject([
      { kind: 'log', line: 3, what: expect.stringContaining('of tenant `other`, revision 0') },
      { kind: 'log', line: 3, what: expect.stringContaining('indices 0 to 1 are missing') },
    ]);
  });

  it('are refused in a part of the log where more indices are missing than leaves are left out', async () => {
    const log = smallLog(12).append('action-demo:4', 'ActionAccepted', {}, {}, { index: 20 });
    for (const runs of [
      [
        [0, 4],
        [7, 6],
      ],
      [[6, 7]],
      [
        [0, 2],
        [12, 1],
      ],
    ] as const)
      expect((await verify(await log.export(runs))).faults).toContainEqual(
        expect.objectContaining({
          kind: 'log',
          leaf: 12,
          what: expect.stringMatching(/an entry of index 20 of tenant `demo`: ind\S+ \d.* missing$/),
        }),
      );
    const files = [source(await log.export([[0, 5]]), 'a'), source(await log.export([[5, 8]]), 'b')];
    expect((await verify(files)).faults).toMatchObject([{ kind: 'log', file: 'b', line: 8, leaf: 12 }]);
    const honest = smallLog(13);
    const parts = [source(await honest.export([[0, 5]]), 'a'), source(await honest.export([[5, 8]]), 'b')];
    expect(await verify(parts)).toMatchObject({ verified: true, faults: [] });
  });

  it("are refused in a tenant's tree where an index is not the leaf's place", async () => {
    for (const index of [1, 3]) {
      const log = four(next({ index }), 'log.example/demo');
      expect((await verify(await log.export())).faults).toContainEqual(
        expect.objectContaining({
          kind: 'log',
          line: 3,
          leaf: 2,
          what: `is signed by an entry of index ${index} of tenant \`demo\`, and is leaf 2 of its tree`,
        }),
      );
      expect(kinds(await verify(await log.export([[2, 1]])))).toEqual(['log']);
      expect(kinds(await verify(await log.export([[0, 2]])))).toEqual([]);
    }
  });

  it('are refused where the whole log is there and the checkpoint says other tenants than they come to', async () => {
    const signed = parseCheckpoint(parseNote(log.checkpoint())!.text)!;
    for (const tenants of [
      { ...signed.tenants, root: seed(3) },
      { ...signed.tenants, size: signed.tenants.size + 1 },
    ]) {
      const text = checkpointText({ ...signed, tenants });
      const checkpoint = noteOf(text, [signText(text, logKey)]);
      expect((await verify(withSeal(whole, (seal) => ({ ...seal, checkpoint })))).faults).toMatchObject([
        { kind: 'log', leaf: null, what: expect.stringContaining('and the entries come to 2 with') },
      ]);
    }
  });
});
