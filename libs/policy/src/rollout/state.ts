import { actorKey, type Timestamp } from '@interlock/contracts';
import type { Recorded } from '@interlock/kernel';
import type { BundleActivated, BundleRolledBack, CanaryPct, CanaryPromoted, RolloutEvent } from './events.js';
import { defaultRolloutSettings, type RolloutSettings } from './settings.js';

export type ActiveBundle = {
  readonly bundle_id: string;
  readonly bundle_version: string;
  readonly bundle_hash: string;
  readonly canary_pct: number;
  readonly approval_id: string;
  readonly activated_at: Timestamp;
  readonly activated_by: string;
};
/** A bundle that decides a share of the requests. `stage`: revision of the event that began its present share, since when statistics count. */
export type CanaryBundle = ActiveBundle & {
  readonly stage: string;
  readonly stage_since: Timestamp;
  readonly held: { readonly reason: string; readonly until: Timestamp | null; readonly by: string } | null;
  readonly scheduled: { readonly to_pct: CanaryPct; readonly at: Timestamp; readonly by: string } | null;
};
/** Who decides. INVARIANT: a canary runs only beside an active bundle. */
export type RolloutState = {
  readonly active: ActiveBundle | null;
  readonly canary: CanaryBundle | null;
  /** Those that were active before, the latest last: what a rollback restores. */
  readonly superseded: readonly ActiveBundle[];
  readonly rolled_back: readonly string[];
  /** The last bundle was taken out and none came in its place. */
  readonly withdrawn: boolean;
  readonly bypass: {
    readonly reason: string;
    readonly since: Timestamp;
    readonly until: Timestamp;
    readonly by: string;
  } | null;
  readonly settings: RolloutSettings;
  /** Bundle and incident of each page, so that nobody is paged twice for the same. */
  readonly paged: readonly string[];
};

export const initialRollout: RolloutState = {
  active: null,
  canary: null,
  superseded: [],
  rolled_back: [],
  withdrawn: false,
  bypass: null,
  settings: defaultRolloutSettings,
  paged: [],
};

/** When the present stage has lasted as long as it must. */
export const dwellEnd = ({ stage_since }: CanaryBundle, { dwell_h }: RolloutSettings): Timestamp =>
  new Date(Date.parse(stage_since) + dwell_h * 3_600_000).toISOString();
export const isHeld = ({ held }: CanaryBundle, now: Timestamp): boolean =>
  held !== null && (held.until === null || Date.parse(now) < Date.parse(held.until));

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

const activated = (
  state: RolloutState,
  { data, metadata, revision }: Recorded<BundleActivated>,
): RolloutState => {
  const { previous_bundle_id: _previous, ...named } = data;
  const bundle = { ...named, activated_at: metadata.occurred_at, activated_by: actorKey(metadata.actor) };
  if (data.canary_pct < 100)
    return {
      ...state,
      canary: {
        ...bundle,
        stage: `${revision}`,
        stage_since: metadata.occurred_at,
        held: null,
        scheduled: null,
      },
    };
  // Before there were canaries a bundle followed another at 100 %.
  return {
    ...state,
    active: bundle,
    superseded: state.active === null ? state.superseded : [...state.superseded, state.active],
    withdrawn: false,
  };
};

const promoted = (
  state: RolloutState,
  { data, metadata, revision }: Recorded<CanaryPromoted>,
): RolloutState => {
  const { canary, active } = state;
  if (canary === null) return state;
  if (data.to_pct < 100)
    return {
      ...state,
      canary: {
        ...canary,
        canary_pct: data.to_pct,
        stage: `${revision}`,
        stage_since: metadata.occurred_at,
        held: null,
        scheduled: null,
      },
    };
  return {
    ...state,
    canary: null,
    active: bare(canary, 100),
    superseded: active === null ? state.superseded : [...state.superseded, active],
  };
};

const rolledBack = (state: RolloutState, { data, metadata }: Recorded<BundleRolledBack>): RolloutState => {
  const out = {
    ...state,
    canary: null,
    rolled_back: [
      ...state.rolled_back,
      data.bundle_id,
      ...(data.withdrawn_canary_id === null ? [] : [data.withdrawn_canary_id]),
    ],
  };
  if (data.was === 'canary') return out;
  const restored = state.superseded.at(-1);
  return {
    ...out,
    superseded: state.superseded.slice(0, -1),
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

export const evolveRollout = (state: RolloutState, event: Recorded<RolloutEvent>): RolloutState => {
  const by = actorKey(event.metadata.actor);
  const canary = (change: Partial<CanaryBundle>): RolloutState =>
    state.canary === null ? state : { ...state, canary: { ...state.canary, ...change } };
  switch (event.type) {
    case 'BundleActivated':
      return activated(state, event);
    case 'CanaryPromoted':
      return promoted(state, event);
    case 'BundleRolledBack':
      return rolledBack(state, event);
    case 'CanaryHeld':
      return canary({ held: { reason: event.data.reason, until: event.data.until, by } });
    case 'CanaryReleased':
      return canary({ held: null });
    case 'PromotionScheduled':
      return canary({ scheduled: { to_pct: event.data.to_pct, at: event.data.at, by } });
    case 'PromotionUnscheduled':
      return canary({ scheduled: null });
    case 'RolloutPaged':
      return { ...state, paged: [...state.paged, pageKey(event.data)].slice(-mostPages) };
    case 'PolicyBypassed':
      return { ...state, bypass: { ...event.data, by } };
    case 'PolicyBypassEnded':
      return { ...state, bypass: null };
    case 'RolloutConfigured':
      return { ...state, settings: event.data.settings };
  }
};

const mostPages = 1000;
export const pageKey = ({
  bundle_id,
  incident_id,
}: {
  readonly bundle_id: string;
  readonly incident_id: string;
}): string => `${bundle_id} ${incident_id}`;
