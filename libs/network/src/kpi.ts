import type { KpiSample, Observation, Reason } from '@interlock/contracts';
import { amountOf, compareAmounts, roseBeyond, times } from '@interlock/kernel';

/** The KPIs of one cell, or of a group of cells, by name (see `kpiNames`). */
export type Kpis = { readonly [kpi: string]: number };

/** A handler's own limits during the soak. */
export type KpiLimits = {
  /** The share (0–1) of the earlier users that must still be served. */
  readonly users_kept_min: number;
  /** The allowed rise of the drop rate, in percentage points. */
  readonly drop_rate_rise_max_pct: number;
  readonly latency_rise_max_ms: number;
  /** The highest allowed load of a neighbour, 0–100. */
  readonly neighbour_load_max_pct: number;
};

export const failoverLimits: KpiLimits = {
  users_kept_min: 0.95,
  drop_rate_rise_max_pct: 1,
  latency_rise_max_ms: 15,
  neighbour_load_max_pct: 90,
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const rounded = (value: number): number => Math.round(value * 1000) / 1000;

/** Returns the latest KPIs of each cell among samples. */
export const latestByCell = (samples: readonly KpiSample[]): ReadonlyMap<string, Kpis> => {
  const latest = new Map<string, KpiSample>();
  for (const sample of samples) {
    const known = latest.get(sample.entity_id);
    if (known === undefined || known.at <= sample.at) latest.set(sample.entity_id, sample);
  }
  return new Map([...latest].map(([cell, sample]) => [cell, sample.kpis]));
};

/**
 * Combines a group of cells at one moment. Users and throughput are sums. Latency, drop rate and
 * availability are means weighted by `homeUsers`, the users whose home each cell is, because users
 * of a locked cell are served elsewhere. The default weight is the users that a cell serves now,
 * and without users the mean is unweighted. `load_pct` is the highest among `neighbours`, and
 * unknown unless it is known for each of them.
 */
export const aggregate = (
  cells: ReadonlyMap<string, Kpis>,
  neighbours: readonly string[],
  homeUsers?: ReadonlyMap<string, number>,
): Kpis => {
  const all = [...cells.values()];
  const weightOf = (cell: string, kpis: Kpis): number => homeUsers?.get(cell) ?? kpis['users'] ?? 0;
  const numbers = (kpi: string): readonly number[] => all.flatMap((one) => one[kpi] ?? []);
  const users = numbers('users').reduce((sum, value) => sum + value, 0);
  const weighted = (kpi: string): number | undefined => {
    const having = [...cells].flatMap(([cell, one]) =>
      one[kpi] === undefined ? [] : [{ value: one[kpi], weight: weightOf(cell, one) }],
    );
    if (having.length === 0) return undefined;
    const weight = having.reduce((sum, one) => sum + one.weight, 0);
    return weight === 0
      ? mean(having.map((one) => one.value))
      : having.reduce((sum, one) => sum + one.value * one.weight, 0) / weight;
  };
  const loads = neighbours.flatMap((cell) => cells.get(cell)?.['load_pct'] ?? []);
  const entries: readonly (readonly [string, number | undefined])[] = [
    ['users', numbers('users').length === 0 ? undefined : users],
    [
      'throughput_mbps',
      numbers('throughput_mbps').length === 0
        ? undefined
        : numbers('throughput_mbps').reduce((sum, value) => sum + value, 0),
    ],
    ['latency_ms', weighted('latency_ms')],
    ['drop_rate_pct', weighted('drop_rate_pct')],
    ['availability_pct', weighted('availability_pct')],
    ['load_pct', loads.length === 0 || loads.length < neighbours.length ? undefined : Math.max(...loads)],
  ];
  return Object.fromEntries(
    entries.flatMap(([kpi, value]) => (value === undefined ? [] : [[kpi, rounded(value)]])),
  );
};

/** True if a KPI has a value that it can have. */
const isPlausible = ([kpi, value]: readonly [string, number]): boolean =>
  Number.isFinite(value) && value >= 0 && (!kpi.endsWith('_pct') || value <= 100);

/** True if every KPI has a value that it can have. */
export const arePlausible = (kpis: Kpis): boolean => Object.entries(kpis).every(isPlausible);

/**
 * Returns the present state of an entity and its neighbours as a group, in the form of an
 * observation. A KPI is left out unless every cell reports it. Undefined if a cell reports none, or
 * one with a value that it cannot have.
 */
export const networkState = (
  entity: string,
  neighbours: readonly string[],
  kpis: ReadonlyMap<string, Kpis>,
): Kpis | undefined => {
  const group = [entity, ...neighbours].map((cell) => [cell, kpis.get(cell) ?? {}] as const);
  if (!group.every(([, known]) => Object.keys(known).length > 0 && arePlausible(known))) return undefined;
  const isShared = ([kpi]: readonly [string, number]): boolean =>
    group.every(([, known]) => known[kpi] !== undefined);
  const shared = group.map(
    ([cell, known]) => [cell, Object.fromEntries(Object.entries(known).filter(isShared))] as const,
  );
  const state = aggregate(new Map(shared), neighbours);
  return Object.keys(state).length === 0 ? undefined : state;
};

const meanOf = (moments: readonly Kpis[]): Kpis => {
  const names = new Set(moments.flatMap((moment) => Object.keys(moment)));
  return Object.fromEntries(
    [...names].map((kpi) => [kpi, rounded(mean(moments.flatMap((moment) => moment[kpi] ?? [])))]),
  );
};

/** Groups samples by time; each group is one moment. */
const moments = (
  samples: readonly KpiSample[],
  neighbours: readonly string[],
  homeUsers: ReadonlyMap<string, number>,
): readonly Kpis[] => {
  const byTime = new Map<string, Map<string, Kpis>>();
  for (const sample of samples) {
    const group = byTime.get(sample.at) ?? new Map<string, Kpis>();
    byTime.set(sample.at, group.set(sample.entity_id, sample.kpis));
  }
  return [...byTime]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, cells]) => aggregate(cells, neighbours, homeUsers));
};

/**
 * Returns at most this many moments of the samples, evenly spread, including the first and the
 * last. So the events of a long soak stay small.
 */
export const thinned = (samples: readonly KpiSample[], most: number): readonly KpiSample[] => {
  const times = [...new Set(samples.map((sample) => sample.at))].sort();
  if (times.length <= most) return samples;
  const kept = new Set(
    Array.from(
      { length: most },
      (_, i) => times[Math.round((i * (times.length - 1)) / Math.max(1, most - 1))]!,
    ),
  );
  return samples.filter((sample) => kept.has(sample.at));
};

/** A KPI that must stay within a limit over a change. */
type Limited = {
  readonly kpi: string;
  /** The code and the text of a breach. */
  readonly code: string;
  readonly detail: (was: number, is: number, limits: KpiLimits) => string;
  readonly isBroken: (was: number, is: number, limits: KpiLimits) => boolean;
  /** The share of the limit that the change uses. */
  readonly use: (was: number, is: number, limits: KpiLimits) => number;
};
const share = (part: number, limit: number): number => (part <= 0 ? 0 : limit <= 0 ? 2 : part / limit);

const limited: readonly Limited[] = [
  {
    kpi: 'users',
    code: 'users-lost',
    detail: (was, is, { users_kept_min: least }) =>
      `${rounded((is / was) * 100)} % of the users are served, at least ${least * 100} % must be`,
    isBroken: (was, is, { users_kept_min: least }) =>
      was !== 0 && compareAmounts(amountOf(is), times(amountOf(was), least)) < 0,
    use: (was, is, { users_kept_min: least }) => share(was <= 0 ? 0 : 1 - is / was, 1 - least),
  },
  {
    kpi: 'drop_rate_pct',
    code: 'drops',
    detail: (was, is, { drop_rate_rise_max_pct: most }) =>
      `the drop rate rose by ${rounded(is - was)} points, ${most} are allowed`,
    isBroken: (was, is, { drop_rate_rise_max_pct: most }) => roseBeyond(was, is, most),
    use: (was, is, { drop_rate_rise_max_pct: most }) => share(is - was, most),
  },
  {
    kpi: 'latency_ms',
    code: 'latency',
    detail: (was, is, { latency_rise_max_ms: most }) =>
      `latency rose by ${rounded(is - was)} ms, ${most} are allowed`,
    isBroken: (was, is, { latency_rise_max_ms: most }) => roseBeyond(was, is, most),
    use: (was, is, { latency_rise_max_ms: most }) => share(is - was, most),
  },
  {
    kpi: 'load_pct',
    code: 'neighbour-overloaded',
    detail: (_was, is, { neighbour_load_max_pct: most }) =>
      `a neighbour is loaded to ${is} %, ${most} are allowed`,
    isBroken: (_was, is, { neighbour_load_max_pct: most }) => is > most,
    use: (_was, is, { neighbour_load_max_pct: most }) => share(is, most),
  },
];

const breachesOf = (before: Kpis, after: Kpis, limits: KpiLimits): readonly Reason[] =>
  limited.flatMap(({ kpi, code, detail, isBroken }): readonly Reason[] => {
    const [was, is] = [before[kpi], after[kpi]];
    if (was === undefined || is === undefined)
      return [{ code: 'kpi-missing', detail: `\`${kpi}\` was not measured before and after`, kpi }];
    if (!isBroken(was, is, limits)) return [];
    return [{ code, detail: detail(was, is, limits), kpi, before: was, after: is }];
  });

/**
 * Returns the share of the limits that a change uses, by the limit that is nearest. 0: no KPI gets
 * worse. Above 1: a limit is exceeded, as by a KPI that is not in both.
 */
export const limitUse = (before: Kpis, after: Kpis, limits: KpiLimits): number => {
  const used = limited.map(({ kpi, use }) => {
    const [was, is] = [before[kpi], after[kpi]];
    return was === undefined || is === undefined ? 2 : use(was, is, limits);
  });
  return rounded(Math.max(0, ...used));
};

/**
 * KPIs that are sums over the cells. A cell that reports one only after the edit would hide another
 * cell's loss.
 */
const added = ['users', 'throughput_mbps'] as const;
const appeared = (kpi: string, before: readonly KpiSample[], soak: readonly KpiSample[]): boolean => {
  const known = new Set(
    before.flatMap((sample) => (sample.kpis[kpi] === undefined ? [] : [sample.entity_id])),
  );
  return soak.some((sample) => sample.kpis[kpi] !== undefined && !known.has(sample.entity_id));
};

/**
 * Returns the observation of a change whose leaves alone are read again, from the number of
 * readings.
 */
export const observeLeaves = (readings: number): Observation => ({
  before: {},
  after: {},
  delta: {},
  samples: readings,
  breaches: [],
});

/**
 * Compares KPIs. `before` is the mean of the samples before the edit. `after` is the mean of the
 * later half of those during the soak, because handovers settle in the first half. Missing samples
 * are a breach, because unknown data must not lead to a confirmation.
 */
export const observe = (
  before: readonly KpiSample[],
  soak: readonly KpiSample[],
  neighbours: readonly string[],
  limits: KpiLimits = failoverLimits,
): Observation => {
  const homeUsers = new Map([...latestByCell(before)].map(([cell, kpis]) => [cell, kpis['users'] ?? 0]));
  const earlier = moments(before, neighbours, homeUsers);
  const later = moments(soak, neighbours, homeUsers);
  if (earlier.length === 0 || !later.some((kpis) => Object.keys(kpis).length > 0)) {
    return {
      before: meanOf(earlier),
      after: meanOf(later),
      delta: {},
      samples: later.length,
      breaches: [
        {
          code: 'no-samples',
          detail: `no KPI was sampled ${earlier.length === 0 ? 'before the edit' : 'over the soak'}`,
        },
      ],
    };
  }
  const unknown: readonly string[] = added.filter((kpi) => appeared(kpi, before, soak));
  const was = Object.fromEntries(Object.entries(meanOf(earlier)).filter(([kpi]) => !unknown.includes(kpi)));
  const is = meanOf(later.slice(Math.floor(later.length / 2)));
  const delta = Object.fromEntries(
    Object.keys(is)
      .filter((kpi) => was[kpi] !== undefined)
      .map((kpi) => [kpi, rounded(is[kpi]! - was[kpi]!)]),
  );
  return { before: was, after: is, delta, samples: later.length, breaches: breachesOf(was, is, limits) };
};
