import { readFileSync } from 'node:fs';
import { cellConfigs, initialConfig, ranState } from '../cells.js';
import { RAN_NS, ranKeys, ranSchema } from '../device/schema.js';
import type { Model } from './model.js';

/** Interlock's own model of a radio network, whose text is under `yang/`. */
export const ranModel: Model = {
  modules: [
    {
      name: 'interlock-ran',
      revision: '2026-11-01',
      namespace: RAN_NS,
      text: () => readFileSync(new URL('../../yang/interlock-ran.yang', import.meta.url), 'utf8'),
    },
  ],
  schema: ranSchema,
  keys: ranKeys,
  identities: new Set(),
  initial: ({ cells }) => initialConfig(cells),
  cells: (config) => cellConfigs(config),
  shown: (running, kpis) => [...running, ranState(kpis)],
};
