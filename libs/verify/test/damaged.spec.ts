import { beforeAll, describe, expect, it } from '@jest/globals';
import { entriesLine, toBase64, type LeafEntry, type Seal } from '@interlock/tree';
import { verdictOf } from '../src/index.js';
import {
  entriesOfLines,
  joined,
  kinds,
  linesOf,
  seed,
  smallLog,
  source,
  verify,
  withSeal,
} from './sealed-log.js';

const log = smallLog();
let whole: string;
let lines: string[];
beforeAll(async () => {
  whole = await log.export();
  lines = linesOf(whole);
});

/** Events with the seal of the whole log, but with entries that were made for them, or others. */
const withEntries = (
  events: readonly string[],
  entries: readonly LeafEntry[] = entriesOfLines(events),
): string => joined([...events, lines[30]!, entriesLine(entries), lines[32]!]);

describe('a changed line', () => {
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
  ])('with %s is found to be the event in another spelling', async (_, respell) => {
    for (const i of [0, 4, 29])
      expect(await verify(joined(lines.with(i, respell(lines[i]!))))).toMatchObject({
        verified: false,
        faults: [{ kind: 'spelling', line: i + 1, leaf: i, event: { id: log.events[i]!.id } }],
      });
  });

  it('with an additional member is found to be another event', async () => {
    expect(
      await verify(joined(lines.with(4, lines[4]!.replace('{"created"', '{"approved":true,"created"')))),
    ).toMatchObject({ faults: [{ kind: 'changed', line: 5 }] });
  });

  it('is reported as empty, as no JSON or as no UTF-8', async () => {
    expect(await verify(joined(lines.toSpliced(3, 0, '')))).toMatchObject({
      faults: [{ kind: 'inserted', line: 4, what: 'is not an event of the log: it is empty' }],
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

  it('whose stream or revision was altered is reported as what it was, where the other events show that', async () => {
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

  it('is reported together with dropped ones, with no more than is known of each', async () => {
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

  it('is named a hundred times, and the rest is counted', async () => {
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
  it('is reported where it is missing in part or as a whole', async () => {
    expect(await verify('')).toMatchObject({ verified: false, faults: [{ kind: 'truncated', line: 0 }] });
    expect(await verify(joined(lines.slice(0, 30)))).toMatchObject({
      verified: false,
      faults: [{ kind: 'truncated', line: 30 }],
    });
    expect(await verify(joined(lines.slice(0, 31)))).toMatchObject({ faults: [{ kind: 'seal' }] });
    expect(kinds(await verify(joined(lines.slice(30))))).toEqual(['truncated']);
    expect(kinds(await verify(joined(lines.slice(32))))).toContain('seal');
  });

  it('leaves the events proved where its entries are not theirs', async () => {
    const { entries } = log;
    const another: LeafEntry = { ...entries[4]!, event_hash: toBase64(seed(4)) };
    for (const wrong of [
      entries.with(4, another),
      entries.with(4, { ...entries[4]!, revision: '77' }),
      entries.slice(1),
      [...entries, another],
      entries.toReversed(),
    ]) {
      expect((await verify(withEntries(log.lines, wrong))).faults).toMatchObject([
        { kind: 'seal', what: expect.stringContaining('the events are what the checkpoint says') },
      ]);
    }
    const unsealed = lines.with(31, lines[31]!.replace('{"seal"', '{"deal"'));
    expect((await verify(joined(unsealed))).faults).toMatchObject([
      { kind: 'seal', line: 32, what: 'is not a line of a seal' },
      { kind: 'seal', line: 33 },
      { kind: 'seal', what: expect.stringContaining('the events are what the checkpoint says') },
    ]);
  });

  it('does not come to the signed root where it was made again for changed events, and the checkpoints in the log say where', async () => {
    const forged = log.lines.with(14, log.lines[14]!.replace('"n":', '"n":9'));
    const found = await verify(withEntries(forged));
    const published = log.events.flatMap(({ type }, i) => (type === 'CheckpointPublished' ? [i] : []));
    expect(published).toEqual([9, 19, 29]);
    expect(found.faults).toMatchObject([
      { kind: 'seal', what: expect.stringContaining('come to the root that the checkpoint says') },
      {
        kind: 'changed',
        leaf: 9,
        count: 10,
        what: expect.stringMatching(
          /within leaves 9 to 18, by signed checkpoints: that of line 10, .* agrees; that of line 20, .* does not/,
        ),
      },
    ]);
    const late = log.lines.with(29, log.lines[29]!.replace('"tree_size":29', '"tree_size":28'));
    expect((await verify(withEntries(late))).faults).toMatchObject([
      { kind: 'seal' },
      { kind: 'log', line: 30 },
      { kind: 'changed', leaf: 19, what: expect.stringContaining('at leaf 19 or after') },
    ]);
  });

  it('shows the event that breaks its stream where it was made again', async () => {
    const forged = log.lines.toSpliced(5, 1);
    const found = await verify(withEntries(forged));
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

  it('does not pass with runs or a proof that are not those of the events, whatever they claim', async () => {
    const part = await log.export([[4, 9]]);
    expect(verdictOf(await verify(part))).toBe('in_part');
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
