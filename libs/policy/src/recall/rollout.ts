import type { Recall, RecalledStreams } from '@interlock/kernel';
import { bundleIdOf } from '../bundle-state.js';
import { rolloutDecider } from '../rollout.js';
import type { RolloutCommand } from '../rollout/decide.js';
import type { RolloutEvent } from '../rollout/events.js';
import type { RolloutState } from '../rollout/state.js';

/** The command that a rollout event answers; null for an activation of before there were canaries, which followed another at 100 %. */
const recallRollout: Recall<RolloutCommand, RolloutEvent, RolloutState> = ([event], _state, { tenant }) => {
  const { occurred_at: now } = event.metadata;
  switch (event.type) {
    case 'BundleActivated': {
      const { previous_bundle_id: previous, ...data } = event.data;
      if (data.bundle_id !== bundleIdOf(tenant, data.bundle_version)) return [];
      return previous !== null && data.canary_pct === 100 ? null : [{ type: 'ActivateBundle', ...data }];
    }
    case 'CanaryPromoted': {
      const { bundle_id, from_pct, to_pct, trigger, reason, verdicts } = event.data;
      return [{ type: 'PromoteCanary', bundle_id, from_pct, to_pct, trigger, reason, verdicts, now }];
    }
    case 'BundleRolledBack': {
      const { bundle_id, canary_pct, trigger, reason, verdicts, incident_id } = event.data;
      return [
        {
          type: 'RollBackBundle',
          bundle_id,
          at_pct: canary_pct,
          trigger,
          reason,
          verdicts,
          ...(incident_id === null ? {} : { incident_id }),
        },
      ];
    }
    case 'CanaryHeld': {
      const { incident_id, ...data } = event.data;
      return [{ type: 'HoldCanary', ...data, ...(incident_id === null ? {} : { incident_id }), now }];
    }
    case 'CanaryReleased':
      return [{ type: 'ReleaseCanary', ...event.data }];
    case 'PromotionScheduled':
      return [{ type: 'SchedulePromotion', bundle_id: event.data.bundle_id, at: event.data.at, now }];
    case 'PromotionUnscheduled':
      return [{ type: 'UnschedulePromotion', ...event.data }];
    case 'RolloutPaged': {
      const { bundle_version: _version, ...data } = event.data;
      return [{ type: 'PageForBundle', ...data }];
    }
    case 'PolicyBypassed':
      return [
        {
          type: 'BypassPolicy',
          reason: event.data.reason,
          minutes: (Date.parse(event.data.until) - Date.parse(now)) / 60_000,
          now,
        },
      ];
    case 'PolicyBypassEnded':
      return [{ type: 'EndBypass', reason: event.data.reason, now }];
    case 'RolloutConfigured':
      return [{ type: 'ConfigureRollout', settings: event.data.settings }];
  }
};

export const rolloutRecall: RecalledStreams<RolloutCommand, RolloutEvent, RolloutState> = {
  category: 'rollout',
  kind: 'rollout',
  decider: rolloutDecider,
  recall: recallRollout,
};
