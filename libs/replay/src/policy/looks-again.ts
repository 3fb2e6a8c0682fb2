import {
  buildContext,
  type DerivedInputs,
  type EvaluationContext,
  type RecordedInput,
} from '@interlock/policy';
import { sawOf, type ActionState } from '@interlock/rails';

/** The contexts that an evaluation for an action can have had, from its intent, its prediction, its posture and what went before: the action type's edition was the evaluator's. */
export const contextsAgain = (
  input: RecordedInput,
  state: ActionState,
  derived: DerivedInputs,
): readonly EvaluationContext[] => {
  const prediction = sawOf(state, 'prediction')?.answer;
  const posture = sawOf(state, 'posture')?.answer.effective;
  if (state.accepted === null || prediction === undefined || posture === undefined) return [];
  const { intent, action_type: type } = state.accepted;
  const request = { intent, prediction, posture, at: input.at, dry_run: intent.dry_run === true };
  const contexts = [buildContext(request, input.time_zone, derived, type.external_contact)];
  return intent.external_contact === undefined
    ? [...contexts, buildContext(request, input.time_zone, derived, !type.external_contact)]
    : contexts;
};
