import type { ImpactEstimate, JsonObject, Reason } from '@interlock/contracts';
import { leafOf, namesOf } from '../bindings/binding.js';
import { modelFor, type BoundModel } from '../bindings/fit.js';
import { failoverLimits, type KpiLimits, type Kpis } from '../kpi.js';
import { fillPath, type Leaves } from '../leaf-path.js';
import { canonicalSlice, sliceGuards, type PolicyContent } from '../slices.js';
import { slicesOfPolicy, type Topology } from '../topology.js';
import type { NetworkHandler } from './handler.js';
import {
  editsOf,
  entryOf,
  planOfEdits,
  refusedPlan,
  valueOf,
  type Effect,
  type Names,
} from './plan-edits.js';

/** The shares of an RRM policy in percent (TS 28.541, RRMPolicyRatio). */
type Ratios = { readonly max: number; readonly min: number; readonly dedicated: number };
type Resource = 'PRB' | 'RRC';

const leaves = { max: 'max_ratio', min: 'min_ratio', dedicated: 'dedicated_ratio' } as const;
/** The meaning of an absent leaf in the model. */
const unset: Ratios = { max: 100, min: 0, dedicated: 0 };

const reason = (code: string, detail: string): Reason => ({ code, detail });

/** Returns the ids of a cell's policies on the device. */
const policiesOf = ({ binding }: BoundModel, running: Leaves, names: Names): readonly string[] => {
  const start = fillPath(binding.classes.slice?.entry ?? '', names).split('{policy}')[0]!;
  const ids = Object.keys(running).flatMap((path) => {
    if (!path.startsWith(start)) return [];
    const [, quote, id] = /^(['"])(.*?)\1\]/.exec(path.slice(start.length)) ?? [];
    return quote === undefined || id === undefined ? [] : [id];
  });
  return [...new Set(ids)];
};

type Policy = { readonly id: string; readonly resource: unknown; readonly ratios: Ratios };

const policyOf = (model: BoundModel, running: Leaves, names: Names, id: string): Policy => {
  const of = (leaf: string): unknown =>
    valueOf(model, running, { entity: 'slice', leaf, names: { ...names, policy: id } });
  const ratio = (name: keyof Ratios): number => {
    const value = of(leaves[name]);
    return typeof value === 'number' ? value : unset[name];
  };
  return {
    id,
    resource: of('resource_type'),
    ratios: { max: ratio('max'), min: ratio('min'), dedicated: ratio('dedicated') },
  };
};

/**
 * Returns the words of a leaf or of all entries of a leaf-list. They are read as the device writes
 * them, so that no value is lost because the leaf has another type than expected.
 */
const wordsAt = ({ binding }: BoundModel, running: Leaves, leaf: string, names: Names): readonly string[] => {
  const place = leafOf(binding, 'slice', leaf);
  if (place === undefined) return [];
  const path = fillPath(place.template, names);
  return Object.entries(running)
    .filter(([one]) => one === path || one.startsWith(`${path}[`))
    .flatMap(([, text]) => text.split(/[\s,]+/).filter((word) => word !== ''));
};

const fiveQi = /^(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-4])$/;

/** Returns what the device and the binding say of a policy's slices. */
const contentOf = (model: BoundModel, running: Leaves, names: Names): PolicyContent => {
  const fiveQis = wordsAt(model, running, 'five_qis', names);
  return {
    s_nssais: wordsAt(model, running, 's_nssai', names),
    five_qis:
      fiveQis.length === 0
        ? undefined
        : fiveQis.every((one) => fiveQi.test(one))
          ? fiveQis.map(Number)
          : null,
    carries_no_five_qi: model.binding.classes.slice?.five_qis === 'none',
  };
};

const sum = (policies: readonly Policy[], name: keyof Ratios): number =>
  policies.reduce((total, { ratios }) => total + ratios[name], 0);

/**
 * Checks what the models do not enforce: the order of the three shares, and their sums in the cell.
 */
const ratioGuards = ({ max, min, dedicated }: Ratios, others: readonly Policy[]): readonly Reason[] => [
  ...(min <= max
    ? []
    : [reason('min-above-max', `the minimum of ${min} % is above the maximum of ${max} %`)]),
  ...(dedicated <= min
    ? []
    : [reason('dedicated-above-min', `the dedicated ${dedicated} % are above the minimum of ${min} %`)]),
  ...(min + sum(others, 'min') <= 100
    ? []
    : [reason('min-sum', `the minima of the cell would be ${min + sum(others, 'min')} %, 100 % are there`)]),
  ...(dedicated + sum(others, 'dedicated') <= 100
    ? []
    : [
        reason(
          'dedicated-sum',
          `the dedicated shares of the cell would be ${dedicated + sum(others, 'dedicated')} %, 100 % are there`,
        ),
      ]),
];

const askedIn = (parameters: JsonObject): Partial<Ratios> =>
  Object.fromEntries(
    Object.entries(leaves).flatMap(([name, leaf]) => {
      const value = parameters[leaf];
      return typeof value === 'number' ? [[name, value]] : [];
    }),
  );

const policyIn = ({ policy }: JsonObject): string => (typeof policy === 'string' ? policy : '');

type Kind = {
  readonly action_type: string;
  readonly resource: Resource;
  readonly limits: KpiLimits;
  /** The KPIs that the change moves in the cell, in addition to drops and latency. */
  readonly kpis: readonly string[];
  /** Further guards of the action. */
  readonly guards: (before: Ratios, asked: Partial<Ratios>) => readonly Reason[];
  /** Returns the most users that the change can affect and drop. */
  readonly users: (
    parameters: JsonObject,
    kpis: Kpis,
  ) => { readonly affected: number; readonly drops: number };
};

const estimate = (
  { kpis: moved, users }: Kind,
  entityId: string,
  parameters: JsonObject,
  topology: Topology,
  kpis: Kpis,
): ImpactEstimate => {
  const cell = topology.cells.get(entityId);
  const { affected, drops } = users(parameters, kpis);
  const registered = slicesOfPolicy(topology, entityId, policyIn(parameters));
  const slices = (registered ?? []).map(({ slice_id }) => canonicalSlice(slice_id));
  return {
    affected_entity_count: cell === undefined ? 0 : 1 + slices.length,
    device_id: cell?.device_id ?? null,
    site_id: cell?.site_id ?? null,
    neighbours: [],
    ...(slices.length === 0 ? {} : { slices }),
    ...(registered === null ? { lacks_slices: true } : {}),
    kpis: cell === undefined ? [] : moved.map((kpi) => `${kpi}:${entityId}`),
    users_affected: Math.round(affected),
    connection_drops: Math.round(drops),
    latency_increase_ms: {},
    topology_version: topology.version,
  };
};

/** Returns a handler that changes the shares of one RRM policy of a cell, which is its entity. */
const sliceHandler = (kind: Kind): NetworkHandler => ({
  action_type: kind.action_type,
  entity: 'cell',
  changes:
    kind.resource === 'RRC'
      ? ['slice.max_ratio']
      : ['slice.max_ratio', 'slice.min_ratio', 'slice.dedicated_ratio'],
  needs: 'confirmed-commit',
  deviceOf: (entityId, topology) => topology.cells.get(entityId)?.device_id,
  modelOf: (models) => modelFor(models, 'slice'),
  limits: kind.limits,
  watched: (entityId) => [entityId],
  estimateImpact: ({ entity_id, parameters }, topology, kpis) =>
    estimate(kind, entity_id, parameters, topology, kpis.get(entity_id) ?? {}),
  plan: ({ entity_id, parameters }, running, topology, profile, model) => {
    const cell = topology.cells.get(entity_id);
    const names = namesOf(model.binding, 'cell', entity_id);
    const id = policyIn(parameters);
    const at = {
      device_id: cell?.device_id ?? null,
      site_id: cell?.site_id ?? null,
      neighbours: [],
      entries: [],
    };
    const policies = policiesOf(model, running, names).map((one) => policyOf(model, running, names, one));
    const policy = policies.find((one) => one.id === id);
    if (policy === undefined)
      return refusedPlan(at, [
        reason('policy-unknown', `cell \`${entity_id}\` has no policy \`${id}\` on the device`),
      ]);
    if (policy.resource !== kind.resource)
      return refusedPlan(at, [
        reason(
          'policy-resource',
          `policy \`${id}\` shares \`${String(policy.resource ?? 'nothing known')}\`, and this action is for \`${kind.resource}\``,
        ),
      ]);
    const asked = askedIn(parameters);
    const others = policies.filter((one) => one !== policy && one.resource === kind.resource);
    const entry = { ...names, policy: id };
    const guards = [
      ...sliceGuards(
        entity_id,
        id,
        slicesOfPolicy(topology, entity_id, id),
        contentOf(model, running, entry),
      ),
      ...kind.guards(policy.ratios, asked),
      ...ratioGuards({ ...policy.ratios, ...asked }, others),
    ];
    if (guards.length > 0) return refusedPlan(at, guards);
    const effects = Object.entries(asked).map(([name, value]): Effect => ({
      entity: 'slice',
      leaf: leaves[name as keyof Ratios],
      names: entry,
      value,
    }));
    const { edits, violations } = editsOf(model, running, effects);
    return violations.length > 0
      ? refusedPlan(at, violations)
      : planOfEdits(
          { ...at, entries: [entryOf(model, 'slice', entry)] },
          model,
          profile.profile,
          running,
          edits,
        );
  },
});

/** Lowers the share of connected users that a slice may have, so that other slices keep theirs. */
export const connectionThrottle: NetworkHandler = sliceHandler({
  action_type: 'connection_throttle',
  resource: 'RRC',
  // The throttled users are lost on purpose, so only drops, latency and load of the others count.
  limits: { ...failoverLimits, users_kept_min: 0 },
  kpis: ['users', 'load_pct', 'throughput_mbps'],
  guards: ({ max }, asked) =>
    asked.max !== undefined && asked.max < max
      ? []
      : [reason('not-lowered', `the maximum is ${max} %, and a throttle only lowers it`)],
  users: ({ max_ratio: max }, { users = 0 }) => {
    const lost = (users * (100 - (typeof max === 'number' ? max : 0))) / 100;
    return { affected: lost, drops: lost };
  },
});

/** Changes a slice's shares of the radio resource blocks. */
export const qosTune: NetworkHandler = sliceHandler({
  action_type: 'qos_tune',
  resource: 'PRB',
  limits: failoverLimits,
  kpis: ['latency_ms', 'throughput_mbps'],
  guards: (_before, asked) =>
    Object.keys(asked).length > 0 ? [] : [reason('nothing-asked', 'no share is named')],
  users: (_parameters, { users = 0 }) => ({ affected: users, drops: 0 }),
});
