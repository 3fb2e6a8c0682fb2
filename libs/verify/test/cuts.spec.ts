import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  checkpointText,
  noteOf,
  parseCheckpoint,
  parseNote,
  parseTenants,
  parseVerifier,
  signerKey,
  signText,
  subtreesOf,
  tenantPath,
  toBase64,
  type LogCut,
  type Runs,
} from '@interlock/tree';
import { verdictOf } from '../src/index.js';
import { kinds, nextKey, SealedLog, seed, verify } from './sealed-log.js';

const made = (events: number): SealedLog => {
  const log = new SealedLog('log.example/demo');
  for (let n = 0; n < events; n += 1) {
    log.append(`action-demo:${n}`, 'SomethingHappened', { n });
    if (n % 7 === 6) log.publish();
  }
  return log;
};

/** The record of a cut of leaves of the tenant's tree, by the checkpoint over all that there is. */
const recordOf = async (log: SealedLog, runs: Runs): Promise<LogCut> => {
  const { checkpoint, heads } = (() => {
    const note = log.checkpoint();
    const read = parseCheckpoint(parseNote(note)!.text)!;
    return { checkpoint: { note, ...read }, heads: parseTenants(log.tenants(), read.tenants)! };
  })();
  const path = (await tenantPath(heads, 'demo'))!;
  const cut = runs.flatMap(([first, count]) => log.events.slice(first, first + count));
  return {
    cut_id: `cut-${runs.map(([first]) => first).join('-')}`,
    origin: checkpoint.origin,
    before: '2026-11-21T00:00:00.000Z',
    streams: [...new Set(cut.map(({ stream }) => stream))].map((stream) => ({
      stream,
      from: '0',
      until: '9',
    })),
    events: cut.length,
    bytes: 1000,
    from: cut[0]!.created,
    to: cut.at(-1)!.created,
    last_position: `${cut.at(-1)!.position.commit}`,
    last_leaf: checkpoint.size - 1,
    runs,
    nodes: await Promise.all(
      runs
        .flatMap(subtreesOf)
        .map(async ([start, end]) => toBase64(await log.read(Math.log2(end - start), start / (end - start)))),
    ),
    location: 's3://archive/',
    segments: [{ first: 0, count: 1000, manifest_sha256: 'a'.repeat(64) }],
    checkpoint: checkpoint.note,
    tenant: { ...path, path: path.path.map(toBase64) },
  };
};

const record = (log: SealedLog, data: object): SealedLog =>
  log.append('checkpoint-demo:cuts', 'LogCut', data);

/** All leaves but those of some runs. */
const without = (size: number, gone: readonly Runs[]): Runs => {
  const cut = new Set(
    gone.flatMap((runs) =>
      runs.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i)),
    ),
  );
  return runsOf(Array.from({ length: size }, (_, i) => i).filter((leaf) => !cut.has(leaf)));
};
const runsOf = (leaves: readonly number[]): Runs => {
  const runs: [number, number][] = [];
  for (const leaf of leaves) {
    const run = runs.at(-1);
    if (run !== undefined && run[0] + run[1] === leaf) run[1] += 1;
    else runs.push([leaf, 1]);
  }
  return runs;
};

const two: Runs = [
  [3, 6],
  [11, 2],
];

describe('an export without the leaves that were cut from the log', () => {
  it('is verified: the record of the cut says by which segment and checkpoint they are proved', async () => {
    const log = made(20);
    record(log, await recordOf(log, two));
    log.append('action-demo:later', 'SomethingHappened', {});
    const report = await verify(await log.export(without(log.size, [two])));
    expect([report.verified, report.faults, report.missing_leaves]).toEqual([true, [], 0]);
    expect(report.scavenged).toMatchObject([
      {
        leaves: 8,
        first: 3,
        last: 12,
        location: 's3://archive/',
        segments: ['segments/0000000000000000-0000000000000999'],
      },
    ]);
  });

  it('is verified for any leaves and any number of cuts, which adjoin or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 5, max: 40 }),
        fc.array(fc.uniqueArray(fc.nat(39), { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 3 }),
        async (size, picked) => {
          const log = made(size);
          const seen = new Set<number>();
          const cuts: Runs[] = [];
          for (const leaves of picked) {
            const fresh = leaves.filter((leaf) => leaf < size && !seen.has(leaf)).sort((a, b) => a - b);
            for (const leaf of fresh) seen.add(leaf);
            if (fresh.length === 0) continue;
            cuts.push(runsOf(fresh));
            record(log, await recordOf(log, cuts.at(-1)!));
          }
          const report = await verify(await log.export(without(log.size, cuts)));
          expect([report.faults, report.undecided, report.missing_leaves]).toEqual([[], [], 0]);
          expect(report.scavenged.reduce((sum, { leaves }) => sum + leaves, 0)).toBe(seen.size);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('lacks them where no cut is recorded, or only a part of them', async () => {
    const bare = made(20).append('action-demo:later', 'SomethingHappened', {});
    const report = await verify(await bare.export(without(bare.size, [two])));
    expect([verdictOf(report), report.missing_leaves, report.scavenged]).toEqual(['in_part', 8, []]);
    const log = made(20);
    record(log, await recordOf(log, [[11, 2]]));
    const partly = await verify(await log.export(without(log.size, [two])));
    expect([verdictOf(partly), partly.missing_leaves]).toEqual(['in_part', 6]);
  });

  it.each<[string, (cut: LogCut) => object, readonly string[]]>([
    [
      'of other events',
      (cut) => ({ ...cut, nodes: [toBase64(seed(9)), ...cut.nodes.slice(1)] }),
      ['history'],
    ],
    ['without a segment', (cut) => ({ ...cut, segments: [{ ...cut.segments[0]!, count: 1 }] }), ['log']],
    ['with no segment', (cut) => ({ ...cut, segments: [] }), ['log']],
    ['with a checkpoint that is none', (cut) => ({ ...cut, checkpoint: 'x' }), ['log']],
    [
      'with a checkpoint that another signed',
      ({ checkpoint, ...cut }) => {
        const other = signerKey('log.example', 'note', seed(7));
        const text = checkpointText(parseCheckpoint(parseNote(checkpoint)!.text)!);
        return { ...cut, checkpoint: noteOf(text, [signText(text, other)]) };
      },
      ['signature'],
    ],
    ['of leaves after its checkpoint', (cut) => ({ ...cut, last_leaf: 900 }), ['log']],
    ['of another log', (cut) => ({ ...cut, origin: 'other.example' }), ['log']],
    ['of another tree', (cut) => ({ ...cut, tenant: { ...cut.tenant, root: toBase64(seed(3)) } }), ['log']],
    ['of another tenant', (cut) => ({ ...cut, tenant: { ...cut.tenant, tenant: 'acme' } }), ['log']],
    ['of later events', (cut) => ({ ...cut, last_position: '999999' }), ['log']],
    ['that is none', () => ({ cut_id: 'x' }), ['log']],
  ])('is a finding where the record is one %s', async (_what, change, expected) => {
    const log = made(20);
    record(log, change(await recordOf(log, two)));
    log.append('action-demo:later', 'SomethingHappened', {});
    const report = await verify(await log.export(without(log.size, [two])));
    expect([verdictOf(report), kinds(report)]).toEqual(['not_verified', expected]);
  });

  it('is verified in part where only an earlier key than the known one signed for the cut', async () => {
    const log = made(20);
    const first = parseVerifier(log.key)!;
    record(log, await recordOf(log, two));
    log.rotate(nextKey);
    const [part, whole] = [await log.export(without(log.size, [two])), await log.export()];
    const later = parseVerifier(log.key)!;
    const verdicts = [];
    for (const [text, key] of [
      [part, first],
      [part, later],
      [whole, first],
      [whole, later],
    ] as const)
      verdicts.push(verdictOf(await verify(text, { key })));
    expect(verdicts).toEqual(['verified', 'in_part', 'verified', 'verified']);
  });

  it('does not pass with a record of other leaves than those in the file, or of a larger tree', async () => {
    const log = made(20);
    const cut = await recordOf(log, two);
    record(log, { ...cut, nodes: cut.nodes.with(1, toBase64(seed(9))) });
    expect(kinds(await verify(await log.export()))).toEqual(['history']);
    const larger = made(20);
    record(larger, await recordOf(made(40), two));
    expect(kinds(await verify(await larger.export()))).toEqual(['history']);
  });

  it('needs nothing of the record where it has the events', async () => {
    const log = made(20);
    record(log, await recordOf(log, two));
    const report = await verify(await log.export());
    expect([report.verified, report.faults, report.scavenged]).toEqual([true, [], []]);
  });
});
