import type { Timestamp } from '@interlock/contracts';
import type { RolloutSettings } from './settings.js';
import type { GateReport } from './gates.js';

type Fact<Type extends string, Data> = { readonly type: Type; readonly data: Data };
type Named = { readonly bundle_id: string; readonly bundle_version: string; readonly bundle_hash: string };

/**
 * Shares of the requests that a canary decides, in per cent; the last one makes it the active
 * bundle.
 */
export const canaryStages = [10, 50, 100] as const;
export type CanaryPct = (typeof canaryStages)[number];

/** Who made a promotion or a rollback happen. */
export type PromotionTrigger = 'person' | 'automatic' | 'scheduled';
export type RollbackTrigger = 'person' | 'automatic' | 'incident';

/**
 * `previous_bundle_id`: the active one then; at 100 % it is superseded, below it goes on beside the
 * canary. Null where none was active.
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
 * `previous_bundle_id`: the one that is superseded, at 100 % only. `early`: before the dwell was
 * over, so a person gave a reason.
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
 * What was before decides alone from here on: `restored_bundle_id`; null where there is none, then
 * everything needs an approval. A rolled back active bundle takes the canary with it.
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
/** Not promoted until released, or until the time. */
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
/** An open incident calls for a person to look at a bundle. */
type RolloutPaged = Fact<
  'RolloutPaged',
  {
    readonly bundle_id: string;
    readonly bundle_version: string;
    readonly incident_id: string;
    readonly reason: string;
  }
>;
/** Break-glass. `since`: when the bypass began that this one begins or moves the end of. */
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
