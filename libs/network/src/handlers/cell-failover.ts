import type { ImpactEstimate, JsonObject, Reason } from '@interlock/contracts';
import { leafOf, namesOf, type LeafValue } from '../bindings/binding.js';
import type { BoundModel } from '../bindings/fit.js';
import { failoverLimits, type Kpis } from '../kpi.js';
import type { Leaves } from '../leaf-path.js';
import { cellOffsets, type DeviceProfile } from '../profiles.js';
import { siteMates, type Topology, type TopologyCell } from '../topology.js';
import type { ChangePlan, NetworkHandler } from './handler.js';
import { editsOf, entryOf, planOfEdits, refusedPlan, valueOf, type Effect } from './plan-edits.js';

/**
 * Parameters of `cell_failover`. Without `neighbours`, every enabled covering neighbour takes part.
 */
export type FailoverParameters = {
  readonly neighbours?: readonly string[];
  readonly power_raise_db: number;
  readonly cell_individual_offset: number;
};

const strings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/**
 * Reads parameters that passed the catalogue's schema, with its defaults (power 3 dB, offset 3 dB).
 */
export const readFailoverParameters = (parameters: JsonObject): FailoverParameters => {
  const { neighbours, power_raise_db: power, cell_individual_offset: offset } = parameters;
  return {
    ...(strings(neighbours) ? { neighbours } : {}),
    power_raise_db: typeof power === 'number' ? power : 3,
    cell_individual_offset: typeof offset === 'number' ? offset : 3,
  };
};

const reason = (code: string, detail: string, more: JsonObject = {}): Reason => ({ code, detail, ...more });

/**
 * The covering neighbours that one atomic edit can reach, because they are on the cell's own
 * device. Best coverage first, then by id.
 */
const coveringNeighbours = (cell: TopologyCell, topology: Topology): readonly string[] =>
  cell.neighbours
    .filter((one) => one.coverage !== 'NO' && topology.cells.get(one.cell_id)?.device_id === cell.device_id)
    .toSorted((a, b) =>
      a.coverage === b.coverage ? (a.cell_id < b.cell_id ? -1 : 1) : a.coverage === 'FULL' ? -1 : 1,
    )
    .map((one) => one.cell_id);

type Context = {
  readonly cell: TopologyCell;
  readonly topology: Topology;
  readonly running: Leaves;
  readonly model: BoundModel;
  readonly parameters: FailoverParameters;
};

const ofCell = ({ model }: Context, cell: string, leaf: string): Omit<Effect, 'value'> => ({
  entity: 'cell',
  leaf,
  names: namesOf(model.binding, 'cell', cell),
});

const stateOf = (context: Context, cell: string): LeafValue | undefined =>
  valueOf(context.model, context.running, ofCell(context, cell, 'administrative_state'));

/** The cell itself must exist, be unlocked, and not be the last unlocked one of its site. */
const cellGuards = (context: Context): readonly Reason[] => {
  const { cell, topology } = context;
  const state = stateOf(context, cell.cell_id);
  if (state === undefined) return [reason('cell-unknown', `the device has no cell \`${cell.cell_id}\``)];
  if (state !== 'UNLOCKED')
    return [reason('cell-not-unlocked', `cell \`${cell.cell_id}\` is ${state} already`)];
  const mates = siteMates(topology, cell);
  const left = mates.filter((mate) => stateOf(context, mate.cell_id) === 'UNLOCKED');
  const elsewhere = mates.filter(({ device_id }) => device_id !== cell.device_id);
  return left.length > 0
    ? []
    : [
        reason(
          'last-cell-of-site',
          `cell \`${cell.cell_id}\` is the last unlocked one of site \`${cell.site_id}\` on device \`${cell.device_id}\`${
            elsewhere.length === 0
              ? ''
              : `; the site's other cells (${elsewhere.map(({ cell_id }) => `\`${cell_id}\``).join(', ')}) are on other devices, whose state is not read here, so they do not count as unlocked`
          }`,
          { site_id: cell.site_id },
        ),
      ];
};

const namedNeighbourGuards = (context: Context, named: readonly string[]): readonly Reason[] =>
  named.flatMap((name) => {
    const { cell, topology } = context;
    const known = cell.neighbours.find((one) => one.cell_id === name);
    if (known === undefined)
      return [
        reason('neighbour-unknown', `\`${name}\` is no neighbour of \`${cell.cell_id}\``, {
          neighbour: name,
        }),
      ];
    if (known.coverage === 'NO')
      return [
        reason('neighbour-does-not-cover', `\`${name}\` does not cover \`${cell.cell_id}\``, {
          neighbour: name,
        }),
      ];
    if (topology.cells.get(name)?.device_id !== cell.device_id)
      return [
        reason(
          'neighbour-on-another-device',
          `\`${name}\` is not on the same device, one edit cannot reach both`,
          { neighbour: name },
        ),
      ];
    if (stateOf(context, name) !== 'UNLOCKED')
      return [reason('neighbour-not-enabled', `\`${name}\` is not unlocked`, { neighbour: name })];
    return [];
  });

const parameterGuards = ({ parameters }: Context): readonly Reason[] => [
  ...(parameters.power_raise_db >= 0 && parameters.power_raise_db <= 6
    ? []
    : [reason('power-out-of-range', `a raise of ${parameters.power_raise_db} dB is not within 0 to 6 dB`)]),
  ...(cellOffsets.includes(parameters.cell_individual_offset)
    ? []
    : [
        reason(
          'offset-out-of-range',
          `${parameters.cell_individual_offset} dB is not an offset that cells know`,
        ),
      ]),
];

type Step = { readonly effects: readonly Effect[]; readonly violations: readonly Reason[] };

const refusedStep = (...violations: readonly Reason[]): Step => ({ effects: [], violations });

const neighbourStep = (context: Context, name: string): Step => {
  const { cell, running, model, parameters } = context;
  const power = ofCell(context, name, 'max_tx_power');
  const licence = leafOf(model.binding, 'cell', 'max_tx_power')?.licence;
  const present = valueOf(model, running, power);
  if (licence === undefined || typeof present !== 'number')
    return refusedStep(
      reason('power-unknown', `the device does not say the power of \`${name}\``, { neighbour: name }),
    );
  const { min, max, step } = licence;
  const target = present + parameters.power_raise_db;
  if (target > max || target < min)
    return refusedStep(
      reason(
        'power-beyond-licence',
        `${target} dBm for \`${name}\` is not within the carrier's ${min} to ${max} dBm`,
        { neighbour: name },
      ),
    );
  if (!Number.isInteger(parameters.power_raise_db / step))
    return refusedStep(
      reason(
        'power-step',
        `a raise of ${parameters.power_raise_db} dB is no multiple of the carrier's step of ${step} dB`,
        { neighbour: name },
      ),
    );
  const relation = {
    entity: 'neighbour',
    names: {
      ...namesOf(model.binding, 'cell', cell.cell_id),
      ...namesOf(model.binding, 'neighbour', name),
    },
  } as const;
  return {
    effects: [
      { ...power, value: target },
      { ...relation, leaf: 'ho_allowed', value: true },
      { ...relation, leaf: 'individual_offset', value: parameters.cell_individual_offset },
    ],
    violations: [],
  };
};

const refused = (context: Context | null, violations: readonly Reason[]): ChangePlan =>
  refusedPlan(
    {
      device_id: context?.cell.device_id ?? null,
      site_id: context?.cell.site_id ?? null,
      neighbours: [],
      entries: [],
    },
    violations,
  );

/**
 * Plans a failover from the device's present leaves; the same leaves and topology give the same
 * plan. Each refusal is named in `violations`.
 */
export const planFailover = (
  entityId: string,
  parameters: FailoverParameters,
  running: Leaves,
  topology: Topology,
  profile: DeviceProfile,
  model: BoundModel,
): ChangePlan => {
  const cell = topology.cells.get(entityId);
  if (cell === undefined)
    return refused(null, [reason('entity-unknown', `no device has a cell \`${entityId}\``)]);
  const context: Context = { cell, topology, running, model, parameters };
  const covering = coveringNeighbours(cell, topology).filter((name) => stateOf(context, name) === 'UNLOCKED');
  const chosen = parameters.neighbours ?? covering;
  const guards = [
    ...cellGuards(context),
    ...parameterGuards(context),
    ...namedNeighbourGuards(context, parameters.neighbours ?? []),
    ...(chosen.length > 0
      ? []
      : [reason('no-covering-neighbour', `no enabled neighbour covers \`${entityId}\``)]),
  ];
  if (guards.length > 0) return refused(context, guards);
  const steps = chosen.map((name) => neighbourStep(context, name));
  const violations = steps.flatMap((step) => step.violations);
  if (violations.length > 0) return refused(context, violations);
  const { edits, violations: unfit } = editsOf(model, running, [
    ...steps.flatMap((step) => step.effects),
    { ...ofCell(context, entityId, 'administrative_state'), value: 'LOCKED' },
  ]);
  if (unfit.length > 0) return refused(context, unfit);
  return planOfEdits(
    {
      device_id: cell.device_id,
      site_id: cell.site_id,
      neighbours: chosen,
      entries: [entityId, ...chosen].map((one) =>
        entryOf(model, 'cell', namesOf(model.binding, 'cell', one)),
      ),
    },
    model,
    profile.profile,
    running,
    edits,
  );
};

/**
 * The KPIs that a failover changes: of the cell, and of every cell that covers it, on any device.
 */
const movedBy = ({ cell_id, neighbours }: TopologyCell): readonly string[] => [
  `availability_pct:${cell_id}`,
  `users:${cell_id}`,
  ...neighbours
    .filter(({ coverage }) => coverage !== 'NO')
    .flatMap((one) => ['users', 'load_pct', 'latency_ms'].map((kpi) => `${kpi}:${one.cell_id}`))
    .toSorted(),
];

/**
 * Estimates a failover's effect on users, from the topology and the cells' present KPIs (without
 * KPIs: zeros). The failing cell's users move to the covering neighbours, in proportion to their
 * free capacity. The remaining users are dropped. Latency grows with the neighbour's load.
 */
export const estimateFailover = (
  entityId: string,
  parameters: FailoverParameters,
  topology: Topology,
  kpis: ReadonlyMap<string, Kpis>,
): ImpactEstimate => {
  const cell = topology.cells.get(entityId);
  if (cell === undefined) {
    return {
      affected_entity_count: 0,
      device_id: null,
      site_id: null,
      neighbours: [],
      kpis: [],
      users_affected: 0,
      connection_drops: 0,
      latency_increase_ms: {},
      topology_version: topology.version,
    };
  }
  const neighbours = parameters.neighbours ?? coveringNeighbours(cell, topology);
  const users = kpis.get(entityId)?.['users'] ?? 0;
  const room = neighbours.map((name) => {
    const load = kpis.get(name)?.['load_pct'] ?? 0;
    const served = kpis.get(name)?.['users'] ?? 0;
    const perUser = served > 0 && load > 0 ? load / served : 1;
    return { name, load, perUser, users: Math.max(0, 100 - load) / perUser };
  });
  const total = room.reduce((sum, one) => sum + one.users, 0);
  const moved = Math.min(users, total);
  const latency = room.map(({ name, load, perUser, users: space }) => {
    const added = total === 0 ? 0 : ((moved * space) / total) * perUser;
    const after = Math.min(99, load + added);
    const base = kpis.get(name)?.['latency_ms'] ?? 10;
    return [name, Math.round(base * ((100 - Math.min(99, load)) / (100 - after) - 1) * 10) / 10] as const;
  });
  return {
    affected_entity_count: 1 + neighbours.length,
    device_id: cell.device_id,
    site_id: cell.site_id,
    neighbours,
    kpis: movedBy(cell),
    users_affected: Math.round(users),
    connection_drops: Math.round(users - moved),
    latency_increase_ms: Object.fromEntries(latency),
    topology_version: topology.version,
  };
};

/** Locks a failing cell and lets its neighbours cover. */
export const cellFailover: NetworkHandler = {
  action_type: 'cell_failover',
  entity: 'cell',
  changes: [
    'cell.administrative_state',
    'cell.max_tx_power',
    'neighbour.ho_allowed',
    'neighbour.individual_offset',
  ],
  needs: 'confirmed-commit',
  deviceOf: (entityId, topology) => topology.cells.get(entityId)?.device_id,
  limits: failoverLimits,
  watched: (entityId, topology) => [
    entityId,
    ...(topology.cells.get(entityId)?.neighbours.map((one) => one.cell_id) ?? []),
  ],
  estimateImpact: ({ entity_id, parameters }, topology, kpis) =>
    estimateFailover(entity_id, readFailoverParameters(parameters), topology, kpis),
  plan: ({ entity_id, parameters }, running, topology, profile, model) =>
    planFailover(entity_id, readFailoverParameters(parameters), running, topology, profile, model),
};
