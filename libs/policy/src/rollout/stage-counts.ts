import type { PolicyDecision } from '@interlock/contracts';
import { amountOf, numberOf, plus } from '@interlock/kernel';

/** The number of buckets for sticky keys. A canary of 10 % has the first tenth of them. */
export const stickyBuckets = 10_000;

/**
 * The counts of one stage of a canary (10 or 50 %) since it began. Whole numbers except for the
 * costs. The order of events affects only the rounding of squares and products.
 */
export type StageCounts = {
  /** Requests that the canary decided. */
  readonly decisions: number;
  /** Requests that both bundles answered, one of them in shadow. */
  readonly requests: number;
  /**
   * Ended executions of actions that the canary decided, and how many of them failed or were rolled
   * back.
   */
  readonly executions: number;
  readonly errors: number;
  /**
   * How many of `requests` the candidate denied; `active_denied`: how many the active bundle
   * denied.
   */
  readonly denied: number;
  readonly active_denied: number;
  /** Requests with invalid costs (negative, or not a number); they prevent any promotion. */
  readonly invalid: number;
  /**
   * The sums of the costs over `requests`, of their squares and products, and the largest values.
   */
  readonly cost: {
    readonly candidate: number;
    readonly active: number;
    readonly candidate_sq: number;
    readonly active_sq: number;
    readonly product: number;
    readonly candidate_max: number;
    readonly active_max: number;
  };
  /**
   * The buckets of sticky keys seen at this stage, the number that the canary decided, and their
   * set (hexadecimal, four buckets a digit; empty for none).
   */
  readonly split: { readonly units: number; readonly canary: number; readonly seen: string };
};

/** The counts of a new stage. */
export const emptyCounts: StageCounts = {
  decisions: 0,
  requests: 0,
  executions: 0,
  errors: 0,
  denied: 0,
  active_denied: 0,
  invalid: 0,
  cost: {
    candidate: 0,
    active: 0,
    candidate_sq: 0,
    active_sq: 0,
    product: 0,
    candidate_max: 0,
    active_max: 0,
  },
  split: { units: 0, canary: 0, seen: '' },
};

type Answer = { readonly decision: PolicyDecision; /** The budget's cost. */ readonly cost: number };
/**
 * One request that both bundles answered. `bucket` is that of its sticky key; null if it has none,
 * so that the active bundle decides.
 */
export type StageDecision = {
  readonly variant: 'active' | 'canary';
  readonly bucket: number | null;
  readonly candidate: Answer;
  readonly active: Answer;
};

const isCost = (cost: number): boolean => Number.isFinite(cost) && cost >= 0;

/**
 * Adds two numbers. INVARIANT: they are added in decimal, so that ten times 0.1 is 1. A sum exactly
 * at a limit is recognised, up to the 15 digits of a number.
 */
const sumOf = (a: number, b: number): number => numberOf(plus(amountOf(a), amountOf(b)));

const addCost = (sums: StageCounts['cost'], candidate: number, active: number): StageCounts['cost'] => ({
  candidate: sumOf(sums.candidate, candidate),
  active: sumOf(sums.active, active),
  candidate_sq: sums.candidate_sq + candidate * candidate,
  active_sq: sums.active_sq + active * active,
  product: sums.product + candidate * active,
  candidate_max: Math.max(sums.candidate_max, candidate),
  active_max: Math.max(sums.active_max, active),
});

const addUnit = (
  split: StageCounts['split'],
  bucket: number | null,
  canary: boolean,
): StageCounts['split'] => {
  if (bucket === null || !Number.isInteger(bucket) || bucket < 0 || bucket >= stickyBuckets) return split;
  const seen = split.seen === '' ? '0'.repeat(stickyBuckets / 4) : split.seen;
  const digit = bucket >> 2;
  const bits = Number.parseInt(seen.charAt(digit), 16);
  const bit = 1 << (bucket & 3);
  // INVARIANT: an entity always stays with its bundle, so only its first request is evidence about
  // the split.
  if ((bits & bit) !== 0) return split;
  return {
    units: split.units + 1,
    canary: split.canary + (canary ? 1 : 0),
    seen: seen.slice(0, digit) + (bits | bit).toString(16) + seen.slice(digit + 1),
  };
};

/**
 * Counts one request of the stage. Never throws: invalid costs are counted as `invalid`, and judged
 * as an error.
 */
export const addDecision = (
  counts: StageCounts,
  { variant, bucket, candidate, active }: StageDecision,
): StageCounts => {
  const valid = isCost(candidate.cost) && isCost(active.cost);
  return {
    ...counts,
    decisions: counts.decisions + (variant === 'canary' ? 1 : 0),
    requests: counts.requests + 1,
    denied: counts.denied + (candidate.decision === 'DENY' ? 1 : 0),
    active_denied: counts.active_denied + (active.decision === 'DENY' ? 1 : 0),
    invalid: counts.invalid + (valid ? 0 : 1),
    cost: valid ? addCost(counts.cost, candidate.cost, active.cost) : counts.cost,
    split: addUnit(counts.split, bucket, variant === 'canary'),
  };
};

/**
 * Counts one ended execution of an action that the canary decided. `error`: it failed or was rolled
 * back.
 */
export const addExecution = (counts: StageCounts, { error }: { readonly error: boolean }): StageCounts => ({
  ...counts,
  executions: counts.executions + 1,
  errors: counts.errors + (error ? 1 : 0),
});
