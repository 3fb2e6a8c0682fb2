import type { JsonObject, Reason } from '@interlock/contracts';
import { leafOf, namesOf, type LeafValue } from '../bindings/binding.js';
import { modelFor, type BoundModel } from '../bindings/fit.js';
import { failoverLimits } from '../kpi.js';
import type { Leaves } from '../leaf-path.js';
import { cellOffsets, type DeviceProfile } from '../profiles.js';
import { siteMates, type Topology, type TopologyCell } from '../topology.js';
import { estimateFailover } from './failover-impact.js';
import {
  coveringNeighbours,
  failoverDevices,
  readFailoverParameters,
  type FailoverParameters,
} from './failover-scope.js';
import type { ChangePlan, DeviceView, NetworkHandler } from './handler.js';
import { editsOf, entryOf, planOfEdits, refusedPlan, valueOf, type Effect } from './plan-edits.js';

const reason = (code: string, detail: string, more: JsonObject = {}): Reason => ({ code, detail, ...more });

type Context = {
  readonly cell: TopologyCell;
  readonly topology: Topology;
  /** The data read from each participating device, by device id. */
  readonly views: ReadonlyMap<string, DeviceView>;
  readonly parameters: FailoverParameters;
};

/**
 * Returns the data read from the device that has a cell; undefined if the device does not take
 * part.
 */
const viewOf = ({ topology, views }: Context, cell: string): DeviceView | undefined =>
  views.get(topology.cells.get(cell)?.device_id ?? '');

const ofCell = ({ model }: DeviceView, cell: string, leaf: string): Omit<Effect, 'value'> => ({
  entity: 'cell',
  leaf,
  names: namesOf(model.binding, 'cell', cell),
});

const stateOf = (context: Context, cell: string): LeafValue | undefined => {
  const view = viewOf(context, cell);
  return view === undefined
    ? undefined
    : valueOf(view.model, view.running, ofCell(view, cell, 'administrative_state'));
};

/** Refuses unless the cell exists, is unlocked, and is not the last unlocked cell of its site. */
const cellGuards = (context: Context): readonly Reason[] => {
  const { cell, topology } = context;
  const state = stateOf(context, cell.cell_id);
  if (state === undefined) return [reason('cell-unknown', `the device has no cell \`${cell.cell_id}\``)];
  if (state !== 'UNLOCKED')
    return [reason('cell-not-unlocked', `cell \`${cell.cell_id}\` is ${state} already`)];
  const mates = siteMates(topology, cell);
  const left = mates.filter((mate) => stateOf(context, mate.cell_id) === 'UNLOCKED');
  const elsewhere = mates.filter(({ device_id }) => !context.views.has(device_id));
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
    const { cell } = context;
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
    if (viewOf(context, name) === undefined)
      return [
        reason(
          'neighbour-on-another-device',
          `\`${name}\` is on a device that takes no part in this change`,
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

/** An effect with the device that it changes. */
type DeviceEffect = Effect & { readonly device_id: string };
type Step = { readonly effects: readonly DeviceEffect[]; readonly violations: readonly Reason[] };

const refusedStep = (...violations: readonly Reason[]): Step => ({ effects: [], violations });

const neighbourStep = (context: Context, name: string): Step => {
  const { cell, parameters, topology } = context;
  const own = viewOf(context, cell.cell_id)!;
  const there = viewOf(context, name)!;
  const power = ofCell(there, name, 'max_tx_power');
  const licence = leafOf(there.model.binding, 'cell', 'max_tx_power')?.licence;
  const present = valueOf(there.model, there.running, power);
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
    device_id: cell.device_id,
    entity: 'neighbour',
    names: {
      ...namesOf(own.model.binding, 'cell', cell.cell_id),
      ...namesOf(own.model.binding, 'neighbour', name),
    },
  } as const;
  return {
    effects: [
      { ...power, device_id: topology.cells.get(name)!.device_id, value: target },
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

/** Plans the failover's change of one device. */
const deviceStep = (
  { cell, topology, views }: Context,
  deviceId: string,
  chosen: readonly string[],
  effects: readonly DeviceEffect[],
): ChangePlan => {
  const { model, running, profile } = views.get(deviceId)!;
  const cells = [cell.cell_id, ...chosen].filter((one) => topology.cells.get(one)?.device_id === deviceId);
  const at = {
    device_id: deviceId,
    site_id: topology.cells.get(cells[0] ?? '')?.site_id ?? null,
    neighbours: chosen,
    entries: cells.map((one) => entryOf(model, 'cell', namesOf(model.binding, 'cell', one))),
  };
  const { edits, violations } = editsOf(
    model,
    running,
    effects.filter((effect) => effect.device_id === deviceId),
  );
  return violations.length > 0
    ? refusedPlan({ ...at, neighbours: [], entries: [] }, violations)
    : planOfEdits(at, model, profile.profile, running, edits);
};

/**
 * Plans a failover from the current leaves of several devices. The neighbours' devices come first,
 * so that they cover before the cell is locked. `violations` names each refusal.
 */
const planFailoverOver = (
  entityId: string,
  parameters: FailoverParameters,
  views: ReadonlyMap<string, DeviceView>,
  topology: Topology,
): readonly ChangePlan[] => {
  const cell = topology.cells.get(entityId);
  if (cell === undefined)
    return [refused(null, [reason('entity-unknown', `no device has a cell \`${entityId}\``)])];
  const context: Context = { cell, topology, views, parameters };
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
  if (guards.length > 0) return [refused(context, guards)];
  const steps = chosen.map((name) => neighbourStep(context, name));
  const violations = steps.flatMap((step) => step.violations);
  if (violations.length > 0) return [refused(context, violations)];
  const effects: readonly DeviceEffect[] = [
    ...steps.flatMap((step) => step.effects),
    {
      ...ofCell(viewOf(context, entityId)!, entityId, 'administrative_state'),
      device_id: cell.device_id,
      value: 'LOCKED',
    },
  ];
  const others = [...views.keys()].filter((id) => id !== cell.device_id).toSorted();
  const plans = [...others, cell.device_id].map((id) => deviceStep(context, id, chosen, effects));
  const unfit = plans.flatMap((plan) => plan.violations);
  if (unfit.length > 0) return [refused(context, unfit)];
  return plans.filter(({ device_id, changes }) => changes.length > 0 || device_id === cell.device_id);
};

/**
 * Plans a failover on the cell's own device, from its current leaves. The same leaves and topology
 * give the same plan. `violations` names each refusal.
 */
export const planFailover = (
  entityId: string,
  parameters: FailoverParameters,
  running: Leaves,
  topology: Topology,
  profile: DeviceProfile,
  model: BoundModel,
): ChangePlan => {
  const device = topology.cells.get(entityId)?.device_id ?? '';
  const views = new Map([[device, { running, profile, model }]]);
  return planFailoverOver(entityId, parameters, views, topology)[0]!;
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
  modelOf: (models) => modelFor(models, 'cell'),
  limits: failoverLimits,
  hasModel: true,
  watched: (entityId, topology) => [
    entityId,
    ...(topology.cells.get(entityId)?.neighbours.map((one) => one.cell_id) ?? []),
  ],
  estimateImpact: ({ entity_id, parameters }, topology, kpis) =>
    estimateFailover(entity_id, readFailoverParameters(parameters), topology, kpis),
  plan: ({ entity_id, parameters }, running, topology, profile, model) =>
    planFailover(entity_id, readFailoverParameters(parameters), running, topology, profile, model),
  several: {
    devicesOf: ({ entity_id, parameters }, topology) =>
      failoverDevices(entity_id, readFailoverParameters(parameters), topology),
    plan: ({ entity_id, parameters }, views, topology) =>
      planFailoverOver(entity_id, readFailoverParameters(parameters), views, topology),
  },
};
