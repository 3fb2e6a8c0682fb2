import { actorKey, type Timestamp } from '@interlock/contracts';
import type { Recorded } from '@interlock/kernel';
import type {
  BundleActivated,
  BundleRolledBack,
  CanaryHeld,
  CanaryPct,
  CanaryPromoted,
  PolicyBypassed,
  PromotionScheduled,
} from './events.js';

export type ActiveBundle = {
  readonly bundle_id: string;
  readonly bundle_version: string;
  readonly bundle_hash: string;
  readonly canary_pct: number;
  readonly approval_id: string;
  readonly activated_at: Timestamp;
  readonly activated_by: string;
};
/**
 * A bundle that decides a share of the requests. `stage` is the revision of the event that began
 * its present share, from which statistics count.
 */
export type CanaryBundle = ActiveBundle & {
  readonly stage: string;
  readonly stage_since: Timestamp;
  readonly held: { readonly reason: string; readonly until: Timestamp | null; readonly by: string } | null;
  readonly scheduled: { readonly to_pct: CanaryPct; readonly at: Timestamp; readonly by: string } | null;
};
/**
 * The deciding bundles, present and past. The decider's state and the read model's row share this
 * type and its fold. INVARIANT: a canary runs only beside an active bundle. The API shows these
 * parts; data that only the decider needs belongs in its own state.
 */
export type BundleStandings = {
  readonly active: ActiveBundle | null;
  readonly canary: CanaryBundle | null;
  /** The formerly active bundles, latest last. A rollback restores from them. */
  readonly superseded: readonly ActiveBundle[];
  readonly rolled_back: readonly string[];
  /** The last bundle was withdrawn without a replacement. */
  readonly withdrawn: boolean;
};
export type PolicyBypass = {
  readonly reason: string;
  readonly since: Timestamp;
  readonly until: Timestamp;
  readonly by: string;
};

export const noStandings: BundleStandings = {
  active: null,
  canary: null,
  superseded: [],
  rolled_back: [],
  withdrawn: false,
};

const bare = (
  { bundle_id, bundle_version, bundle_hash, approval_id, activated_at, activated_by }: ActiveBundle,
  canary_pct: number,
): ActiveBundle => ({
  bundle_id,
  bundle_version,
  bundle_hash,
  canary_pct,
  approval_id,
  activated_at,
  activated_by,
});

const atStage = (
  bundle: ActiveBundle,
  { metadata, revision }: Recorded<BundleActivated | CanaryPromoted>,
): CanaryBundle => ({
  ...bundle,
  stage: `${revision}`,
  stage_since: metadata.occurred_at,
  held: null,
  scheduled: null,
});

const withSuperseded = ({ active, superseded }: BundleStandings): readonly ActiveBundle[] =>
  active === null ? superseded : [...superseded, active];

export const afterActivation = (
  before: BundleStandings,
  event: Recorded<BundleActivated>,
): Partial<BundleStandings> => {
  const { previous_bundle_id: _previous, ...named } = event.data;
  const { occurred_at, actor } = event.metadata;
  const bundle = { ...named, activated_at: occurred_at, activated_by: actorKey(actor) };
  if (bundle.canary_pct < 100) return { canary: atStage(bundle, event) };
  // In logs older than canaries, a bundle followed another at 100 %.
  return { active: bundle, superseded: withSuperseded(before), withdrawn: false };
};

export const afterPromotion = (
  before: BundleStandings,
  event: Recorded<CanaryPromoted>,
): Partial<BundleStandings> => {
  const { canary } = before;
  const { to_pct: pct } = event.data;
  if (canary === null) return {};
  return pct < 100
    ? { canary: atStage({ ...canary, canary_pct: pct }, event) }
    : { canary: null, active: bare(canary, 100), superseded: withSuperseded(before) };
};

export const afterRollback = (
  { rolled_back, superseded }: BundleStandings,
  { data, metadata }: Recorded<BundleRolledBack>,
): Partial<BundleStandings> => {
  const out = {
    canary: null,
    rolled_back: [
      ...rolled_back,
      data.bundle_id,
      ...(data.withdrawn_canary_id === null ? [] : [data.withdrawn_canary_id]),
    ],
  };
  if (data.was === 'canary') return out;
  const restored = superseded.at(-1);
  return {
    ...out,
    superseded: superseded.slice(0, -1),
    withdrawn: restored === undefined,
    active:
      restored === undefined
        ? null
        : {
            ...bare(restored, 100),
            activated_at: metadata.occurred_at,
            activated_by: actorKey(metadata.actor),
          },
  };
};

/** Changes the running canary; without one, it changes nothing. */
export const ofCanary = (
  { canary }: BundleStandings,
  change: Pick<CanaryBundle, 'held'> | Pick<CanaryBundle, 'scheduled'>,
): Partial<BundleStandings> => (canary === null ? {} : { canary: { ...canary, ...change } });

export const holdIn = ({
  data: { reason, until },
  metadata,
}: Recorded<CanaryHeld>): NonNullable<CanaryBundle['held']> => ({
  reason,
  until,
  by: actorKey(metadata.actor),
});

export const scheduleIn = ({
  data: { to_pct, at },
  metadata,
}: Recorded<PromotionScheduled>): NonNullable<CanaryBundle['scheduled']> => ({
  to_pct,
  at,
  by: actorKey(metadata.actor),
});

export const bypassIn = ({
  data: { reason, since, until },
  metadata,
}: Recorded<PolicyBypassed>): PolicyBypass => ({ reason, since, until, by: actorKey(metadata.actor) });

const mostPages = 1000;
/** Returns the key of a page: its bundle and its incident. */
export const pageKey = ({
  bundle_id,
  incident_id,
}: {
  readonly bundle_id: string;
  readonly incident_id: string;
}): string => `${bundle_id} ${incident_id}`;
/** Returns the pages with a new one; only the latest are kept. */
export const withPage = (paged: readonly string[], page: Parameters<typeof pageKey>[0]): readonly string[] =>
  [...paged, pageKey(page)].slice(-mostPages);
