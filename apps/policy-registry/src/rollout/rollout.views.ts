import type { CanaryStatusDto } from './rollout-answers.dto.js';
import type { Timestamp } from '@interlock/contracts';
import {
  dwellEnd,
  isHeld,
  timeNeeded,
  type ActiveBundle,
  type BundleStandings,
  type GateReport,
} from '@interlock/policy';
import type { PresentBundle } from '../bundles/present.js';
import type { RolloutNow } from './rollouts.queries.js';

export type JudgedRollout = {
  readonly now: RolloutNow;
  readonly bundle: PresentBundle;
  readonly report: GateReport | null;
};

/** Returns the status of a bundle in a rollout. */
export const standingOf = (
  state: Pick<BundleStandings, 'active' | 'canary' | 'superseded' | 'rolled_back'>,
  bundleId: string,
): { readonly status: string; readonly rollout: ActiveBundle | null } => {
  if (state.active?.bundle_id === bundleId) return { status: 'active', rollout: state.active };
  if (state.canary?.bundle_id === bundleId) return { status: 'canary', rollout: state.canary };
  const before = state.superseded.find((one) => one.bundle_id === bundleId);
  if (before !== undefined) return { status: 'superseded', rollout: { ...before, canary_pct: 0 } };
  return { status: state.rolled_back.includes(bundleId) ? 'rolled_back' : 'draft', rollout: null };
};

const later = (a: Timestamp, b: Timestamp): Timestamp => (Date.parse(a) > Date.parse(b) ? a : b);

/**
 * Estimates when the evidence will permit the next promotion, at the current rate of decisions.
 * Returns null if there is no estimate.
 */
const etaOf = (
  report: GateReport | null,
  end: Timestamp,
  since: Timestamp,
  now: Timestamp,
): Timestamp | null => {
  const ms =
    report === null || report.evidence.outcome === 'rollback'
      ? null
      : timeNeeded(report.evidence.decisions_needed, report.decisions, Date.parse(now) - Date.parse(since));
  return ms === null ? null : later(end, new Date(Date.parse(now) + ms).toISOString());
};

/** Returns the state of a bundle's rollout as the API shows it. */
export const statusView = (
  { now: { state, stages }, bundle, report }: JudgedRollout,
  time: Timestamp,
): CanaryStatusDto => {
  const { canary, settings } = state;
  const { status, rollout } = standingOf(state, bundle.bundle_id);
  const own = canary?.bundle_id === bundle.bundle_id ? canary : null;
  const stage = stages.find(({ bundle_id: id }) => id === bundle.bundle_id);
  const end = own === null ? null : dwellEnd(own, settings);
  const { split, ...counts } = stage?.counts ?? { split: null };
  return {
    bundle_id: bundle.bundle_id,
    version: bundle.content.version,
    bundle_hash: bundle.bundle_hash,
    status,
    canary_pct: rollout?.canary_pct ?? 0,
    activated_at: rollout?.activated_at ?? null,
    active_bundle_id: state.active?.bundle_id ?? null,
    stage_since: own?.stage_since ?? null,
    dwell_ends_at: end,
    dwell_remaining_s:
      end === null ? null : Math.max(0, Math.ceil((Date.parse(end) - Date.parse(time)) / 1000)),
    held: own !== null && isHeld(own, time) ? own.held : null,
    scheduled: own?.scheduled ?? null,
    counts:
      stage === undefined
        ? null
        : { ...counts, split: split === null ? null : { units: split.units, canary: split.canary } },
    gates: report,
    eta: own === null || end === null ? null : etaOf(report, end, own.stage_since, time),
    bypass: state.bypass,
    withdrawn: state.withdrawn,
    auto_promote: settings.auto_promote,
    server_time: time,
  };
};
