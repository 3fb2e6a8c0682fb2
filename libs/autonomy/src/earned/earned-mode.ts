import type { AutonomyMode, Timestamp } from '@interlock/contracts';
import type { Standing } from './earned-events.js';

/** The change of a configured mode by an earned step; null if there is none. */
export type EarnedStep = {
  readonly standing: 'up' | 'down';
  /** The mode that is configured. */
  readonly configured: AutonomyMode;
  readonly since: Timestamp;
  /** The largest blast radius for a step up, in entities; null for a step down. */
  readonly up_to: number | null;
  readonly explanation: string;
};

/**
 * Applies the earned step of an account and action type to the configured mode. A signed step up
 * changes APPROVAL_REQUIRED if no more entities are affected than it covers. A step down changes
 * AUTO_EXECUTE after bad outcomes. DISABLED and PROPOSE_ONLY never change.
 * @param standing the result of `standingNow`.
 * @param affected entities that the action affects; null: unknown, so no step up applies.
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

/** The mode after a step. */
export const afterStep = (configured: AutonomyMode, step: EarnedStep | null): AutonomyMode =>
  step === null ? configured : step.standing === 'up' ? 'AUTO_EXECUTE' : 'APPROVAL_REQUIRED';
