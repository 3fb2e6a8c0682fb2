import { isProblem } from '@interlock/kernel';
import { rolloutDecider, type RolloutCommand, type RolloutState } from '../src/index.js';
import { goodGates, promoted, step, timeAfter } from './rollouts.js';

export const activate = (id: string): RolloutCommand => ({
  kind: 'ActivateBundle',
  bundle_id: id,
  bundle_version: `v-${id}`,
  bundle_hash: `h-${id}`,
  approval_id: `a-${id}`,
});
export const promote = (
  id: string,
  pct: number,
  over: Partial<Extract<RolloutCommand, { kind: 'PromoteCanary' }>> = {},
): RolloutCommand => ({
  kind: 'PromoteCanary',
  bundle_id: id,
  trigger: 'person',
  reason: 'clear figures',
  verdicts: goodGates(pct),
  now: timeAfter(0),
  ...over,
});
export const back = (
  id: string,
  over: Partial<Extract<RolloutCommand, { kind: 'RollBackBundle' }>> = {},
): RolloutCommand => ({
  kind: 'RollBackBundle',
  bundle_id: id,
  trigger: 'person',
  reason: 'error spike',
  verdicts: null,
  ...over,
});
export const initial = rolloutDecider.initial;
export const one = step(initial, activate('a'));
export const canary = step(one, activate('b'));
export const two = promoted(canary);
export const codeOf = (state: RolloutState, command: RolloutCommand): string => {
  try {
    rolloutDecider.decide(command, state);
    return 'done';
  } catch (error) {
    return isProblem(error) ? error.code : String(error);
  }
};
