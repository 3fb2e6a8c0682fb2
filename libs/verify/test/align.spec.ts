import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leafHash } from '@interlock/tree';
import { align, type Edit } from '../src/file/align.js';
import { HashList } from '../src/file/lines.js';

const hashes = (values: readonly number[]): HashList => {
  const list = new HashList();
  for (const value of values) list.push(leafHash(Buffer.from(String(value))));
  return list;
};
const edits = (lines: readonly number[], leaves: readonly number[]): readonly Edit[] => {
  const found: Edit[] = [];
  align(hashes(lines), hashes(leaves), (edit) => found.push(edit));
  return found;
};
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

describe('lines against leaves', () => {
  it('that are the same have no difference', () => {
    for (const count of [0, 1, 9]) expect(edits(range(count), range(count))).toEqual([]);
  });

  it.each<[string, readonly number[], readonly Edit[]]>([
    ['changed', [0, 1, 99, 3, 4], [{ kind: 'changed', line: 2, leaf: 2, among: 1 }]],
    ['dropped', [0, 1, 4], [{ kind: 'dropped', line: 2, leaf: 2, count: 2, among: 2 }]],
    [
      'dropped at both ends',
      [1, 2, 3],
      [
        { kind: 'dropped', line: 0, leaf: 0, count: 1, among: 1 },
        { kind: 'dropped', line: 3, leaf: 4, count: 1, among: 1 },
      ],
    ],
    ['inserted', [0, 1, 99, 2, 3, 4], [{ kind: 'inserted', line: 2 }]],
    ['doubled at once', [0, 1, 2, 2, 3, 4], [{ kind: 'duplicate', line: 3, leaf: 2 }]],
    ['doubled before its place', [2, 0, 1, 2, 3, 4], [{ kind: 'duplicate', line: 0, leaf: 2 }]],
    ['doubled after its place', [0, 1, 2, 3, 4, 2], [{ kind: 'duplicate', line: 5, leaf: 2 }]],
    ['moved', [1, 2, 3, 0, 4], [{ kind: 'reordered', line: 3, leaf: 0 }]],
    [
      'moved and doubled',
      [1, 2, 0, 3, 0, 4],
      [
        { kind: 'reordered', line: 2, leaf: 0 },
        { kind: 'duplicate', line: 4, leaf: 0 },
      ],
    ],
    [
      'changed and dropped',
      [0, 99, 3, 4],
      [
        { kind: 'changed', line: 1, leaf: 1, among: 2 },
        { kind: 'dropped', line: 2, leaf: 1, count: 1, among: 2 },
      ],
    ],
    [
      'changed and inserted',
      [0, 98, 99, 2, 3, 4],
      [
        { kind: 'changed', line: 1, leaf: 1, among: 1 },
        { kind: 'inserted', line: 2 },
      ],
    ],
  ])('%s', (_, lines, found) => expect(edits(lines, range(5))).toEqual(found));

  it('account for each line and each leaf once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(25), { maxLength: 40 }), fc.nat(20), (lines, count) => {
        const found = edits(lines, range(count));
        const named = found.flatMap((edit) => (edit.kind === 'dropped' ? [] : [edit.line]));
        expect(named).toEqual([...new Set(named)].sort((a, b) => a - b));
        const rest = lines.filter((_, i) => !named.includes(i));
        expect(rest).toEqual([...new Set(rest)].sort((a, b) => a - b));
        const count2 = (kind: Edit['kind']): number =>
          found.reduce((sum, edit) => sum + (edit.kind === kind ? ('count' in edit ? edit.count : 1) : 0), 0);
        expect(rest.length + count2('changed') + count2('dropped') + count2('reordered')).toBe(count);
        expect(
          rest.length + count2('changed') + count2('inserted') + count2('reordered') + count2('duplicate'),
        ).toBe(lines.length);
      }),
      { numRuns: 500 },
    );
  });

  it('moves as few lines as can be', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...range(9)], { minLength: 9 }), (lines) => {
        let most = 0;
        for (let set = 0; set < 2 ** 9; set += 1) {
          const kept = lines.filter((_, i) => (set >> i) % 2 === 1);
          if (kept.every((value, i) => i === 0 || kept[i - 1]! < value)) most = Math.max(most, kept.length);
        }
        expect(edits(lines, range(9)).map(({ kind }) => kind)).toEqual(
          Array<string>(9 - most).fill('reordered'),
        );
      }),
      { numRuns: 60 },
    );
  });

  /** Quadratic work on these would not end within the time that a test has. */
  it('ends soon, however they differ', () => {
    const count = 60_000;
    const leaves = hashes(range(count));
    for (const lines of [
      range(count).toReversed(),
      Array<number>(count).fill(5),
      range(count).map((n) => n + count),
      range(count * 2).map((n) => n % count),
      range(count).map((n) => (n * 7919) % count),
    ]) {
      let found = 0;
      align(hashes(lines), leaves, () => {
        found += 1;
      });
      expect(found).toBeGreaterThan(0);
    }
    let same = 0;
    align(leaves, hashes(Array<number>(count).fill(5)), () => {
      same += 1;
    });
    expect(same).toBeGreaterThan(0);
  });
});
