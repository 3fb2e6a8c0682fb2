import type { Timestamp } from '@interlock/contracts';
import { amountOf } from '@interlock/kernel';

/**
 * An event of a bundle's stream or of a rollout's; others are ignored. `data` is as recorded, in
 * any version.
 */
export type BundleChange = {
  readonly type: string;
  readonly at: Timestamp;
  readonly scope: string;
  readonly bundle_id: string;
  readonly bundle_version: string;
  readonly data: { readonly [field: string]: unknown };
};

/** The history of one bundle. Times are null for stages that it did not reach. */
export type BundleLifecycle = {
  readonly bundle_id: string;
  readonly bundle_version: string;
  readonly drafted_at: Timestamp | null;
  readonly approved_at: Timestamp | null;
  readonly activated_at: Timestamp | null;
  /** True if it began as a canary beside an active bundle. */
  readonly canary: boolean;
  /** When it became the only deciding bundle. */
  readonly passed_at: Timestamp | null;
  readonly rolled_back: {
    readonly at: Timestamp;
    readonly was: string;
    readonly trigger: string;
    /** The rates that caused it, by the names of the gates. */
    readonly rates: readonly string[];
  } | null;
};

type Fields = { readonly [field: string]: unknown };
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const names = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
const text = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);

const ratesOf = (verdicts: unknown): string[] => {
  const { evidence, threshold_verdict: plain } = fields(verdicts);
  return [...new Set([...names(fields(evidence)['broken']), ...names(fields(plain)['critical'])])];
};

const begin = ({ bundle_id, bundle_version }: BundleChange): BundleLifecycle => ({
  bundle_id,
  bundle_version,
  drafted_at: null,
  approved_at: null,
  activated_at: null,
  canary: false,
  passed_at: null,
  rolled_back: null,
});

const evolve = (lifecycle: BundleLifecycle, { type, at, data }: BundleChange): BundleLifecycle => {
  switch (type) {
    case 'BundleCreated':
      return { ...lifecycle, drafted_at: at, approved_at: null };
    // The approval was for other content.
    case 'BundleUpdated':
      return { ...lifecycle, approved_at: null };
    case 'BundleApproved':
      return lifecycle.activated_at === null
        ? { ...lifecycle, approved_at: lifecycle.approved_at ?? at }
        : lifecycle;
    case 'BundleActivated': {
      const whole = data['canary_pct'] === 100;
      return { ...lifecycle, activated_at: at, canary: !whole, passed_at: whole ? at : null };
    }
    case 'CanaryPromoted':
      return data['to_pct'] === 100 ? { ...lifecycle, passed_at: at } : lifecycle;
    case 'BundleRolledBack':
      return {
        ...lifecycle,
        rolled_back: {
          at,
          was: text(data['was'], lifecycle.passed_at === null ? 'canary' : 'active'),
          trigger: text(data['trigger'], 'person'),
          rates: ratesOf(data['verdicts']),
        },
      };
    default:
      return lifecycle;
  }
};

/**
 * Folds the changes, in log order, into the history of each bundle. Unknown events change nothing.
 */
export const lifecyclesOf = (changes: readonly BundleChange[]): readonly BundleLifecycle[] => {
  const lifecycles = new Map<string, BundleLifecycle>();
  for (const change of changes)
    lifecycles.set(change.bundle_id, evolve(lifecycles.get(change.bundle_id) ?? begin(change), change));
  return [...lifecycles.values()];
};

/** A period: `from` is included, `to` is excluded. */
export type Period = { readonly from: Timestamp; readonly to: Timestamp };
export const within = ({ from, to }: Period, at: Timestamp | null): at is Timestamp =>
  at !== null && Date.parse(at) >= Date.parse(from) && Date.parse(at) < Date.parse(to);

export type Ended = { readonly at: Timestamp; readonly failed: boolean };

/**
 * Returns when executions began to fail too often, in retrospect. It is the failure after which
 * failures exceed the limit by the largest amount (the maximum of Page's cumulative sum, 1954).
 * Null if they never do. Executions are ordered by their ends.
 */
export const onsetOf = (executions: readonly Ended[], limitPct: number): Timestamp | null => {
  const limit = amountOf(limitPct);
  const failure = 100n * 10n ** BigInt(limit.scale);
  let [sum, best] = [0n, 0n];
  let onset: Timestamp | null = null;
  for (const { at, failed } of executions.toReversed()) {
    sum += (failed ? failure : 0n) - limit.digits;
    if (failed && sum >= best && sum > 0n) [best, onset] = [sum, at];
  }
  return onset;
};

/**
 * Returns the milliseconds from the beginning of the trouble to the rollback. If executions failed
 * too often, the trouble begins at their onset. A candidate's excess of denials or costs begins
 * with its first answer. Null for a rollback without either.
 */
export const msToRollback = (
  { activated_at, rolled_back }: BundleLifecycle,
  executions: readonly Ended[],
  limitPct: number,
): number | null => {
  if (rolled_back === null) return null;
  const onset =
    onsetOf(executions, limitPct) ??
    (rolled_back.rates.some((rate) => rate !== 'error_rate_pct') ? activated_at : null);
  return onset === null ? null : Math.max(0, Date.parse(rolled_back.at) - Date.parse(onset));
};
