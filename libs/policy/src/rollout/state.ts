import type { Timestamp } from '@interlock/contracts';
import type { Recorded } from '@interlock/kernel';
import type { RolloutEvent } from './events.js';
import { defaultRolloutSettings, type RolloutSettings } from './settings.js';
import {
  afterActivation,
  afterPromotion,
  afterRollback,
  bypassIn,
  holdIn,
  noStandings,
  ofCanary,
  scheduleIn,
  withPage,
  type BundleStandings,
  type CanaryBundle,
  type PolicyBypass,
} from './standing.js';

/** A rollout, folded from its stream, for the decider only. Read models have their own rows. */
export type RolloutState = BundleStandings & {
  readonly bypass: PolicyBypass | null;
  readonly settings: RolloutSettings;
  /** Bundle and incident of each page, so that nobody is paged twice for the same one. */
  readonly paged: readonly string[];
};

export const initialRollout: RolloutState = {
  ...noStandings,
  bypass: null,
  settings: defaultRolloutSettings,
  paged: [],
};

/** Returns the end of the present stage's minimum duration. */
export const dwellEnd = (
  { stage_since }: Pick<CanaryBundle, 'stage_since'>,
  { dwell_h }: Pick<RolloutSettings, 'dwell_h'>,
): Timestamp => new Date(Date.parse(stage_since) + dwell_h * 3_600_000).toISOString();
export const isHeld = ({ held }: Pick<CanaryBundle, 'held'>, now: Timestamp): boolean =>
  held !== null && (held.until === null || Date.parse(now) < Date.parse(held.until));

export const evolveRollout = (state: RolloutState, event: Recorded<RolloutEvent>): RolloutState => {
  switch (event.type) {
    case 'BundleActivated':
      return { ...state, ...afterActivation(state, event) };
    case 'CanaryPromoted':
      return { ...state, ...afterPromotion(state, event) };
    case 'BundleRolledBack':
      return { ...state, ...afterRollback(state, event) };
    case 'CanaryHeld':
      return { ...state, ...ofCanary(state, { held: holdIn(event) }) };
    case 'CanaryReleased':
      return { ...state, ...ofCanary(state, { held: null }) };
    case 'PromotionScheduled':
      return { ...state, ...ofCanary(state, { scheduled: scheduleIn(event) }) };
    case 'PromotionUnscheduled':
      return { ...state, ...ofCanary(state, { scheduled: null }) };
    case 'RolloutPaged':
      return { ...state, paged: withPage(state.paged, event.data) };
    case 'PolicyBypassed':
      return { ...state, bypass: bypassIn(event) };
    case 'PolicyBypassEnded':
      return { ...state, bypass: null };
    case 'RolloutConfigured':
      return { ...state, settings: event.data.settings };
  }
};
