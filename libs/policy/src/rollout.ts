import type { Decider } from '@interlock/kernel';
import { decideRollout, type RolloutCommand } from './rollout/decide.js';
import { rolloutEventTypes, type RolloutEvent } from './rollout/events.js';
import { evolveRollout, initialRollout, type RolloutState } from './rollout/state.js';

/**
 * The decider of a tenant's rollout: stream `rollout-<tenant>:all`, or `rollout-<tenant>:<team>`
 * for a team. One bundle is active, with at most one canary beside it.
 */
export const rolloutDecider: Decider<RolloutCommand, RolloutEvent, RolloutState> = {
  name: 'rollout',
  types: rolloutEventTypes,
  initial: initialRollout,
  decide: decideRollout,
  evolve: evolveRollout,
};
