import type {
  AutoApproveAnswer,
  AutoApproveRequest,
  JsonObject,
  JsonValue,
  ModeAnswer,
  SeenPrediction,
  Reason,
} from '@interlock/contracts';
import { isObject } from '@interlock/kernel';
import { effectiveRisk } from './confidence.js';
import { coversConfidence, same } from './covering.js';
import { ask, fail, need, pass, type GateContext, type Gate } from './gate.js';

type Sight = { readonly input: AutoApproveRequest; readonly answer: AutoApproveAnswer };

/** Returns the threshold of the configuration that decided; null if it has none. */
const thresholdOf = (config: JsonObject, risk: string): JsonValue => {
  const thresholds = config['confidence_thresholds'];
  return isObject(thresholds) ? (thresholds[risk] ?? null) : null;
};

const question = (
  { intent, type }: GateContext,
  prediction: SeenPrediction,
  mode: ModeAnswer['mode'],
): Omit<AutoApproveRequest, 'fresh'> => ({
  tenant_id: intent.tenant_id,
  account_id: intent.account_id,
  action_type: intent.action_type,
  confidence_score: Math.min(intent.confidence_score, prediction.confidence),
  risk_level: effectiveRisk(intent, prediction),
  autonomy_mode: mode,
  external_contact: intent.external_contact ?? type.external_contact,
  ...(intent.lifecycle_state === undefined ? {} : { lifecycle_state: intent.lifecycle_state }),
});

/** Returns the question to auto-approval. Throws if the prediction or the mode is missing. */
export const autoApprovalQuestion = (before: GateContext, fresh: boolean): AutoApproveRequest => ({
  ...question(before, need(before.prediction, 'the prediction'), need(before.mode, 'the mode').mode),
  fresh,
});

/** Gate 8: the tenant's settings allow the action without a person. */
export const autoApprovalGate: Gate<Sight, Sight> = {
  see: (asked) => asked,
  judge: ({ answer }) => {
    const reason: Reason = {
      code: answer.reason ?? answer.decision,
      detail: answer.explanation,
      policy_clause: answer.policy_clause ?? '',
    };
    switch (answer.decision) {
      case 'AUTO_EXECUTE':
        return pass;
      case 'REQUIRE_APPROVAL':
        return ask('approval', reason);
      case 'BLOCK':
        return fail(reason);
    }
  },
  refuse: () => ({ status: 'BLOCKED' }),
  content: ({ input, answer }) => ({
    reason: answer.reason ?? null,
    policy_clause: answer.policy_clause ?? null,
    policy_version: answer.policy_version,
    ...(answer.reason === 'LOW_CONFIDENCE'
      ? {
          confidence: input.confidence_score,
          threshold: thresholdOf(answer.config, input.risk_level),
          risk_level: input.risk_level,
        }
      : {}),
    ...(answer.reason === 'LIFECYCLE_STATE' ? { lifecycle_state: input.lifecycle_state ?? null } : {}),
  }),
  covers: (said, now, loadMoves) =>
    same(said, now, 'reason', 'policy_clause', 'policy_version') &&
    (now['reason'] !== 'LOW_CONFIDENCE' || coversConfidence(said, now, loadMoves)) &&
    (now['reason'] !== 'LIFECYCLE_STATE' || same(said, now, 'lifecycle_state')),
  lookAgain: ({ input: { fresh: _fresh, ...input } }, before) =>
    before.prediction === undefined || before.mode === undefined
      ? null
      : { recorded: input, replayed: question(before, before.prediction, before.mode.mode) },
  askAgain: (saw, asked) => asked.autoApproval(saw),
  tell: ({ answer }) => [
    `${answer.decision}: ${answer.explanation}${answer.policy_clause === undefined ? '' : ` (${answer.policy_clause})`}, settings ${answer.version}`,
  ],
};
