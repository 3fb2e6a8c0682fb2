import { beforeAll, describe, expect, it } from '@jest/globals';
import { contentHash, type EventMetadata } from '@interlock/kernel';
import { namedLine, toBase64, type NamedEvent } from '@interlock/tree';
import { verdictOf } from '../src/index.js';
import { joined, kinds, linesOf, SealedLog, seed, source, verify } from './sealed-log.js';

const release = '00000000-0000-5000-8000-00000000aaaa';
const other = '00000000-0000-5000-8000-00000000bbbb';
const metadata = { writer: 'safety-rails', release } as unknown as EventMetadata;
const type = { action_type: 'cell_failover', risk: 'LOW' };
const reference = { action_type: 'cell_failover', hash: contentHash(type) };

const log = new SealedLog('log.example/demo')
  .appendSystem('release-_system:safety-rails', 'ReleaseStarted', {}, { id: release })
  .appendSystem('release-_system:safety-rails', 'ReleaseStarted', {}, { id: other })
  .appendSystem('action_type-_system:cell_failover', 'ActionTypeRegistered', { action_type: type })
  .append('action-demo:1', 'IntentAccepted', { action_type: reference }, { metadata })
  .append('action-demo:2', 'IntentAccepted', { action_type: { ...reference, version: 1 } }, { metadata })
  .append(
    'action-demo:3',
    'SomethingHappened',
    {},
    { metadata: { writer: 'safety-rails' } as unknown as EventMetadata },
  );
let text: string;
let lines: readonly string[];
let named: readonly NamedEvent[];
beforeAll(async () => {
  text = await log.export();
  lines = linesOf(text);
  named = await log.named([[0, 3]]);
});
/** The export with other events beside its own. */
const beside = (events: readonly NamedEvent[]): string =>
  joined([...lines.slice(0, 5), ...events.map(namedLine), lines.at(-1)!]);

describe('events of `_system` that an export names', () => {
  it('stand beside it, each that is named and no other, with their proofs', async () => {
    expect(named.map(({ index }) => index)).toEqual([0, 2]);
    expect(beside(named)).toBe(text);
    expect(await verify(text)).toMatchObject({ verified: true, faults: [], undecided: [] });
    expect(await log.named([[1, 1]])).toHaveLength(1);
    expect(await log.named([[2, 1]])).toEqual([]);
  });

  it('stand beside each of several files for itself', async () => {
    const files = [source(await log.export([[0, 1]]), 'a'), source(await log.export([[1, 2]]), 'b')];
    expect(await verify(files)).toMatchObject({ verified: true, faults: [], undecided: [] });
  });

  it('leave it undecided where one of them is not there', async () => {
    for (const [i, what] of [
      [0, `the release ${release}, which events of \`log.example/demo\` name, is not beside them`],
      [1, expect.stringMatching(/^the action type cell_failover \w+, which events of/)],
    ] as const) {
      const found = await verify(beside(named.toSpliced(i, 1)));
      expect([verdictOf(found), found.faults, found.undecided]).toEqual(['undecided', [], [what]]);
    }
  });

  it('are refused where they are not what was signed, not where they stand, or named by nobody', async () => {
    const [first, second] = named as readonly [NamedEvent, NamedEvent];
    const wrong: readonly (readonly [string, readonly NamedEvent[]])[] = [
      ['is not what was signed', [{ ...first, event: first.event.replace('"data":{}', '"data":{"a":1}') }]],
      ['which is not a leaf of the log', [{ ...first, index: 1 }]],
      ['which is not a leaf of the log', [{ ...first, path: first.path.with(0, seed(3)) }]],
      ['which is not a leaf of the log', [{ ...first, entry: { ...first.entry, index: 5 } }]],
      ['is signed by an entry of another event', [{ ...first, entry: { ...first.entry, revision: '1' } }]],
      ['is signed by an entry of another event', [{ ...first, entry: { ...first.entry, tenant: 'demo' } }]],
      ['is not what was signed', [{ ...first, entry: { ...first.entry, event_hash: toBase64(seed(1)) } }]],
      ['that is not JSON', [{ ...first, event: 'nonsense' }]],
      ['which nothing refers to', [{ ...first, event: log.lines[0]! }]],
      ['comes after an event that is later in the log', [second, first]],
      ['comes after an event that is later in the log', [first, first]],
    ];
    for (const [what, events] of wrong) {
      const found = await verify(beside(events));
      expect([verdictOf(found), new Set(kinds(found))]).toEqual(['not_verified', new Set(['seal'])]);
      expect(found.faults[0]!.what).toContain(what);
    }
    const unnamed = joined([...linesOf(await log.export([[2, 1]])).slice(0, 3), namedLine(first)]);
    expect((await verify(`${unnamed}${linesOf(await log.export([[2, 1]])).at(-1)!}\n`)).faults).toMatchObject(
      [{ kind: 'seal', what: `has the release ${release} beside it, which none of its events names` }],
    );
  });
});
