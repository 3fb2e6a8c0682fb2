/**
 * The nature of a KPI: the direction in which it gets worse, the change that is noise, and the
 * least base of a relative change, each in the KPI's own unit.
 */
export type KpiNature = {
  readonly better: 'lower' | 'higher';
  readonly noise: number;
  readonly base: number;
};

const natures: { readonly [kpi: string]: KpiNature } = {
  users: { better: 'higher', noise: 10, base: 20 },
  throughput_mbps: { better: 'higher', noise: 50, base: 100 },
  latency_ms: { better: 'lower', noise: 5, base: 20 },
  drop_rate_pct: { better: 'lower', noise: 0.5, base: 5 },
  availability_pct: { better: 'higher', noise: 0.5, base: 100 },
  load_pct: { better: 'lower', noise: 5, base: 100 },
};

/** `undefined` for an unknown KPI. */
export const natureOf = (kpi: string): KpiNature | undefined =>
  Object.hasOwn(natures, kpi) ? natures[kpi] : undefined;

const largest = 1e12;

/** True for a number that may be the value or the change of a KPI, of either sign. */
export const isKpiValue = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) <= largest;

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/**
 * The change of a group of KPIs as one number, −100 to 100 per cent, negative if worse. It is the
 * mean of their relative changes, each positive if the KPI got better. KPIs of unknown direction
 * are left out; without any other it is 0.
 */
export const totalImpact = (
  before: { readonly [kpi: string]: number },
  delta: { readonly [kpi: string]: number },
): number => {
  const changes = Object.entries(delta).flatMap(([kpi, change]) => {
    const nature = natureOf(kpi);
    if (nature === undefined) return [];
    const relative = (change / Math.max(Math.abs(before[kpi] ?? 0), nature.base)) * 100;
    return [clamp(nature.better === 'higher' ? relative : -relative, -100, 100)];
  });
  return changes.length === 0
    ? 0
    : rounded(changes.reduce((sum, change) => sum + change, 0) / changes.length);
};

/** Rounds to three decimals; never −0. */
export const rounded = (value: number): number => Math.round(value * 1000) / 1000 + 0;
