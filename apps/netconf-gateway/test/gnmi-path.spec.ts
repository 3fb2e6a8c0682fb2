import { describe, expect, it } from '@jest/globals';
import { cellIn, contains, parsePath, pathFor } from '../src/kpi/gnmi/gnmi-path.js';
import type { PathElem, SentElem } from '../src/kpi/gnmi/messages.js';

const elemsOf = (text: string): readonly PathElem[] => {
  const parsed = parsePath(text);
  if ('fault' in parsed) throw new Error(parsed.fault);
  return parsed.elems;
};

describe('a path of gNMI', () => {
  it('has steps and keys, also with characters that are escaped', () => {
    expect(elemsOf('/oc-if:interfaces/interface[name=eth0/1][unit=a\\]b\\\\c]/cell[id=$cell]')).toEqual([
      { name: 'oc-if:interfaces' },
      { name: 'interface', key: { name: 'eth0/1', unit: 'a]b\\c' } },
      { name: 'cell', key: { id: '$cell' } },
    ]);
  });

  it.each([
    ['cells/cell[id=$cell]', 'cannot be read at `cells/cell[id=$cell]`'],
    ['/cells/cell[id=$cell', 'cannot be read at `[id=$cell`'],
    ['/cells//cell[id=$cell]', 'cannot be read at `//cell[id=$cell]`'],
    ['/cells/cell[id=]', 'cannot be read at `[id=]`'],
    ['/cells/cell[id=1]/load', 'marks one key with `$cell`'],
    ['/cells/cell[id=$cell]/to[id=$cell]', 'marks one key with `$cell`'],
    ['/cells/cell[id=$cell]/port[id=*]', 'has no key `*`: only `$cell` stands for any value'],
    ['', 'marks one key with `$cell`'],
  ])('%s is refused: it %s', (text, fault) => expect(parsePath(text)).toEqual({ fault }));

  it('asks for one cell or for all, whatever characters an id has', () => {
    const elems = elemsOf('/cells/cell[id=$cell][band=n78]/load');
    expect(pathFor(elems, 'a]b"/c')[1]).toEqual({ name: 'cell', key: { id: 'a]b"/c', band: 'n78' } });
    expect(pathFor(elems, null)[1]).toEqual({ name: 'cell', key: { id: '*', band: 'n78' } });
  });

  it('is recognised in an answer by its names, with or without modules, and by its other keys', () => {
    const elems = elemsOf('/ran:cells/cell[id=$cell][band=n78]/load');
    const answered = (name: string, band: string, ...more: readonly PathElem[]) => [
      { name: 'cells' },
      { name, key: { id: 'c1', band } },
      { name: 'x:load' },
      ...more,
    ];
    expect(cellIn(elems, answered('cell', 'n78'))).toBe('c1');
    expect(cellIn(elems, answered('cell', 'n1'))).toBeUndefined();
    expect(cellIn(elems, answered('port', 'n78'))).toBeUndefined();
    expect(
      cellIn(elemsOf('/cells/cell[id=$cell]/beam/load'), [
        { name: 'cells' },
        { name: 'cell', key: { id: 'c1' } },
        { name: 'beam', key: { index: '0' } },
        { name: 'load' },
      ]),
    ).toBeUndefined();
    expect(cellIn(elems, answered('cell', 'n78', { name: 'more' }))).toBeUndefined();
    expect(cellIn(elems, [{ name: 'cells' }, { name: 'cell' }, { name: 'load' }])).toBeUndefined();
    expect(cellIn(elems, [{}, { key: { id: 'c1', band: 'n78' } }, { name: 'load' }])).toBeUndefined();
  });

  it.each<readonly [boolean, string, readonly SentElem[]]>([
    [true, 'the root', []],
    [true, 'the list', [{ name: 'cells' }, { name: 'cell' }]],
    [true, 'the entry', [{ name: 'cells' }, { name: 'cell', key: { id: 'c1' } }]],
    [true, 'every entry', [{ name: 'cells' }, { name: 'm:cell', key: { id: '*' } }]],
    [true, 'any name', [{ name: '*' }, { name: 'cell', key: { id: 'c1' } }]],
    [true, 'an empty name', [{}, { name: 'cell', key: { id: 'c1' } }]],
    [true, 'any depth', [{ name: '...' }, { name: 'load' }]],
    [true, 'a key that it does not know', [{ name: 'cells' }, { name: 'cell', key: { slot: '1' } }]],
    [false, 'another entry', [{ name: 'cells' }, { name: 'cell', key: { id: 'c2' } }]],
    [false, 'another container', [{ name: 'ports' }]],
    [false, 'a longer path', [{ name: 'cells' }, { name: 'cell' }, { name: 'load' }, { name: 'mean' }]],
  ])('is in a deleted path (%s): %s', (isIn, _what, deleted) =>
    expect(contains(deleted, elemsOf('/cells/cell[id=$cell]/load'), 'c1')).toBe(isIn),
  );
});
