import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventMetadata } from '@interlock/kernel';
import {
  keysFrom,
  noteOf,
  parseNote,
  rotationNote,
  signText,
  signerKey,
  verifierText,
} from '@interlock/tree';
import { verdictOf, type Verification } from '../src/index.js';
import {
  kinds,
  known,
  logKey,
  nextKey,
  SealedLog,
  seed,
  smallLog,
  source,
  verify,
  withSeal,
} from './sealed-log.js';

const log = smallLog();
let whole: string;
beforeAll(async () => {
  whole = await log.export();
});

describe('a sealed export', () => {
  it('is verified with nothing but the key', async () => {
    expect(await verify(whole)).toEqual({
      verified: true,
      complete: true,
      missing_leaves: 0,
      scavenged: [],
      faults: [],
      more: 0,
      undecided: [],
      not_checked: ['what the log took in after leaf 29'],
      checkpoints: [],
      witnesses: [],
      timestamps: [],
      files: [
        {
          file: 'log.ndjson',
          origin: 'log.example',
          size: 30,
          root: parseNote(log.checkpoint())!.text.split('\n')[2],
          events: 30,
          runs: [[0, 30]],
          filter: null,
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

  it('is verified for any leaves and any size, and not as one of another size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.nat(29),
        fc.integer({ min: 1, max: 30 }),
        async (size, from, count) => {
          const first = Math.min(from, size - 1);
          const text = await log.export([[first, Math.min(count, size - first)]], size);
          const events = Math.min(count, size - first);
          expect(await verify(text)).toMatchObject({
            verified: events === size,
            complete: events === size,
            missing_leaves: size - events,
            faults: [],
            undecided: [],
          });
          const other = size === 30 ? 29 : size + 1;
          expect(
            verdictOf(
              await verify(withSeal(text, (seal) => ({ ...seal, checkpoint: log.checkpoint(other) }))),
            ),
          ).toBe('not_verified');
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is verified where it holds no event, also of an empty log', async () => {
    for (const [text, complete] of [
      [await log.export([]), false],
      [await new SealedLog().export(), true],
    ] as const)
      expect(await verify(text)).toMatchObject({
        verified: complete,
        complete,
        faults: [],
        files: [{ events: 0, runs: [], positions: null }],
      });
  });

  it('is verified in part where leaves are missing, and says which streams begin elsewhere', async () => {
    const found = await verify(await log.export([[4, 9]]));
    expect([found.verified, found.complete, found.missing_leaves, verdictOf(found)]).toEqual([
      false,
      false,
      21,
      'in_part',
    ]);
    expect(found.not_checked).toContainEqual(
      expect.stringMatching(
        /^the beginnings of \d+ streams, which are not in the files: \S+ before revision \d+/,
      ),
    );
    expect(verdictOf(await verify(whole))).toBe('verified');
  });

  it('is verified for a larger log with events longer than a piece', async () => {
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

  it("can be a tenant's own tree under the log's key", async () => {
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
  it('is believed only where it is the known one', async () => {
    const forger = new SealedLog('log.example', signerKey('log.example', 'note', seed(9)));
    expect(kinds(await verify(await forger.append('action-demo:1', 'A', {}).export()))).toEqual([
      'key',
      'seal',
    ]);
  });

  it('is believed where the known key handed over to it, and so is the chain from any of its keys on', async () => {
    const rotated = smallLog(8);
    rotated.rotate(nextKey);
    const text = await rotated.export();
    for (const key of [logKey, nextKey])
      expect(await verify(text, { key })).toMatchObject({
        verified: true,
        files: [{ key: verifierText(nextKey) }],
      });
  });

  it('is not believed where it only stands before the known one in a chain: anyone can hand over to a key', async () => {
    const forger = signerKey('log.example', 'note', seed(9));
    const chain = { first: verifierText(forger), rotations: [rotationNote(forger, known)] };
    expect(keysFrom(chain, known).map(verifierText)).toEqual([verifierText(known)]);
    const forged = new SealedLog('log.example', forger).append('action-demo:1', 'A', {});
    expect(
      kinds(await verify(withSeal(await forged.export(), (seal) => ({ ...seal, keys: chain })))),
    ).toEqual(['signature', 'seal']);
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

  it('must itself have signed this very text, and once', async () => {
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

describe('an event that is signed as it stands, and forged', () => {
  const written = (by: readonly (string | undefined)[]): SealedLog => {
    const log = new SealedLog();
    by.forEach((writer, i) => {
      log.append(
        'action-demo:1',
        'ActionAccepted',
        { i },
        { metadata: (writer === undefined ? {} : { writer }) as EventMetadata },
      );
    });
    return log;
  };
  const faults = async (...by: readonly (string | undefined)[]) =>
    (await verify(await written(by).export())).faults.map(({ kind, event, what }) => [
      kind,
      event?.stream,
      event?.revision,
      what,
    ]);
  const owner = 'safety-rails';

  it('is named with its stream and revision where another service wrote it, or none says so', async () => {
    expect(await faults(owner, 'budget-ledger', owner)).toEqual([
      [
        'forged',
        'action-demo:1',
        '1',
        'is forged: `budget-ledger` wrote it, and `safety-rails` alone writes `action`',
      ],
    ]);
    expect(await faults(owner, undefined)).toEqual([
      ['forged', 'action-demo:1', '1', expect.stringContaining('it names no writer')],
    ]);
  });

  it('is none where its owner wrote it', async () => {
    expect(await faults(owner, owner)).toEqual([]);
  });

  it('is named from the first event of a log on that names no writer', async () => {
    expect((await faults(undefined, undefined, owner)).map(([kind, , revision]) => [kind, revision])).toEqual(
      [
        ['forged', '0'],
        ['forged', '1'],
      ],
    );
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

  it('is reported where a stream has a gap, a position is out of order or an id stands twice', async () => {
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
    ).toMatchObject([{ kind: 'log', line: 3, what: 'comes after position 8' }]);
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

  it('is reported where it tells a checkpoint that is not its own', async () => {
    const other = smallLog(2);
    const data = {
      origin: 'log.example',
      tree_size: 2,
      root_hash: parseNote(other.checkpoint())!.text.split('\n')[2],
      position: '8',
      note: other.checkpoint(),
    };
    expect(await odd((it) => it.append('checkpoint-_system:log', 'CheckpointPublished', data))).toMatchObject(
      [{ kind: 'log', line: 3, what: "records a tree of 2 leaves that is not this log's" }],
    );
    expect(
      await odd((it) =>
        it.append('checkpoint-_system:log', 'CheckpointPublished', { ...data, tree_size: 3 }),
      ),
    ).toMatchObject([
      { kind: 'log', line: 3, what: expect.stringContaining('a different one than its note') },
    ]);
    expect(await odd((it) => it.publish())).toEqual([]);
  });

  it("may hold no other tenant's events where it is a tenant's", async () => {
    const mixed = new SealedLog('log.example/demo')
      .append('action-demo:1', 'ActionAccepted', {})
      .append('action-other:1', 'ActionAccepted', {});
    expect(await verify(await mixed.export())).toMatchObject({
      verified: false,
      faults: [
        {
          kind: 'log',
          line: 2,
          what: expect.stringContaining('entry of another event, of `action` of tenant `demo`'),
        },
        { kind: 'log', line: 2, what: 'is of the tenant `other`, in a tree of `demo`' },
      ],
    });
  });
});
