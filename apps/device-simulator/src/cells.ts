import { childElements, childText, elementAt, elementBuilder, type XmlElement } from '@interlock/netconf';
import { RAN_NS } from './device/schema.js';
import type { CellKpis } from './ran/kpis.js';
import type { CellConfig, CellSpec } from './ran/model.js';

const ran = elementBuilder(RAN_NS);

/**
 * Returns the configuration that a device starts with: all cells unlocked, handover only towards
 * neighbours with full coverage.
 */
export const initialConfig = (cells: readonly CellSpec[]): XmlElement[] => [
  ran(
    'ran',
    ...cells.map((cell) =>
      ran(
        'cell',
        ran('id', cell.cell_id),
        ran('attributes', ran('administrativeState', 'UNLOCKED'), ran('configuredMaxTxPower', cell.tx_power)),
        ...cell.neighbours.map((neighbour) =>
          ran(
            'relation',
            ran('target', neighbour.cell_id),
            ran(
              'attributes',
              ran('isHOAllowed', neighbour.coverage === 'FULL'),
              ran('cellIndividualOffset', 0),
              ran('isESCoveredBy', neighbour.coverage),
            ),
          ),
        ),
      ),
    ),
  ),
];

/** A cell as the radio plan has it. */
export const plannedCell = ({
  tx_power,
  neighbours,
}: Pick<CellSpec, 'tx_power' | 'neighbours'>): CellConfig => ({
  locked: false,
  tx_power,
  relations: Object.fromEntries(
    neighbours.map(({ cell_id, coverage }) => [cell_id, { ho_allowed: coverage === 'FULL', offset_db: 0 }]),
  ),
  admitted: 1,
});

const attribute = (element: XmlElement, name: string): string | undefined => {
  const attributes = elementAt(element, 'attributes');
  return attributes === undefined ? undefined : childText(attributes, name);
};

/**
 * Returns the share of users that is admitted. Each RRC policy covers an equal share of them,
 * limited by its maximum.
 */
const admitted = (cell: XmlElement): number => {
  const policies = childElements(cell, 'rrmPolicyRatio').filter(
    (policy) => attribute(policy, 'resourceType') === 'RRC',
  );
  if (policies.length === 0) return 1;
  return (
    policies.reduce((sum, policy) => sum + Number(attribute(policy, 'rRMPolicyMaxRatio') ?? 100) / 100, 0) /
    policies.length
  );
};

/**
 * Parsed results by configuration. A datastore is replaced and never changed, so a result stays
 * valid.
 */
const known = new WeakMap<readonly XmlElement[], Readonly<Record<string, CellConfig>>>();

/**
 * Reads the cell settings of a running configuration. Absent leaves count as their YANG defaults.
 */
export const cellConfigs = (config: readonly XmlElement[]): Readonly<Record<string, CellConfig>> => {
  const read = known.get(config) ?? readCells(config);
  known.set(config, read);
  return read;
};

const readCells = (config: readonly XmlElement[]): Record<string, CellConfig> => {
  const result: Record<string, CellConfig> = {};
  for (const root of config) {
    for (const cell of childElements(root, 'cell', RAN_NS)) {
      const relations: Record<string, { ho_allowed: boolean; offset_db: number }> = {};
      for (const relation of childElements(cell, 'relation')) {
        relations[childText(relation, 'target') ?? ''] = {
          ho_allowed: (attribute(relation, 'isHOAllowed') ?? 'true') === 'true',
          offset_db: Number(attribute(relation, 'cellIndividualOffset') ?? 0),
        };
      }
      result[childText(cell, 'id') ?? ''] = {
        locked: attribute(cell, 'administrativeState') !== 'UNLOCKED',
        tx_power: Number(attribute(cell, 'configuredMaxTxPower') ?? 0),
        relations,
        admitted: admitted(cell),
      };
    }
  }
  return result;
};

/** Returns the `ran-state` element of a `get` reply. */
export const ranState = (kpis: readonly CellKpis[]): XmlElement =>
  ran(
    'ran-state',
    ...kpis.map((kpi) =>
      ran(
        'cell',
        ran('id', kpi.cell_id),
        ran('operationalState', kpi.operational_state),
        ran('users', kpi.users),
        ran('load_pct', kpi.load_pct.toFixed(2)),
        ran('throughput_mbps', kpi.throughput_mbps.toFixed(2)),
        ran('latency_ms', kpi.latency_ms.toFixed(2)),
        ran('availability_pct', kpi.availability_pct.toFixed(2)),
        ran('drop_rate_pct', kpi.drop_rate_pct.toFixed(2)),
      ),
    ),
  );
