import type { Timestamp } from '@interlock/contracts';
import type { Standing } from '../earned/earned-events.js';
import { afterStep, earnedStep, type EarnedStep } from '../earned/earned-mode.js';
import { modeKey, type ModeState } from './mode-config.js';
import {
  explainMode,
  levelsOf,
  lookupInStates,
  resolveMode,
  type ModeExplanation,
  type ModeQuery,
  type ResolvedMode,
} from './resolve-mode.js';

/**
 * The effective mode of an action: the configured one with the earned step of its account and type.
 * `earned` is absent if there is none.
 */
export type EffectiveMode = ResolvedMode & ModeExplanation & { readonly earned?: EarnedStep };

/** When the deciding configuration entry was written; null without one. */
const configuredAt = (
  states: ReadonlyMap<string, ModeState>,
  query: ModeQuery,
  { matched_level }: ResolvedMode,
): Timestamp | null => {
  const level = levelsOf(query).find(([number]) => number === matched_level);
  return level === undefined
    ? null
    : (states.get(level[1])?.items.get(modeKey(level[2]))?.updated_at ?? null);
};

/**
 * The present standing of an account and action type, the same for gate, explanation, record and
 * matrix. A step down holds until its own stream ends it, whatever is configured afterwards. A step
 * up holds only if the deciding entry is older than its signature, because a mode that a person
 * sets later takes precedence. Pure.
 */
export const standingNow = (
  states: ReadonlyMap<string, ModeState>,
  standing: Standing,
  query: ModeQuery,
): Standing => {
  if (standing.kind !== 'up') return standing;
  const at = configuredAt(states, query, resolveMode(lookupInStates(states), query));
  return at !== null && at > standing.since ? { kind: 'configured' } : standing;
};

/**
 * Returns the mode of an action. `states` are the configuration streams by tenant. `standing` is
 * the earned stream of the account and action type. `affected` are the entities that the action
 * affects; null if they are not known. Pure.
 */
export const effectiveMode = (
  states: ReadonlyMap<string, ModeState>,
  standing: Standing,
  query: ModeQuery,
  affected: number | null,
): EffectiveMode => {
  const resolved = resolveMode(lookupInStates(states), query);
  const step = earnedStep(resolved.mode, standingNow(states, standing, query), affected);
  const { matched_level } = resolved;
  if (step === null) return { ...resolved, ...explainMode(resolved.mode, matched_level) };
  const mode = afterStep(resolved.mode, step);
  const explained = explainMode(mode);
  const { explanation } = explainMode(resolved.mode, matched_level);
  return {
    mode,
    matched_level,
    ...explained,
    explanation: `${explained.explanation}, ${step.explanation}; configured is ${explanation}`,
    earned: step,
  };
};
