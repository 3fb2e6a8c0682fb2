import {
  bindTo,
  exactLibrary,
  fillPath,
  ownBinding,
  profiles,
  type Device,
  type Leaves,
} from '../src/index.js';

export const profile = profiles['3gpp']!;
export const model = bindTo(ownBinding, exactLibrary(ownBinding));

export const device = (over: Partial<Device> = {}): Device => ({
  device_id: 'gnb-1',
  host: '127.0.0.1',
  port: 830,
  username: 'interlock',
  credentials_ref: 'env:GNB_PASSWORD',
  host_key_fingerprint: `SHA256:${'A'.repeat(43)}`,
  profile: '3gpp',
  site_id: 'site-1',
  cells: [
    {
      cell_id: 'c1',
      neighbours: [
        { cell_id: 'c2', coverage: 'FULL' },
        { cell_id: 'c3', coverage: 'PARTIAL' },
        { cell_id: 'c4', coverage: 'NO' },
        { cell_id: 'far', coverage: 'FULL' },
      ],
    },
    { cell_id: 'c2', neighbours: [{ cell_id: 'c1', coverage: 'FULL' }] },
    { cell_id: 'c3', neighbours: [{ cell_id: 'c1', coverage: 'PARTIAL' }] },
    { cell_id: 'c4', neighbours: [] },
  ],
  ...over,
});

const template = (entity: 'cell' | 'neighbour', leaf: string): string =>
  ownBinding.classes[entity]!.leaves[leaf]!.template;
export const statePath = (cell: string): string =>
  fillPath(template('cell', 'administrative_state'), { cell });
export const powerPath = (cell: string): string => fillPath(template('cell', 'max_tx_power'), { cell });
export const offsetPath = (cell: string, neighbour: string): string =>
  fillPath(template('neighbour', 'individual_offset'), { cell, neighbour });
export const handoverPath = (cell: string, neighbour: string): string =>
  fillPath(template('neighbour', 'ho_allowed'), { cell, neighbour });

export const running = (over: { readonly [path: string]: string | undefined } = {}): Leaves => {
  const all: { [path: string]: string } = {};
  for (const cell of ['c1', 'c2', 'c3', 'c4']) {
    all[statePath(cell)] = 'UNLOCKED';
    all[powerPath(cell)] = '430';
  }
  for (const neighbour of ['c2', 'c3']) {
    all[handoverPath('c1', neighbour)] = 'true';
    all[offsetPath('c1', neighbour)] = '0';
  }
  for (const [path, value] of Object.entries(over)) {
    if (value === undefined) delete all[path];
    else all[path] = value;
  }
  return all;
};
