import type { Reason } from '@interlock/contracts';
import { leafAt, namesOf } from '../bindings/binding.js';
import type { BoundModel } from '../bindings/fit.js';
import { readLeafValue } from '../bindings/leaf-value.js';
import type { DriftLeaf } from '../device-drift.js';
import type { Leaves } from '../leaf-path.js';
import type { Topology } from '../topology.js';
import { deviceImpact } from './device-impact.js';
import type { NetworkHandler } from './handler.js';
import { planOfEdits, refusedPlan, valueOf } from './plan-edits.js';

/**
 * Returns the drifted leaves that one action restores. A transaction uses one binding, so these are
 * the leaves of the first binding; any others need another action.
 */
const leavesOf = (deviceId: string, topology: Topology): readonly DriftLeaf[] => {
  const leaves = topology.devices.get(deviceId)?.drift?.leaves ?? [];
  return leaves.filter(({ binding }) => binding === leaves[0]?.binding);
};

const cellsOf = (deviceId: string, topology: Topology): readonly string[] =>
  [...topology.cells.values()].filter((cell) => cell.device_id === deviceId).map(({ cell_id }) => cell_id);

/**
 * Returns why an expected value may not be written into its leaf on this device; empty if it may.
 */
const leafReasons = ({ binding, leaves }: BoundModel, { path, expected }: DriftLeaf): readonly Reason[] => {
  const placed = leafAt(binding, path);
  const refuse = (code: string, detail: string): readonly Reason[] => [
    { code, detail, path, binding: binding.name },
  ];
  if (placed === undefined) return refuse('leaf-not-bound', `the binding does not place \`${path}\``);
  const known = leaves.get(placed.name);
  if (known?.access !== 'change')
    return refuse('binding-unfit', `\`${path}\` cannot be changed on this device: ${known?.why ?? ''}`);
  if (expected === null) return [];
  const value = readLeafValue(placed.leaf, expected);
  if (value === undefined) return refuse('value-unfit', `\`${expected}\` is no value of \`${path}\``);
  const { licence } = placed.leaf;
  return licence !== undefined && typeof value === 'number' && (value < licence.min || value > licence.max)
    ? refuse(
        'power-beyond-licence',
        `${value} for \`${path}\` is not within the carrier's ${licence.min} to ${licence.max}`,
      )
    : [];
};

/** Refuses to lock the last unlocked cell of a site on this device. */
const cellReasons = (
  deviceId: string,
  topology: Topology,
  model: BoundModel,
  running: Leaves,
  leaves: readonly DriftLeaf[],
): readonly Reason[] => {
  const after = { ...running };
  for (const { path, expected } of leaves) {
    if (expected === null) delete after[path];
    else after[path] = expected;
  }
  const unlocked = (present: Leaves, cell: string): boolean => {
    const names = namesOf(model.binding, 'cell', cell);
    return valueOf(model, present, { entity: 'cell', leaf: 'administrative_state', names }) === 'UNLOCKED';
  };
  const cells = cellsOf(deviceId, topology);
  return cells.some((cell) => unlocked(running, cell)) && !cells.some((cell) => unlocked(after, cell))
    ? [
        {
          code: 'last-cell-of-site',
          detail: `the expected values would lock the last unlocked cell of device \`${deviceId}\``,
          site_id: topology.devices.get(deviceId)?.site_id ?? null,
        },
      ]
    : [];
};

/**
 * Restores the values that the log expects in the drifted leaves of a device, which is its entity.
 */
export const driftRestore: NetworkHandler = {
  action_type: 'drift_restore',
  entity: 'device',
  changes: [],
  needs: 'inverse-edit',
  deviceOf: (entityId, topology) => (topology.devices.has(entityId) ? entityId : undefined),
  modelOf: (models, entityId, topology) => {
    const name = leavesOf(entityId, topology)[0]?.binding;
    return models.find(
      ({ binding, access }) => access !== 'none' && (name === undefined || binding.name === name),
    );
  },
  limits: null,
  watched: () => [],
  estimateImpact: ({ entity_id }, topology) => deviceImpact(entity_id, topology),
  plan: ({ entity_id }, running, topology, { profile }, model) => {
    const leaves = leavesOf(entity_id, topology);
    const at = {
      device_id: entity_id,
      site_id: topology.devices.get(entity_id)?.site_id ?? null,
      neighbours: [],
      entries: leaves.map(({ path }) => path),
    };
    const violations =
      leaves.length === 0
        ? [{ code: 'no-drift', detail: `no drift of device \`${entity_id}\` is known` }]
        : [
            ...leaves.flatMap((leaf) => leafReasons(model, leaf)),
            ...cellReasons(entity_id, topology, model, running, leaves),
          ];
    if (violations.length > 0) return refusedPlan({ ...at, entries: [] }, violations);
    const edits = leaves.map(({ path, expected }) => ({ path, value: expected }));
    return planOfEdits(at, model, profile, running, edits);
  },
};
