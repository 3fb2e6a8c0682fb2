import { describe, expect, it } from '@jest/globals';
import { verdictOf, verifyFiles, type LogSource, type Verification } from '../src/index.js';
import { kinds, known, linesOf, joined, SealedLog, smallLog, source } from './sealed-log.js';

const verify = (files: readonly LogSource[], complete = false): Promise<Verification> =>
  verifyFiles(files, { key: known, complete });

/** One log of two tenants: its whole tree, and the tree of each. */
const logs = (events: number, text = ''): { readonly [tree: string]: SealedLog } => {
  const [whole, demo, system] = ['', '/demo', '/_system'].map(
    (tenant) => new SealedLog(`log.example${tenant}`),
  );
  for (let i = 0; i < events; i += 1) {
    const of = i % 3 === 0 ? '_system' : 'demo';
    const [stream, type, data] = [
      i % 2 === 0 ? `action-${of}:${i}` : `plan-${of}:${i}`,
      'Told',
      { i, text },
    ] as const;
    whole!.append(stream, type, data);
    for (const log of [demo!, system!])
      if (log.tenant === of) log.append(stream, type, data);
      else log.appendTo(of, stream, type, data, { tenant: of });
  }
  return { whole: whole!, demo: demo!, system: system! };
};
const { whole, demo, system } = logs(30) as { [tree: string]: SealedLog } & { whole: SealedLog };

const permuted = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.length < 2
    ? [items]
    : items.flatMap((item, i) => permuted(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));

describe('several files in any order', () => {
  const log = smallLog(30);
  const part = async (first: number, count: number, size: number, from = log): Promise<LogSource> =>
    source(await from.export([[first, count]], size), `${first}-${first + count - 1}`);

  it('are one log, where they are parts of one tree', async () => {
    const parts = [await part(0, 10, 10), await part(10, 12, 25), await part(22, 8, 30)];
    for (const files of permuted(parts)) {
      const found = await verify(files);
      expect([found.verified, found.files.map(({ file }) => file)]).toEqual([
        true,
        ['0-9', '10-21', '22-29'],
      ]);
    }
  });

  it('are verified in one run, where they are split exports, segments, and the records of a use, a change and another tenant', async () => {
    const [all, demo, other] = ['', '/demo', '/other'].map((of) => new SealedLog(`log.example${of}`)) as [
      SealedLog,
      SealedLog,
      SealedLog,
    ];
    const categories = ['kill_switch', 'change', 'incident', 'bundle', 'action', 'alert'];
    for (let i = 0; i < 36; i += 1) {
      const tenant = i % 4 === 3 ? 'other' : 'demo';
      const told = [`${categories[i % categories.length]!}-${tenant}:${i % 6}`, 'Told', { i }] as const;
      all.append(...told);
      for (const log of [demo, other])
        if (log.tenant === tenant) log.append(...told);
        else log.appendTo(tenant, ...told, { tenant });
    }
    const half = Math.floor(demo.size / 2);
    const files = [
      source(await demo.sealed([[0, half]], { until: '60' }), 'split export, first part'),
      source(await demo.sealed([[half, demo.size - half]], { after: '60' }), 'split export, second part'),
      source(await demo.exportOf({ categories: ['kill_switch'] }), "a kill switch's receipt"),
      source(await demo.exportOf({ categories: ['change'] }, half), 'change requests, earlier'),
      source(await demo.exportOf({ categories: ['alert', 'incident'] }), 'the events of a post-mortem'),
      source(await other.exportOf({ categories: ['bundle'] }), "another tenant's bundles"),
    ];
    const segments = [
      source(await all.export([[0, 20]], 20), 'segment 0'),
      source(await all.export([[20, 16]], 36), 'segment 1'),
    ];
    for (const some of [
      files,
      files.toReversed(),
      [...files.slice(3), ...segments.toReversed(), ...files.slice(0, 3)],
    ]) {
      const found = await verify(some, true);
      expect([found.faults, found.undecided, found.verified]).toEqual([[], [], true]);
      expect(found.files.map(({ file }) => file).sort()).toEqual(some.map(({ name }) => name).sort());
    }
    expect((await verify(files, true)).not_checked.at(-1)).toContain(
      'are of one log: no file here is of the whole log',
    );
    const lacking = files.filter(({ name }) => name !== 'split export, first part');
    expect(await verify(lacking, true)).toMatchObject({
      verified: false,
      faults: [],
      missing_leaves: expect.any(Number),
    });
    const lost = await verify([...files, segments[1]!], true);
    expect([lost.verified, lost.undecided.length]).toEqual([false, 1]);
  });

  it('are reported where leaves are missing between them, or they overlap', async () => {
    const [a, b, c] = [await part(0, 10, 10), await part(10, 10, 20), await part(20, 10, 30)];
    for (const files of [
      [a, c],
      [c, a],
    ])
      expect((await verify(files)).faults).toMatchObject([
        { kind: 'files', file: '20-29', leaf: 10, count: 10 },
      ]);
    expect(kinds(await verify([await part(5, 15, 20), b, a]))).toContain('files');
    expect(verdictOf(await verify([c, b]))).toBe('in_part');
  });

  it('are verified by themselves, where they are of several tenants, filters and of the whole log', async () => {
    const files = [
      source(await whole.export(), 'whole'),
      source(await demo!.export(), 'demo'),
      source(await system!.export(), 'system'),
      source(await demo!.exportOf({ categories: ['action'] }), 'actions'),
      source(await demo!.exportOf({ categories: ['plan'] }, 11), 'earlier plans'),
    ];
    for (const some of permuted(files).filter((_, i) => i % 7 === 0)) {
      expect(await verify(some, true)).toMatchObject({ verified: true, faults: [], undecided: [] });
      expect(verdictOf(await verify(some))).toBe('in_part');
    }
  });

  it('are verified by themselves, where they are of streams whose leaves alternate', async () => {
    const streams = ['action-demo:2', 'plan-demo:1', 'action-demo:4'];
    const files = await Promise.all(
      streams.map(async (stream) => source(await demo!.exportOf({ stream }), stream)),
    );
    expect(verdictOf(await verify(files))).toBe('in_part');
    expect((await verify(files)).faults).toEqual([]);
  });

  it('say how many tenants of the log have no file', async () => {
    const found = await verify([
      source(await demo!.exportOf({ categories: ['action'] }), 'actions'),
      source(await demo!.exportOf({ categories: ['plan'] }), 'plans'),
    ]);
    expect(found.not_checked.at(-1)).toBe('the 1 of the 2 tenants of the log without a file here');
    const both = [source(await demo!.export(), 'demo'), source(await system!.export(), 'system')];
    const { verified, not_checked: open } = await verify(both);
    expect([verified, open.join().includes('without a file')]).toEqual([true, false]);
    expect(open.at(-1)).toBe(
      'whether the checkpoints of 28 and 30 leaves are of one log: no file here is of the whole log',
    );
  });

  it('of two histories are reported, though each is signed', async () => {
    const fork = logs(30, 'fork');
    const earlier = logs(20, 'fork');
    for (const [a, b] of [
      [demo!, fork['demo']!],
      [whole, fork['demo']!],
      [whole, earlier['demo']!],
      [whole, earlier['whole']!],
    ] as const) {
      const files = [source(await a.export(), 'a'), source(await b.exportOf({ categories: ['plan'] }), 'b')];
      for (const some of permuted(files)) expect(kinds(await verify(some, true))).toContain('history');
    }
  });

  it('are not verified where one is damaged, unsealed or of another key', async () => {
    const lines = linesOf(await demo!.export());
    const good = source(await system!.export(), 'good');
    for (const [bad, kind] of [
      [joined(lines.with(3, lines[3]!.replace('"i":', '"i":1'))), 'changed'],
      [joined(lines.slice(0, 9)), 'truncated'],
      ['', 'truncated'],
    ] as const)
      for (const files of permuted([good, source(bad, 'bad')])) {
        const found = await verify(files);
        expect([found.verified, kinds(found)[0], found.faults[0]!.file]).toEqual([false, kind, 'bad']);
      }
  });
});
