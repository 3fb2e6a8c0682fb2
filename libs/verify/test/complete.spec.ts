import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  entriesLine,
  leftOutLine,
  parseSealLine,
  signerKey,
  type ExportFilter,
  type LeafEntry,
  type Runs,
} from '@interlock/tree';
import { verdictOf, type Verification } from '../src/index.js';
import { joined, kinds, linesOf, SealedLog, seed, verify, withSeal } from './sealed-log.js';

const categories = ['action', 'plan', 'lease'];
/** A log of two tenants, with three categories of each, and its checkpoints. */
const grown = (origin = 'log.example'): SealedLog => {
  const log = new SealedLog(origin);
  for (let i = 0; i < 40; i += 1) {
    const tenant = log.tenant ?? (i % 5 === 4 ? 'other' : 'demo');
    const correlation = `00000000-0000-5000-8000-00000000000${i % 3}`;
    const category = categories[i % categories.length]!;
    log.append(`${category}-${tenant}:${i % 4}`, 'Said', { n: i }, correlated(correlation));
    if (i % 16 === 15) log.publish();
  }
  return log;
};
const correlated = ($correlationId: string): object => ({
  metadata: { $correlationId, writer: 'safety-rails', schema_version: 1 },
});
const correlation = '00000000-0000-5000-8000-000000000001';
const complete = (text: string, filter?: ExportFilter): Promise<Verification> =>
  verify(text, { complete: true, ...(filter === undefined ? {} : { filter }) });

const logs = { whole: grown(), tenant: grown('log.example/demo') };
const filters: readonly ExportFilter[] = [
  {},
  { categories: ['action'] },
  { categories: ['action', 'lease'] },
  { correlation },
  { categories: ['plan'], correlation },
];
/** A category that no event has. */
const none: ExportFilter = { categories: ['rota'] };

describe.each(Object.entries(logs))('an export of a %s log', (name, log) => {
  it.each([...filters, none])('is proved to be complete for its filter %j', async (filter) => {
    const text = await log.exportOf(filter);
    const found = await complete(text, filter);
    const undecided =
      name === 'whole' && filter.correlation !== undefined && filter.categories === undefined
        ? [expect.stringContaining('so nothing proves the key')]
        : [];
    expect(found).toMatchObject({ faults: [], files: [{ filter }] });
    expect(found.undecided).toEqual(undecided);
    expect(verdictOf(found)).toBe(undecided.length === 0 ? 'verified' : 'undecided');
    const plain = await verify(text);
    expect(verdictOf(plain)).toBe(plain.missing_leaves === 0 ? 'verified' : 'in_part');
  });

  it('is not complete for a stream, a limit or positions, which no entry tells', async () => {
    for (const filter of [{ stream: `action-demo:0` }, { limit: 40, categories: ['action'] }]) {
      const text = await log.exportOf(filter);
      const found = await complete(text);
      expect([verdictOf(found), found.complete]).toEqual(['undecided', false]);
      expect(found.undecided).toEqual([expect.stringContaining("no leaf's entry says")]);
      expect(verdictOf(await verify(text))).toBe('in_part');
    }
    const unsaid = await complete(await log.export([[3, 9]]));
    expect(unsaid.undecided).toEqual([expect.stringContaining('does not say which events')]);
  });

  it('that leaves out an event of its filter is found, with its leaf', async () => {
    for (const filter of filters) {
      const { runs } = (
        parseSealLine(linesOf(await log.exportOf(filter)).at(-1)!) as { seal: { runs: Runs } }
      ).seal;
      const leaves = runs.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i));
      for (const gone of [leaves[0]!, leaves[3]!, leaves.at(-1)!]) {
        const kept = leaves.filter((leaf) => leaf !== gone).map((leaf) => [leaf, 1] as const);
        const joinedRuns = kept.reduce<[number, number][]>((all, [leaf]) => {
          const run = all.at(-1);
          if (run !== undefined && run[0] + run[1] === leaf) run[1] += 1;
          else all.push([leaf, 1]);
          return all;
        }, []);
        const found = await verify(await log.sealed(joinedRuns, filter));
        expect([filter, gone, verdictOf(found)]).toEqual([filter, gone, 'not_verified']);
        if (filter.categories !== undefined || filter.correlation !== undefined)
          expect(found.faults).toMatchObject([{ kind: 'dropped', leaf: gone }]);
      }
    }
  });

  it('that was asked for by another filter is refused', async () => {
    const text = await log.exportOf({ categories: ['action'] });
    for (const asked of [{}, { categories: ['plan'] }, { categories: ['action'], correlation }])
      expect(kinds(await complete(text, asked))).toEqual(['filter']);
    expect(kinds(await complete(await log.export([[0, 4]]), { categories: ['action'] }))).toEqual(['filter']);
  });

  it('with an event outside its filter is refused', async () => {
    const all: Runs = [[0, log.size]];
    expect(kinds(await verify(await log.sealed(all, { categories: ['action'] })))).toContain('seal');
    expect(kinds(await verify(await log.sealed(all, { correlation })))).toContain('seal');
  });
});

describe('the entries of left-out leaves', () => {
  let text: string;
  let lines: string[];
  let place: number;
  let entries: readonly LeafEntry[];
  beforeAll(async () => {
    text = await logs.tenant.exportOf({ categories: ['action'] });
    lines = linesOf(text);
    place = lines.findIndex((line) => line.startsWith('{"seal":{"left_out":'));
    entries = (parseSealLine(lines[place]!) as { leftOut: readonly LeafEntry[] }).leftOut;
  });
  const withLine = (of: readonly LeafEntry[]): string => joined(lines.with(place, leftOutLine(of)));

  it('cannot be altered, dropped, added, doubled or moved', async () => {
    const [first, second] = entries as [LeafEntry, LeafEntry];
    const wrong = [
      withLine(entries.slice(1)),
      withLine([...entries, second]),
      withLine([second, first, ...entries.slice(2)]),
      withLine([{ ...first, category: 'rota' }, ...entries.slice(1)]),
      withLine([{ ...first, correlation: second.correlation }, ...entries.slice(1)]),
      withLine([{ ...first, index: first.index + 1 }, ...entries.slice(1)]),
      joined(lines.toSpliced(place, 1)),
      joined(lines.toSpliced(place, 0, lines[place]!)),
      joined(lines.with(place, entriesLine(entries))),
      joined(lines.with(place, lines[place + 1]!).with(place + 1, lines[place]!)),
      withSeal(text, ({ filter: _gone, ...seal }) => seal),
      withSeal(text, (seal) => ({ ...seal, filter: { stream: 'action-demo:0' } })),
    ];
    for (const [i, one] of wrong.entries())
      for (const over of [{}, { complete: true }]) {
        const found = await verify(one, over);
        expect([i, verdictOf(found), kinds(found).every((kind) => kind === 'seal')]).toEqual([
          i,
          'not_verified',
          true,
        ]);
      }
  });

  it('let an export of categories be compared with any earlier checkpoint', async () => {
    const at = (size: number) => ({
      name: `${size}`,
      note: logs.tenant.checkpoint(size),
      tenants: logs.tenant.tenants(size),
    });
    const found = await verify(text, { complete: true, checkpoints: [at(7), at(23), at(logs.tenant.size)] });
    expect(found).toMatchObject({
      verified: true,
      undecided: [],
      checkpoints: [{ size: 7, says: 'earlier' }, { size: 23 }, { says: 'same' }],
    });
    const forged = grown('log.example/demo').append('action-demo:x', 'Said', {});
    const other = { name: 'other', note: forged.checkpoint(), tenants: forged.tenants() };
    expect(kinds(await verify(text, { complete: true, checkpoints: [other] }))).toEqual(['older']);
  });

  it('have no byte that can be another', async () => {
    const bytes = Buffer.from(text);
    const start = bytes.indexOf('{"seal":{"left_out":');
    for (let at = start; at < bytes.length; at += 5) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect([at, (await verify(changed.toString('latin1'))).faults.length > 0]).toEqual([at, true]);
    }
  });

  it('come from a tenant whose key an event shows, or a correlation is not decided', async () => {
    const empty = await complete(await logs.tenant.exportOf({ correlation: 'unheard of' }));
    expect([verdictOf(empty), empty.undecided]).toEqual([
      'undecided',
      [expect.stringContaining('so nothing proves the key')],
    ]);
  });

  it('show an index that is missing or there twice, though signed', async () => {
    for (const [signed, origin] of [
      [{ index: 4 }, 'log.example'],
      [{ index: 1 }, 'log.example'],
      [{ index: 4 }, 'log.example/demo'],
      [{ index: 1 }, 'log.example/demo'],
    ] as const) {
      const log = new SealedLog(origin);
      for (let i = 0; i < 3; i += 1) log.append(`action-demo:${i}`, 'Said', {});
      log.append('plan-demo:1', 'Said', {}, {}, signed).append('action-demo:4', 'Said', {});
      const found = await complete(await log.exportOf({ categories: ['action'] }));
      expect([signed, origin, kinds(found)[0]]).toEqual([signed, origin, 'log']);
    }
  });

  it("show a signed checkpoint whose tenants' trees are not those of the entries", async () => {
    const odd = new SealedLog();
    for (let i = 0; i < 3; i += 1) odd.append(`action-demo:${i}`, 'Said', {});
    // The signer counts the plan to another tenant than its entry says.
    odd.appendTo('other', 'plan-demo:1', 'Said', {}, { tenant: 'demo', index: 3 });
    odd.append('action-demo:4', 'Said', {}, {}, { index: 4 });
    expect(kinds(await complete(await odd.exportOf({ categories: ['action'] })))).toEqual(['log']);
    expect(kinds(await complete(await odd.exportOf({})))).toEqual(['log']);
    odd.publish();
    odd.append('action-demo:5', 'Said', {}, {}, { index: 5 });
    const found = await verify(await odd.exportOf({}));
    expect(found.faults.map(({ what }) => what.replace(/root \S+|with \S+/g, ''))).toEqual([
      expect.stringContaining('signs 2 tenants'),
      expect.stringContaining('signs 3 tenants'),
    ]);
  });
});

describe('a tree that was built again', () => {
  const foreign = signerKey('log.example', 'note', seed(9));
  const at = async (log: SealedLog, size: number, name: string) => ({ name, note: log.checkpoint(size) });

  it('with a foreign signature is compared with the checkpoints that the auditor has', async () => {
    const log = grown();
    const other = grown();
    const forged = new SealedLog('log.example', foreign);
    for (const [i, event] of log.events.entries())
      forged.append(event.stream, event.type, i === 20 ? { n: 'forged' } : event.data, {
        metadata: event.metadata,
      });
    const text = await forged.exportOf({});
    const checkpoints = [await at(other, 10, 'early'), await at(other, 30, 'late')];
    const found = await verify(text, { checkpoints });
    expect(found.faults).toMatchObject([
      { kind: 'key' },
      {
        kind: 'changed',
        leaf: 16,
        count: 14,
        what: expect.stringMatching(/leaves 16 to 29, .*CheckpointPublished\) agrees; that of late does not/),
      },
    ]);
    const before = await verify(text, { checkpoints: checkpoints.slice(0, 1) });
    expect(before.faults.at(-1)).toMatchObject({ kind: 'changed', leaf: 16, count: 17 });
    expect(kinds(await verify(text))).toEqual(['key', 'changed']);
  });

  it('with the old signature is, too', async () => {
    const log = grown();
    const forged = grown();
    forged.lines[20] = forged.lines[20]!.replace('"n":', '"n":9');
    forged.relist();
    const found = await verify(await forged.exportOf({}), {
      checkpoints: [await at(log, 12, 'mirror 12'), await at(log, 25, 'mirror 25')],
    });
    expect(found.faults.at(-1)).toMatchObject({
      kind: 'changed',
      leaf: 16,
      count: 9,
      what: expect.stringMatching(
        /leaves 16 to 24, .*CheckpointPublished\) agrees; that of mirror 25 does not/,
      ),
    });
  });

  it('is told from a seal that alone is at fault', async () => {
    const log = grown('log.example/demo');
    const text = await log.exportOf({});
    const broken = withSeal(text, (seal) => ({
      ...seal,
      checkpoint: seal.checkpoint.replace(/.{6}\n$/, 'AAAAA=\n'),
    }));
    const kept = { name: 'kept', note: log.checkpoint(), tenants: log.tenants() };
    expect((await verify(broken, { checkpoints: [kept] })).faults).toMatchObject([
      { kind: 'signature' },
      { kind: 'seal', what: expect.stringContaining('only the seal is at fault: its 40 leaves') },
    ]);
  });
});
