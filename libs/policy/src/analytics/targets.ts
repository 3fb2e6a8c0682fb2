/** The targets: rates in per cent, and the time to a rollback in minutes. */
const targets = {
  rolled_back_pct: { target: '< 5', met: (value: number) => value < 5 },
  canaries_passing_pct: { target: '> 90', met: (value: number) => value > 90 },
  coverage_pct: { target: '100', met: (value: number) => value >= 100 },
  mttr_min: { target: '< 5', met: (value: number) => value < 5 },
} as const;
export type TargetName = keyof typeof targets;
export const targetNames = Object.keys(targets) as readonly TargetName[];

/** A figure with its target. `on_target` is null if there is no figure yet. */
export type Measured = {
  readonly value: number | null;
  readonly target: string;
  readonly on_target: boolean | null;
};

/** Returns a figure with its target. An invalid figure (NaN or negative) is not on target. */
export const measured = (name: TargetName, value: number | null): Measured => ({
  value: value === null || Number.isFinite(value) ? value : null,
  target: targets[name].target,
  on_target: value === null ? null : Number.isFinite(value) && value >= 0 && targets[name].met(value),
});

/** Returns the per cent of `whole`; null if `whole` is zero. */
export const percentage = (part: number, whole: number): number | null =>
  whole > 0 ? (100 * part) / whole : null;

/**
 * Returns the value at a share of the sorted values (0.5 is the median, the upper one of two); null
 * for no values.
 */
export const quantile = (values: readonly number[], share: number): number | null => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
};
