import {
  buildContext,
  type DerivedInputs,
  type EvaluationContext,
  type RecordedEvaluation,
} from '@interlock/policy';
import { sawOf, type ActionState } from '@interlock/rails';

/**
 * Returns the contexts that an evaluation for an action may have had, from its intent, prediction,
 * posture and history. The edition of the action type is the one that the evaluator used.
 */
export const contextsAgain = (
  { input, versions: { time_zone: zone } }: RecordedEvaluation,
  state: ActionState,
  derived: DerivedInputs,
): readonly EvaluationContext[] => {
  const prediction = sawOf(state, 'prediction')?.answer;
  const posture = sawOf(state, 'posture')?.answer.effective;
  if (
    state.accepted === null ||
    prediction === undefined ||
    posture === undefined ||
    typeof zone !== 'string'
  )
    return [];
  const { intent, action_type: type } = state.accepted;
  const request = { intent, prediction, posture, at: input.at, dry_run: intent.dry_run === true };
  const contexts = [buildContext(request, zone, derived, type.external_contact)];
  return intent.external_contact === undefined
    ? [...contexts, buildContext(request, zone, derived, !type.external_contact)]
    : contexts;
};
