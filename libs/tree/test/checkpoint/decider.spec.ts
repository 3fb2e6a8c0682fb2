import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold, given, ProblemError } from '@interlock/kernel';
import {
  checkpointDecider,
  checkpointStream,
  checkpointText,
  cosignedNote,
  firstKeyFiles,
  fromBase64,
  isAboutTrees,
  keptCheckpoints,
  keyStream,
  logKeyDecider,
  noteOf,
  originOfTree,
  parseNote,
  parseVerifier,
  sameChain,
  signerKey,
  signText,
  timestampLine,
  treesOf,
  verifiedBy,
  verifierText,
  wholeTree,
  type CheckpointEvent,
  type CheckpointState,
} from '../../src/index.js';
import {
  cosignOf,
  firstKeys,
  key,
  keysRead,
  origin,
  published,
  rootText,
  rotatedKeys,
  seedOf,
  tenants,
  witness,
} from '../golden.js';

const first = { size: 7, root: rootText(0) };
const signed = given(checkpointDecider, []).when(published(first.size, first.root)).events;

describe('the decider of checkpoints', () => {
  it('publishes a first head, and the next one as its extension', () => {
    expect(signed).toMatchObject([
      { type: 'CheckpointPublished', data: { origin, tree_size: 7, root_hash: first.root } },
    ]);
    expect(given(checkpointDecider, signed).when(published(9, rootText(1), first)).events).toHaveLength(1);
  });

  it('has nothing to say where the same head is published again', () => {
    expect(given(checkpointDecider, signed).when(published(7, rootText(0), null))).toMatchObject({
      events: [],
      error: undefined,
    });
  });

  it('never publishes another root of a size, nor a smaller tree', () => {
    expect(given(checkpointDecider, signed).when(published(7, rootText(1), first)).error).toMatchObject({
      code: 'tree-inconsistent',
    });
    expect(given(checkpointDecider, signed).when(published(6, rootText(1), first)).error).toMatchObject({
      code: 'wrong-state',
    });
  });

  it('refuses a head that was not proven to extend the one that stands last', () => {
    expect(given(checkpointDecider, signed).when(published(9, rootText(1), null)).error).toMatchObject({
      code: 'stale-revision',
    });
    expect(
      given(checkpointDecider, signed).when(published(9, rootText(1), { ...first, root: rootText(1) })).error,
    ).toMatchObject({ code: 'stale-revision' });
    expect(given(checkpointDecider, []).when(published(9, rootText(1), first)).error).toMatchObject({
      code: 'stale-revision',
    });
  });

  it("refuses a note that signs something else, or is not the key's", () => {
    const { note } = published(8, rootText(1));
    const another = verifierText(signerKey(origin, 'note', seedOf(9)));
    for (const bad of [
      { ...published(9, rootText(1)), note },
      { ...published(9, rootText(1)), key: another },
      { ...published(9, rootText(1)), key: 'none' },
      { ...published(9, rootText(1)), checkpoint: { origin, size: 9, root: 'AA==' } },
    ]) {
      expect(given(checkpointDecider, []).when(bad).error).toMatchObject({ code: 'tree-inconsistent' });
    }
  });

  it('refuses a note that says nothing of the tenants', () => {
    const text = `${origin}\n9\n${rootText(1)}\n`;
    const note = noteOf(text, [signText(text, key)]);
    expect(given(checkpointDecider, []).when({ ...published(9, rootText(1)), note }).error).toMatchObject({
      code: 'tree-inconsistent',
    });
  });

  it("takes a witness's signature once, and only its own", () => {
    const cosigned = given(checkpointDecider, signed).when(cosignOf(7, first.root)).events;
    expect(cosigned).toMatchObject([
      {
        type: 'CheckpointCosigned',
        data: { tree_size: 7, witness: 'witness.example/w1', at: '2026-11-18T11:06:40.000Z' },
      },
    ]);
    expect(given(checkpointDecider, [...signed, ...cosigned]).when(cosignOf(7, first.root)).events).toEqual(
      [],
    );
    expect(given(checkpointDecider, signed).when(cosignOf(7, rootText(1))).error).toMatchObject({
      code: 'validation-failed',
    });
    expect(given(checkpointDecider, signed).when(cosignOf(8, first.root)).error).toMatchObject({
      code: 'wrong-state',
    });
    expect(
      given(checkpointDecider, signed).when({ ...cosignOf(7, first.root), witness: verifierText(key) }).error,
    ).toMatchObject({ code: 'validation-failed' });
    expect(
      given(checkpointDecider, signed).when({
        ...cosignOf(7, first.root),
        line: cosignOf(7, first.root).line.repeat(2),
      }).error,
    ).toMatchObject({ code: 'validation-failed' });
  });

  it('takes a time stamp once, and a cosignature with ML-DSA-44', () => {
    const first = checkpointDecider.decide(published(7, rootText(0)), checkpointDecider.initial);
    const at = '2026-11-18T11:06:40.000Z';
    const stamp = {
      kind: 'timestamp',
      origin,
      size: 7,
      authority: 'tsa.example',
      line: timestampLine('tsa.example', Uint8Array.from([0x30, 1, 2])),
      at,
    } as const;
    const state = fold(checkpointDecider, first);
    const stamped = checkpointDecider.decide(stamp, state);
    expect(stamped).toEqual([
      {
        type: 'CheckpointCosigned',
        data: { origin, tree_size: 7, witness: 'tsa.example', signature_line: stamp.line, at },
      },
    ]);
    const after = fold(checkpointDecider, stamped, {}, state);
    expect(checkpointDecider.decide(stamp, after)).toEqual([]);
    for (const wrong of [
      { line: timestampLine('other.example', Uint8Array.from([0x30, 1, 2])) },
      { line: cosignOf(7, rootText(0)).line },
      { line: '' },
      { at: 'yesterday' },
      { size: 8 },
    ])
      expect(() => checkpointDecider.decide({ ...stamp, ...wrong }, state)).toThrow(ProblemError);
    const quantum = signerKey('witness.example/pq', 'ml-dsa-44', seedOf(4));
    const text = checkpointText({ origin, size: 7, root: fromBase64(rootText(0))!, tenants });
    const cosign = { kind: 'cosign', origin, size: 7, witness: verifierText(quantum) } as const;
    expect(
      checkpointDecider.decide({ ...cosign, line: signText(text, quantum, 1_795_000_000) }, after),
    ).toMatchObject([{ data: { witness: 'witness.example/pq', at } }]);
  });

  it('takes a late signature for the latest few heads', () => {
    let events: readonly CheckpointEvent[] = signed;
    let after = first;
    for (let size = 8; size < 8 + keptCheckpoints; size += 1) {
      events = [
        ...events,
        ...given(checkpointDecider, events).when(published(size, rootText(1), after)).events,
      ];
      after = { size, root: rootText(1) };
    }
    expect(given(checkpointDecider, events).when(cosignOf(8, rootText(1))).events).toHaveLength(1);
    expect(given(checkpointDecider, events).when(cosignOf(7, first.root)).error).toMatchObject({
      code: 'wrong-state',
    });
  });

  it('says an inconsistency once', () => {
    const report = { kind: 'report', data: { origin, tree_size: 7, found_by: 'log', detail: 'x' } } as const;
    const said = given(checkpointDecider, signed).when(report).events;
    expect(said).toMatchObject([{ type: 'TreeInconsistencyFound' }]);
    expect(given(checkpointDecider, [...signed, ...said]).when(report).events).toEqual([]);
    expect(
      given(checkpointDecider, [...signed, ...said]).when({
        ...report,
        data: { ...report.data, tree_size: 8 },
      }).events,
    ).toHaveLength(1);
  });

  it('signs nothing while something contradicts the tree, and goes on when each that found it says that it is over', () => {
    const report = (found_by: string): Parameters<typeof checkpointDecider.decide>[0] => ({
      kind: 'report',
      data: { origin, tree_size: 7, found_by, detail: 'x' },
    });
    const resolve = (found_by: string): Parameters<typeof checkpointDecider.decide>[0] => ({
      kind: 'resolve',
      data: { origin, found_by, detail: 'over' },
    });
    let events: readonly CheckpointEvent[] = signed;
    for (const command of [report('git'), report('witness:w'), resolve('git')])
      events = [...events, ...given(checkpointDecider, events).when(command).events];
    expect(given(checkpointDecider, events).when(published(9, rootText(1), first)).error).toMatchObject({
      code: 'tree-inconsistent',
      detail: 'it was contradicted (witness:w): x',
    });
    expect(given(checkpointDecider, events).when(resolve('git')).events).toEqual([]);
    events = [...events, ...given(checkpointDecider, events).when(resolve('witness:w')).events];
    expect(events.slice(-1)).toMatchObject([
      { type: 'TreeInconsistencyResolved', data: { found_by: 'witness:w' } },
    ]);
    expect(given(checkpointDecider, events).when(published(9, rootText(1), first)).events).toHaveLength(1);
    expect(given(checkpointDecider, events).when(report('git')).events).toHaveLength(1);
  });

  it('takes no signature of a witness at a time that is none', () => {
    const text = checkpointText({ origin, size: 7, root: fromBase64(first.root)!, tenants });
    for (const at of [0, 253_402_300_800, 2 ** 52])
      expect(
        given(checkpointDecider, signed).when({
          ...cosignOf(7, first.root),
          line: signText(text, witness, at),
        }).error,
      ).toMatchObject({ code: 'validation-failed' });
  });

  it('whatever is asked, signs ever larger trees with one root each, as a plain model has it', () => {
    const command = fc.record({
      size: fc.integer({ min: 1, max: 12 }),
      root: fc.integer({ min: 0, max: 2 }),
      last: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 25 }), (commands) => {
        const model: { size: number; root: string }[] = [];
        let state: CheckpointState = checkpointDecider.initial;
        for (const { size, root, last } of commands) {
          const before = model.at(-1) ?? null;
          const asked = published(size, rootText(root), last ? before : null);
          const allowed = (last || before === null) && size > (before?.size ?? 0);
          let events: readonly CheckpointEvent[] = [];
          try {
            events = checkpointDecider.decide(asked, state);
          } catch {
            expect(allowed).toBe(false);
          }
          expect(events.length).toBe(allowed ? 1 : 0);
          if (events.length > 0) model.push({ size, root: rootText(root) });
          state = fold(checkpointDecider, events, {}, state);
          expect(state.published.map(({ size: of, root: is }) => ({ size: of, root: is }))).toEqual(
            model.slice(-keptCheckpoints),
          );
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('a checkpoint with cosignatures', () => {
  it("is one note that every signer's key verifies", () => {
    const { note } = published(7, first.root);
    const all = parseNote(cosignedNote(note, [cosignOf(7, first.root).line]))!;
    expect(verifiedBy(all, [key, parseVerifier(verifierText(witness))!])).toHaveLength(2);
  });
});

describe("the decider of the log's keys", () => {
  const [one, two] = [keysRead(firstKeys).chain, keysRead(rotatedKeys).chain];
  const introduced = given(logKeyDecider, []).when({ kind: 'adopt', chain: one }).events;

  it('introduces the first key, then says each that follows', () => {
    expect(introduced).toEqual([{ type: 'LogKeyIntroduced', data: { key: one.first } }]);
    expect(given(logKeyDecider, introduced).when({ kind: 'adopt', chain: two }).events).toEqual([
      { type: 'LogKeyRotated', data: { key: rotatedKeys['2.vkey']!.trim(), rotation: two.rotations[0] } },
    ]);
    expect(given(logKeyDecider, []).when({ kind: 'adopt', chain: two }).state).toEqual({ chain: two });
  });

  it('has nothing to say of keys that the log knows, or has left behind', () => {
    const { events } = given(logKeyDecider, []).when({ kind: 'adopt', chain: two });
    for (const chain of [one, two])
      expect(given(logKeyDecider, events).when({ kind: 'adopt', chain }).events).toEqual([]);
  });

  it("refuses keys of which none leads to the next, and another log's", () => {
    const other = keysRead(firstKeyFiles(origin, seedOf(8))).chain;
    expect(given(logKeyDecider, introduced).when({ kind: 'adopt', chain: other }).error).toMatchObject({
      code: 'tree-inconsistent',
    });
    expect(
      given(logKeyDecider, introduced).when({
        kind: 'adopt',
        chain: { first: one.first, rotations: ['nonsense'] },
      }).error,
    ).toMatchObject({ code: 'tree-inconsistent' });
    expect([sameChain(one, two), sameChain(two, one), sameChain(one, other)]).toEqual([true, true, false]);
  });
});

describe('the names of trees', () => {
  it('give an event to the whole log and to one tenant, a stranger to the system', () => {
    expect(treesOf('action-demo:1')).toEqual([wholeTree, 'demo']);
    expect(treesOf('checkpoint-_system:log')).toEqual([wholeTree, '_system']);
    for (const strange of ['strange', 'action-:x', 'action-A B:x', 'action-*:x', 'action-_other:x'])
      expect(treesOf(strange)).toEqual([wholeTree, '_system']);
  });

  it('keep the streams of checkpoints and of keys apart', () => {
    expect([checkpointStream, keyStream]).toEqual(['checkpoint-_system:log', 'checkpoint-_system:keys']);
    expect([wholeTree, 'demo'].map((tree) => originOfTree(origin, tree))).toEqual([origin, `${origin}/demo`]);
    expect([isAboutTrees(keyStream), isAboutTrees('action-demo:1')]).toEqual([true, false]);
  });
});
