import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { diffConfig, parseXml } from '../src/index.js';

const KEYS = { cell: ['id'] };
const diff = (a: string, b: string, keys = KEYS): unknown =>
  diffConfig(parseXml(`<data>${a}</data>`), parseXml(`<data>${b}</data>`), keys);

const cell = (id: string, power: number): string =>
  `<cell><id>${id}</id><attributes><power>${power}</power></attributes></cell>`;
const ran = (...cells: readonly string[]): string => `<ran xmlns="urn:r">${cells.join('')}</ran>`;

describe('the difference of two configurations', () => {
  it('is empty for the same configuration in another order and with other prefixes', () => {
    expect(diff(ran(cell('1', 1), cell('2', 2)), ran(cell('2', 2), cell('1', 1)))).toEqual([]);
    expect(diff('<x:a xmlns:x="u"><x:b>1</x:b></x:a>', '<a xmlns="u"> <b>1</b> </a>')).toEqual([]);
  });

  it('names the leaf that changed', () => {
    expect(diff(ran(cell('1', 1), cell('2', 2)), ran(cell('1', 1), cell('2', 3)))).toEqual([
      { path: "/ran/cell[id='2']/attributes/power", kind: 'changed', before: '2', after: '3' },
    ]);
  });

  it('names every leaf of an added or removed element', () => {
    expect(diff(ran(cell('1', 1)), ran(cell('2', 1)))).toEqual([
      { path: "/ran/cell[id='1']/id", kind: 'removed', before: '1' },
      { path: "/ran/cell[id='1']/attributes/power", kind: 'removed', before: '1' },
      { path: "/ran/cell[id='2']/id", kind: 'added', after: '2' },
      { path: "/ran/cell[id='2']/attributes/power", kind: 'added', after: '1' },
    ]);
  });

  it('sees an empty container, a leaf that lost its text, and a missing root', () => {
    expect(diff('<a/>', '')).toEqual([{ path: '/a', kind: 'removed', before: '' }]);
    expect(diff('<a/>', '<a>\n  </a>')).toEqual([]);
    expect(diff('<a> 1</a>', '<a>1</a>')).toEqual([
      { path: '/a', kind: 'changed', before: ' 1', after: '1' },
    ]);
    expect(diff('<a>1</a>', '<a/>')).toEqual([{ path: '/a', kind: 'changed', before: '1', after: '' }]);
    expect(diff('', '<a><b>1</b></a>')).toEqual([{ path: '/a/b', kind: 'added', after: '1' }]);
  });

  it('compares leaf-lists by value', () => {
    expect(diff('<a><v>1</v><v>2</v></a>', '<a><v>2</v><v>3</v></a>')).toEqual([
      { path: "/a/v[.='1']", kind: 'removed', before: '1' },
      { path: "/a/v[.='3']", kind: 'added', after: '3' },
    ]);
  });

  it('identifies the entries of an unnamed list by their first leaf', () => {
    expect(
      diff(
        '<a><e><n>1</n><v>x</v></e><e><n>2</n><v>y</v></e></a>',
        '<a><e><n>2</n><v>z</v></e></a>',
        {} as typeof KEYS,
      ),
    ).toEqual([
      { path: "/a/e[n='1']/n", kind: 'removed', before: '1' },
      { path: "/a/e[n='1']/v", kind: 'removed', before: 'x' },
      { path: "/a/e[n='2']/v", kind: 'changed', before: 'y', after: 'z' },
    ]);
  });

  it('distinguishes namespaces', () => {
    expect(diff('<a xmlns="u"><b xmlns="v">1</b></a>', '<a xmlns="u"><b>1</b></a>')).toEqual([
      { path: '/a/{v}b', kind: 'removed', before: '1' },
      { path: '/a/b', kind: 'added', after: '1' },
    ]);
  });

  it('mirrors itself', () => {
    const config = fc.uniqueArray(
      fc.tuple(fc.constantFrom('1', '2', '3', '4'), fc.integer({ min: 0, max: 3 })),
      { selector: ([id]) => id },
    );
    fc.assert(
      fc.property(config, config, (a, b) => {
        const text = (cells: readonly (readonly [string, number])[]): string =>
          ran(...cells.map(([id, power]) => cell(id, power)));
        const there = diff(text(a), text(b)) as {
          path: string;
          kind: string;
          before?: string;
          after?: string;
        }[];
        const back = diff(text(b), text(a)) as typeof there;
        expect(there.map((d) => `${d.path} ${d.before} ${d.after}`).sort()).toEqual(
          back.map((d) => `${d.path} ${d.after} ${d.before}`).sort(),
        );
        expect(there.length === 0).toBe(JSON.stringify([...a].sort()) === JSON.stringify([...b].sort()));
      }),
    );
  });
});
