/**
 * What is known of a KPI: which way it gets worse, the change that is noise, and the least base a
 * relative change is counted from, each in its own unit.
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

/** `undefined` for a KPI of which nothing is known. */
export const natureOf = (kpi: string): KpiNature | undefined =>
  Object.hasOwn(natures, kpi) ? natures[kpi] : undefined;

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/**
 * The change of a group of KPIs as one number, −100 to 100 (per cent; below 0: it got worse): the
 * mean of their relative changes, each taken in the sense in which the KPI is better. A KPI of
 * unknown sense is left out. 0 where none is left.
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

/** To three decimals; never −0. */
export const rounded = (value: number): number => Math.round(value * 1000) / 1000 + 0;
