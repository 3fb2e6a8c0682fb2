import type {
  ActionIntentV1,
  SeenEvaluation,
  SeenPrediction,
  RiskLevel,
  ThresholdShift,
} from '@interlock/contracts';
import { shiftedThreshold } from '@interlock/kernel';
import { coversConfidence } from './covering.js';
import { ask, need, number, pass, type GateContext, type Gate } from './gate.js';

type Sight = {
  readonly intent_confidence: number;
  readonly prediction_confidence: number;
  readonly risk_level: RiskLevel;
  readonly tenant_threshold: number;
  readonly action_type_threshold: number | null;
  readonly policies_threshold: number | null;
  /**
   * How far adaptive thresholds move the thresholds of the tenant and of the action type; absent if
   * they do not apply.
   */
  readonly threshold_shift?: ThresholdShift;
};

const order: readonly RiskLevel[] = ['LOW', 'MEDIUM', 'HIGH'];
/**
 * Returns the higher of the intent's and the twin's risk level; the twin's if the intent names
 * none.
 */
export const effectiveRisk = (intent: ActionIntentV1, prediction: SeenPrediction): RiskLevel =>
  order[Math.max(order.indexOf(intent.risk_level ?? 'LOW'), order.indexOf(prediction.risk_level))] ?? 'HIGH';

/**
 * Returns the lower of the intent's and the twin's confidence, and the highest threshold that
 * applies to it; both 0–1.
 */
export const confidenceOf = (saw: Sight): { readonly confidence: number; readonly threshold: number } => ({
  confidence: Math.min(
    saw.intent_confidence,
    number(saw.prediction_confidence, "the prediction's confidence"),
  ),
  threshold: Math.max(
    ...[saw.tenant_threshold, saw.action_type_threshold ?? 0, saw.policies_threshold ?? 0].map((one) =>
      number(one, 'a threshold'),
    ),
  ),
});

/**
 * Says whether the lower confidence is the intent's or the twin's, for a reader who knows only one
 * of the two.
 */
const bySource = ({ intent_confidence: intent, prediction_confidence: twin }: Sight): string => {
  if (intent === twin) return `${twin} by the digital twin and by the intent`;
  return twin < intent
    ? `${twin} by the digital twin (${intent} by the intent)`
    : `${intent} by the intent (${twin} by the digital twin)`;
};

/**
 * Returns the action type's own threshold. Adaptive thresholds raise it like the tenant's, but
 * never lower it.
 */
const ofType = (least: number | undefined, shift: ThresholdShift | undefined): number | null =>
  least === undefined ? null : shiftedThreshold(least, Math.max(shift?.shift ?? 0, 0));

const look = (
  { intent, type }: GateContext,
  prediction: SeenPrediction,
  { limits, confidence_thresholds, threshold_shift }: SeenEvaluation,
): Sight => {
  const risk = effectiveRisk(intent, prediction);
  return {
    intent_confidence: intent.confidence_score,
    prediction_confidence: prediction.confidence,
    risk_level: risk,
    tenant_threshold: need(confidence_thresholds, 'the thresholds')[risk],
    action_type_threshold: ofType(type.min_confidence, threshold_shift),
    policies_threshold: need(limits, 'the limits').min_confidence,
    ...(threshold_shift === undefined ? {} : { threshold_shift }),
  };
};

/** Gate 7: the intent and the digital twin are both confident enough. This gate asks no service. */
export const confidenceGate: Gate<null, Sight> = {
  see: (_answer, before) =>
    look(before, need(before.prediction, 'the prediction'), need(before.evaluation, 'the policy gate')),
  judge: (saw) => {
    const { confidence, threshold } = confidenceOf(saw);
    if (confidence >= threshold) return pass;
    return ask('approval', {
      code: 'LOW_CONFIDENCE',
      detail: `confidence is ${bySource(saw)}, automatic from ${threshold} at risk ${saw.risk_level}`,
      confidence,
      threshold,
    });
  },
  refuse: null,
  content: (saw) => ({ ...confidenceOf(saw), risk_level: saw.risk_level }),
  covers: coversConfidence,
  lookAgain: (saw, before) =>
    before.evaluation?.limits === undefined ||
    before.evaluation.confidence_thresholds === undefined ||
    before.prediction === undefined
      ? null
      : { recorded: saw, replayed: look(before, before.prediction, before.evaluation) },
  askAgain: () => [],
  tell: (saw) => [
    `intent ${saw.intent_confidence}, twin ${saw.prediction_confidence}; thresholds: tenant ${saw.tenant_threshold} at risk ${saw.risk_level}, action type ${saw.action_type_threshold ?? 'none'}, policies ${saw.policies_threshold ?? 'none'}${saw.threshold_shift === undefined ? '' : `; adaptive thresholds have moved them by ${saw.threshold_shift.shift}, revision ${saw.threshold_shift.revision}`}`,
  ],
};
