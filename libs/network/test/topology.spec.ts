import { describe, expect, it } from '@jest/globals';
import { affectedBy, buildTopology, type Coverage } from '../src/index.js';

const cell = (cell_id: string, ...neighbours: readonly (readonly [string, Coverage])[]) => ({
  cell_id,
  neighbours: neighbours.map(([id, coverage]) => ({ cell_id: id, coverage })),
});

const topology = buildTopology(
  [
    { device_id: 'd1', site_id: 's1', cells: [cell('a', ['b', 'PARTIAL'], ['x', 'NO']), cell('b')] },
    { device_id: 'd2', site_id: 's1', cells: [cell('c')] },
    { device_id: 'd3', site_id: 's2', cells: [cell('d', ['a', 'FULL']), cell('e', ['b', 'FULL'])] },
  ],
  'now',
);
const relationsOf = (entity: string) =>
  affectedBy(topology, entity)?.cells.map(({ cell_id, relation, coverage }) =>
    [cell_id, relation, coverage ?? '-'].join(' '),
  );

describe('what a change affects', () => {
  it('is the cell, its neighbours in both directions, and its site', () => {
    expect(relationsOf('a')).toEqual([
      'a itself -',
      'b neighbour PARTIAL',
      'x neighbour NO',
      'd neighbour_of FULL',
      'c same_site -',
    ]);
    expect(affectedBy(topology, 'a')?.cells.find(({ cell_id: id }) => id === 'x')).toMatchObject({
      device_id: null,
      site_id: null,
    });
  });

  it('covers all cells of a device and of a site', () => {
    expect(relationsOf('d1')).toEqual([
      'a itself -',
      'b itself -',
      'x neighbour NO',
      'd neighbour_of FULL',
      'e neighbour_of FULL',
      'c same_site -',
    ]);
    expect(affectedBy(topology, 's1')).toMatchObject({ kind: 'site' });
    expect(relationsOf('s1')?.filter((one) => one.includes('itself'))).toHaveLength(3);
    expect(relationsOf('s2')).toEqual(['d itself -', 'e itself -', 'a neighbour FULL', 'b neighbour FULL']);
  });

  it('takes the best coverage, where a neighbour covers several changed cells', () => {
    const twice = buildTopology(
      [
        { device_id: 'd1', site_id: 's1', cells: [cell('a', ['z', 'NO']), cell('b', ['z', 'FULL'])] },
        { device_id: 'd2', site_id: 's2', cells: [cell('z')] },
      ],
      'now',
    );
    expect(affectedBy(twice, 'd1')?.cells.at(-1)).toMatchObject({ cell_id: 'z', coverage: 'FULL' });
  });

  it('names a device without a cell, and the cells that its entry shares with another', () => {
    const shared = buildTopology(
      [
        { device_id: 'd1', site_id: 's1', cells: [cell('a')] },
        { device_id: 'd2', site_id: 's2', cells: [cell('a')] },
        { device_id: 'd3', site_id: 's2', cells: [] },
      ],
      'now',
    );
    expect(affectedBy(shared, 'd2')).toMatchObject({ devices: ['d2'], cells: [{ cell_id: 'a' }] });
    expect(affectedBy(shared, 'd3')).toEqual({ kind: 'device', devices: ['d3'], cells: [] });
    expect(affectedBy(shared, 's2')).toMatchObject({ kind: 'site', devices: ['d2', 'd3'] });
  });

  it('names the slices of its cells, and the cells of a slice with all their slices', () => {
    const serving = (...ids: readonly string[]) => ({
      slices: ids.map((slice_id) => ({ slice_id, policies: [] })),
    });
    const sliced = buildTopology(
      [
        {
          device_id: 'd1',
          site_id: 's1',
          cells: [
            { ...cell('a', ['b', 'FULL']), ...serving('2', '1') },
            { ...cell('b'), ...serving() },
          ],
        },
        { device_id: 'd2', site_id: 's2', cells: [{ ...cell('c'), ...serving('1') }, cell('d')] },
      ],
      'now',
    );
    const slicesOf = (entity: string) =>
      affectedBy(sliced, entity)?.cells.map(({ cell_id, relation, slices }) => [cell_id, relation, slices]);
    expect(slicesOf('a')).toEqual([
      ['a', 'itself', ['1', '2']],
      ['b', 'neighbour', []],
    ]);
    expect(slicesOf('d')).toEqual([
      ['d', 'itself', null],
      ['c', 'same_site', ['1']],
    ]);
    expect(affectedBy(sliced, '1')).toMatchObject({ kind: 'slice', devices: ['d1', 'd2'] });
    expect(slicesOf('1')).toEqual([
      ['a', 'serves', ['1', '2']],
      ['c', 'serves', ['1']],
    ]);
    expect(slicesOf('3')).toBeUndefined();
  });

  it('is unknown for what is not registered', () => {
    expect(affectedBy(topology, 'x')).toBeUndefined();
    expect(affectedBy(buildTopology([], 'now'), 'a')).toBeUndefined();
  });
});
