import type { JsonObject } from '@interlock/contracts';
import {
  buildContext,
  type DerivedInputs,
  type EvaluationContext,
  type RecordedInput,
} from '@interlock/policy';
import {
  blastRadiusLook,
  confidenceLook,
  defaultPostureTable,
  effectiveRisk,
  sawOf,
  type ActionState,
  type GateRecord,
  type GateSaw,
} from '@interlock/rails';

/** What a gate that asks nobody, or what it asked with, must have seen: from the intent and the gates before it. Null where nothing of it follows from these. */
export const lookAgain = (
  record: GateRecord,
  state: ActionState,
): { readonly recorded: unknown; readonly replayed: unknown } | null => {
  const { accepted } = state;
  if (accepted === null || record.verdict === 'error') return null;
  const { intent, action_type: type } = accepted;
  const prediction = sawOf(state, 'prediction')?.answer;
  const evaluation = sawOf(state, 'policy')?.evaluation;
  switch (record.gate) {
    case 'posture': {
      const { table, response, answer } = record.saw as GateSaw['posture'];
      return {
        recorded: { table, response, tenant_id: answer.tenant_id },
        replayed: {
          table: defaultPostureTable,
          response: type.handler?.service === 'posture',
          tenant_id: intent.tenant_id,
        },
      };
    }
    case 'blast_radius':
      return evaluation === undefined
        ? null
        : {
            recorded: record.saw,
            replayed: blastRadiusLook(intent, evaluation, (record.saw as GateSaw['blast_radius']).estimate),
          };
    case 'confidence':
      return evaluation === undefined || prediction === undefined
        ? null
        : { recorded: record.saw, replayed: confidenceLook(intent, type, prediction, evaluation) };
    case 'auto_approval': {
      const { fresh: _fresh, ...input } = (record.saw as GateSaw['auto_approval']).input;
      const mode = sawOf(state, 'autonomy_mode')?.answer.mode;
      if (prediction === undefined || mode === undefined) return null;
      return {
        recorded: input,
        replayed: {
          tenant_id: intent.tenant_id,
          account_id: intent.account_id,
          action_type: intent.action_type,
          confidence_score: Math.min(intent.confidence_score, prediction.confidence),
          risk_level: effectiveRisk(intent, prediction),
          autonomy_mode: mode,
          external_contact: intent.external_contact ?? type.external_contact,
          ...(intent.lifecycle_state === undefined ? {} : { lifecycle_state: intent.lifecycle_state }),
        },
      };
    }
    case 'prediction': {
      const request = (record.saw as GateSaw['prediction']).answer.input['request'] as JsonObject | undefined;
      if (request === undefined) return null;
      const { at: _at, ...asked } = request;
      return {
        recorded: asked,
        replayed: {
          action_type: intent.action_type,
          entity_id: intent.entity_id,
          parameters: intent.parameters,
          affected_entity_count: intent.affected_entity_count,
          trigger_type: intent.trigger_type ?? intent.action_type,
          incident_id: intent.incident_id ?? null,
        },
      };
    }
    case 'kill_switch':
    case 'autonomy_mode':
    case 'policy':
    case 'budget':
      return null;
  }
};

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
