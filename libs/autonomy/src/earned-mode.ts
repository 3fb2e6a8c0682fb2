import type { AutonomyMode, Timestamp } from '@interlock/contracts';
import type { Standing } from './earned-events.js';

/** How a configured mode was changed by what was earned; null where it was not. */
export type EarnedStep = {
  readonly standing: 'up' | 'down';
  /** The mode that is configured. */
  readonly configured: AutonomyMode;
  readonly since: Timestamp;
  /** The largest blast radius that a step up holds for, in entities; null for a step down. */
  readonly up_to: number | null;
  readonly explanation: string;
};

/**
 * The step that what an account's actions of a type have earned makes from the configured mode: up
 * from APPROVAL_REQUIRED where it is signed and no more entities are affected than it holds for,
 * down from AUTO_EXECUTE where outcomes turned. DISABLED and PROPOSE_ONLY always stand.
 * @param standing as `standingNow` gives it.
 * @param affected entities that the action affects; null: not known, so that no step up holds.
 */
export const earnedStep = (
  configured: AutonomyMode,
  standing: Standing,
  affected: number | null,
): EarnedStep | null => {
  if (standing.kind === 'configured') return null;
  const { since } = standing;
  if (standing.kind === 'up') {
    const { up_to } = standing;
    if (configured !== 'APPROVAL_REQUIRED' || affected === null || affected > up_to) return null;
    return {
      standing: 'up',
      configured,
      since,
      up_to,
      explanation: `earned by its record and signed by ${standing.by}, up to ${up_to} affected entities`,
    };
  }
  if (configured !== 'AUTO_EXECUTE') return null;
  const why = {
    failures: 'its failure rate was above the limit',
    harmful: 'a person called an action harmful',
    person: 'a person took the step',
  };
  return {
    standing: 'down',
    configured,
    since,
    up_to: null,
    explanation: `stepped down at ${since}, because ${why[standing.cause]}`,
  };
};

/** The mode with a step. */
export const afterStep = (configured: AutonomyMode, step: EarnedStep | null): AutonomyMode =>
  step === null ? configured : step.standing === 'up' ? 'AUTO_EXECUTE' : 'APPROVAL_REQUIRED';
