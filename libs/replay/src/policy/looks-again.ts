import { sameJson } from '@interlock/kernel';
import {
  buildContext,
  type DerivedInputs,
  type EvaluationContext,
  type RecordedEvaluation,
} from '@interlock/policy';
import { sawOf, type ActionState } from '@interlock/rails';

/**
 * Returns the context that an evaluation for an action had, from its intent, prediction, posture
 * and history; null if the action lacks one of them. Where the edition of the action type that the
 * evaluator used decides, the context is the recorded one if an edition explains it.
 */
export const contextAgain = (
  { input, versions: { time_zone: zone } }: RecordedEvaluation,
  state: ActionState,
  derived: DerivedInputs,
): EvaluationContext | null => {
  const prediction = sawOf(state, 'prediction')?.answer;
  const posture = sawOf(state, 'posture')?.answer.effective;
  if (
    state.accepted === null ||
    prediction === undefined ||
    posture === undefined ||
    typeof zone !== 'string'
  )
    return null;
  const { intent, action_type: type } = state.accepted;
  const request = { intent, prediction, posture, at: input.at, dry_run: intent.dry_run === true };
  const context = buildContext(request, zone, derived, type.external_contact);
  if (sameJson(context, input.context)) return input.context;
  if (intent.external_contact !== undefined) return context;
  const other = buildContext(request, zone, derived, !type.external_contact);
  return sameJson(other, input.context) ? input.context : context;
};
