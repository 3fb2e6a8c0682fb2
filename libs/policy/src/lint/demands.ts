import type { Violation } from '@interlock/contracts';
import { Questions } from './questions.js';
import type { FieldCatalogue } from '../condition/field.js';
import type { RuleV1 } from '../rules/rule.js';
import { isMajorStep } from '../rules/semver.js';
import type { LintSettings } from './settings.js';

export type Candidate = { readonly version: string; readonly rules: readonly RuleV1[] };

/**
 * Returns the tenant's own requirements that a bundle does not meet: its invariants, and a MAJOR
 * step for a more permissive bundle, if the tenant made that an error. INVARIANT: a requirement
 * that cannot be checked in reasonable time is not met.
 */
export const unmetDemands = (
  candidate: Candidate,
  previous: Candidate | undefined,
  { invariants, severities }: LintSettings,
  catalogue: FieldCatalogue,
): readonly Violation[] => {
  const questions = new Questions({
    rules: candidate.rules,
    catalogue,
    ...(previous === undefined ? {} : { other: previous.rules }),
  });
  const broken = invariants.flatMap((invariant): readonly Violation[] => {
    const { answer } = questions.answer({ kind: 'invariant', invariant });
    if (answer === 'yes') return [];
    return [
      {
        pointer: '/rules',
        code: 'invariant',
        detail: `the invariant \`${invariant.id}\` ${answer === 'no' ? 'does not hold' : 'could not be shown to hold'}${invariant.description === '' ? '' : `: ${invariant.description}`}`,
      },
    ];
  });
  if (
    severities.more_permissive !== 'error' ||
    previous === undefined ||
    isMajorStep(previous.version, candidate.version)
  )
    return broken;
  const { answer } = questions.answer({ kind: 'more_permissive' });
  if (answer === 'no') return broken;
  return [
    ...broken,
    {
      pointer: '/version',
      code: 'more-permissive',
      detail: `${answer === 'yes' ? 'it is' : 'it could not be shown not to be'} more permissive than \`${previous.version}\`, and no MAJOR step`,
    },
  ];
};
