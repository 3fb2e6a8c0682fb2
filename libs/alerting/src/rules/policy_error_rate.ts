import { actionEndTypes, executedEndTypes, type Timestamp } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { between, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';

const windowMs = 300_000;
/** The number of running actions whose bundle is remembered; the oldest are dropped. */
const keptActions = 5000;

/** The executions that ended within one second. */
type Second = {
  readonly at: Timestamp;
  /** The same in milliseconds since 1970, which each judgement needs. */
  readonly atMs: number;
  readonly total: number;
  readonly failed: number;
  readonly first: Seen;
  readonly last: Seen;
  readonly lastFailed: Seen | null;
};
type Rates = {
  /** By action, the version of the bundle that decided. */
  readonly bundles: ReadonlyMap<string, string>;
  readonly ended: { readonly [bundle: string]: readonly Second[] };
};
type Judged = {
  readonly gates?: readonly {
    readonly gate?: string;
    readonly saw?: {
      readonly evaluation?: { readonly bundle?: { readonly bundle_version?: string } | null };
    };
  }[];
};

const within = (seconds: readonly Second[], now: Timestamp): readonly Second[] => {
  const nowMs = Date.parse(now);
  // A second after `now`, by another clock, counts too.
  return seconds.filter(({ atMs }) => nowMs - atMs < windowMs);
};

const withEnded = (seconds: readonly Second[], seen: Seen, failed: boolean): readonly Second[] => {
  const at = `${seen.at.slice(0, 19)}.000Z`;
  const recent = within(seconds, seen.at);
  const last = recent.at(-1);
  const own = last?.at === at ? last : undefined;
  const second: Second = {
    at,
    atMs: Date.parse(at),
    total: (own?.total ?? 0) + 1,
    failed: (own?.failed ?? 0) + (failed ? 1 : 0),
    first: own?.first ?? seen,
    last: seen,
    lastFailed: failed ? seen : (own?.lastFailed ?? null),
  };
  return [...(own === undefined ? recent : recent.slice(0, -1)), second];
};

const fold = (state: Rates, event: RecordedEvent): Rates => {
  if (event.type === 'GatesJudged') {
    const { gates = [] } = event.data as Judged;
    const version = gates.find(({ gate }) => gate === 'policy')?.saw?.evaluation?.bundle?.bundle_version;
    if (version === undefined) return state;
    const bundles = new Map(state.bundles).set(event.stream, version);
    for (const first of bundles.keys()) {
      if (bundles.size <= keptActions) break;
      bundles.delete(first);
    }
    return { ...state, bundles };
  }
  const bundle = state.bundles.get(event.stream);
  if (bundle === undefined) return state;
  const bundles = new Map(state.bundles);
  bundles.delete(event.stream);
  // Only the ends of executed actions count.
  if (!(executedEndTypes as readonly string[]).includes(event.type)) return { ...state, bundles };
  const seconds = withEnded(state.ended[bundle] ?? [], seenOf(event), event.type !== 'ActionCompleted');
  return { bundles, ended: withKey(state.ended, bundle, seconds) };
};

/**
 * Too many of the executions that a bundle allowed failed or were rolled back within five minutes,
 * counted by the second.
 */
export const policyErrorRate = rule<Rates>({
  name: 'policy_error_rate',
  condition:
    'More than 5 % (high) or 10 % (critical) of what a bundle let through within 5 min failed or was rolled back, of at least 10 executions',
  severity: 'critical',
  runbook: runbookOf('policy_error_rate'),
  events: { action: ['GatesJudged', ...actionEndTypes] },
  figures: ['error_rate_high_pct', 'error_rate_critical_pct', 'error_rate_actions'],
  initial: { bundles: new Map(), ended: {} },
  fold,
  judge: ({ ended }, now, { error_rate_high_pct, error_rate_critical_pct, error_rate_actions }) =>
    Object.entries(ended).flatMap(([bundle, all]): readonly Condition[] => {
      const recent = within(all, now);
      const total = recent.reduce((sum, second) => sum + second.total, 0);
      const failed = recent.reduce((sum, second) => sum + second.failed, 0);
      const [first, last] = [recent[0], recent.at(-1)];
      const cause = recent.findLast(({ lastFailed }) => lastFailed !== null)?.lastFailed;
      if (first === undefined || last === undefined || !cause || total < error_rate_actions) return [];
      if (failed * 100 <= error_rate_high_pct * total) return [];
      return [
        {
          subject: bundle,
          firing: 'rate',
          severity: failed * 100 > error_rate_critical_pct * total ? 'critical' : 'high',
          detail: `${failed} of ${total} executions that bundle ${bundle} let through failed or were rolled back within 5 min`,
          cause: cause.cause,
          evidence: between(first.first, last.last),
        },
      ];
    }),
});
