import type { Decider } from '@interlock/kernel';
import { decideRollout, type RolloutCommand } from './rollout/decide.js';
import { rolloutEventTypes, type RolloutEvent } from './rollout/events.js';
import { evolveRollout, initialRollout, type RolloutState } from './rollout/state.js';

/**
 * Which bundle decides: stream `rollout-<tenant>:all`, of a team `rollout-<tenant>:<team>`; one
 * active, at most one canary beside it.
 */
export const rolloutDecider: Decider<RolloutCommand, RolloutEvent, RolloutState> = {
  name: 'rollout',
  types: rolloutEventTypes,
  initial: initialRollout,
  decide: decideRollout,
  evolve: evolveRollout,
};
