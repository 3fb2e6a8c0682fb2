import type { BindingFile, LeafBinding } from './binding.js';

const cell = '/interlock-ran:ran/cell[id={cell}]';
const relation = `${cell}/relation[target={neighbour}]`;
const measured = (leaf: string, type = 'decimal64'): LeafBinding => ({
  path: `/interlock-ran:ran-state/cell[id={cell}]/${leaf}`,
  type,
  config: false,
});

/** Interlock's own small model of simulated cells, shaped after TS 28.541. */
export const interlockRan: BindingFile = {
  module: 'interlock-ran',
  modules: {
    'interlock-ran': {
      revision: '2026-11-01',
      namespace: 'urn:interlock:params:xml:ns:yang:ran',
      compatible: [],
    },
  },
  lists: {
    'interlock-ran:cell': ['id'],
    'interlock-ran:relation': ['target'],
    'interlock-ran:rrmPolicyRatio': ['id'],
  },
  classes: {
    cell: {
      entry: cell,
      leaves: {
        administrative_state: {
          path: `${cell}/attributes/administrativeState`,
          type: 'enumeration',
          config: true,
          values: { LOCKED: 'LOCKED', UNLOCKED: 'UNLOCKED' },
        },
        max_tx_power: {
          path: `${cell}/attributes/configuredMaxTxPower`,
          type: 'int32',
          config: true,
          range: [0, 600],
          per_unit: 10,
          unit: 'dBm',
          licence: { min: 0, max: 46, step: 1 },
        },
        operational_state: {
          path: '/interlock-ran:ran-state/cell[id={cell}]/operationalState',
          type: 'enumeration',
          config: false,
          values: { ENABLED: 'ENABLED', DISABLED: 'DISABLED' },
        },
      },
    },
    neighbour: {
      entry: relation,
      leaves: {
        ho_allowed: { path: `${relation}/attributes/isHOAllowed`, type: 'boolean', config: true },
        individual_offset: {
          path: `${relation}/attributes/cellIndividualOffset`,
          type: 'int32',
          config: true,
          range: [-24, 24],
          unit: 'dB',
        },
        covered_by: {
          path: `${relation}/attributes/isESCoveredBy`,
          type: 'enumeration',
          config: true,
          values: { FULL: 'FULL', PARTIAL: 'PARTIAL', NO: 'NO' },
        },
      },
    },
  },
  kpis: {
    users: measured('users', 'uint32'),
    load_pct: measured('load_pct'),
    throughput_mbps: measured('throughput_mbps'),
    latency_ms: measured('latency_ms'),
    drop_rate_pct: measured('drop_rate_pct'),
    availability_pct: measured('availability_pct'),
  },
  evidence: { status: 'run', by: 'the device simulator, and netconfd with the same module' },
};
