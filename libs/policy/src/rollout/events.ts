import type { Timestamp } from '@interlock/contracts';
import type { RolloutSettings } from './settings.js';
import type { GateReport } from './gates.js';

type Fact<Type extends string, Data> = { readonly type: Type; readonly data: Data };
type Named = { readonly bundle_id: string; readonly bundle_version: string; readonly bundle_hash: string };

/**
 * The shares of requests that a canary decides, in per cent; the last one makes it the active
 * bundle.
 */
export const canaryStages = [10, 50, 100] as const;
export type CanaryPct = (typeof canaryStages)[number];

/** The trigger of a promotion or a rollback. */
export type PromotionTrigger = 'person' | 'automatic' | 'scheduled';
export type RollbackTrigger = 'person' | 'automatic' | 'incident';

/**
 * `previous_bundle_id` is the bundle that was active; null if there was none. At 100 % it is
 * superseded; below, it stays active beside the canary.
 */
export type BundleActivated = Fact<
  'BundleActivated',
  Named & {
    readonly canary_pct: number;
    readonly approval_id: string;
    readonly previous_bundle_id: string | null;
  }
>;
/**
 * `previous_bundle_id` is the superseded bundle, only at 100 %. `early`: before the end of the
 * dwell, so that a person gave a reason.
 */
export type CanaryPromoted = Fact<
  'CanaryPromoted',
  Named & {
    readonly from_pct: CanaryPct;
    readonly to_pct: CanaryPct;
    readonly previous_bundle_id: string | null;
    readonly trigger: PromotionTrigger;
    readonly early: boolean;
    readonly reason: string | null;
    readonly verdicts: GateReport | null;
  }
>;
/**
 * From now on the previous bundle, `restored_bundle_id`, decides alone. Null if there is none; then
 * everything needs an approval. If an active bundle is rolled back, its canary ends too.
 */
export type BundleRolledBack = Fact<
  'BundleRolledBack',
  Named & {
    readonly was: 'canary' | 'active';
    readonly canary_pct: number;
    readonly restored_bundle_id: string | null;
    readonly restored_version: string | null;
    readonly withdrawn_canary_id: string | null;
    readonly trigger: RollbackTrigger;
    readonly reason: string;
    readonly verdicts: GateReport | null;
    readonly incident_id: string | null;
  }
>;
/** The canary is not promoted until it is released, or until the given time. */
export type CanaryHeld = Fact<
  'CanaryHeld',
  {
    readonly bundle_id: string;
    readonly reason: string;
    readonly until: Timestamp | null;
    readonly incident_id: string | null;
  }
>;
type CanaryReleased = Fact<'CanaryReleased', { readonly bundle_id: string; readonly reason: string }>;
export type PromotionScheduled = Fact<
  'PromotionScheduled',
  { readonly bundle_id: string; readonly to_pct: CanaryPct; readonly at: Timestamp }
>;
type PromotionUnscheduled = Fact<'PromotionUnscheduled', { readonly bundle_id: string }>;
/** An open incident requires a person to look at a bundle. */
type RolloutPaged = Fact<
  'RolloutPaged',
  {
    readonly bundle_id: string;
    readonly bundle_version: string;
    readonly incident_id: string;
    readonly reason: string;
  }
>;
/** A bypass by break-glass. `since` is when the bypass began that this event begins or extends. */
export type PolicyBypassed = Fact<
  'PolicyBypassed',
  { readonly reason: string; readonly until: Timestamp; readonly since: Timestamp }
>;
type PolicyBypassEnded = Fact<
  'PolicyBypassEnded',
  { readonly reason: 'elapsed' | 'ended'; readonly since: Timestamp }
>;
type RolloutConfigured = Fact<'RolloutConfigured', { readonly settings: RolloutSettings }>;

export type RolloutEvent =
  | BundleActivated
  | CanaryPromoted
  | BundleRolledBack
  | CanaryHeld
  | CanaryReleased
  | PromotionScheduled
  | PromotionUnscheduled
  | RolloutPaged
  | PolicyBypassed
  | PolicyBypassEnded
  | RolloutConfigured;

export const rolloutEventTypes = [
  'BundleActivated',
  'CanaryPromoted',
  'BundleRolledBack',
  'CanaryHeld',
  'CanaryReleased',
  'PromotionScheduled',
  'PromotionUnscheduled',
  'RolloutPaged',
  'PolicyBypassed',
  'PolicyBypassEnded',
  'RolloutConfigured',
] as const satisfies readonly RolloutEvent['type'][];
