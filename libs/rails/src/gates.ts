import {
  defaults,
  type ActionIntentV1,
  type ActionTypeV1,
  type AutoApproveAnswer,
  type AutoApproveRequest,
  type ConsumeAnswer,
  type EvaluationV1,
  type ImpactEstimate,
  type ModeAnswer,
  type PostureAnswer,
  type PostureLevel,
  type PredictionV1,
  type Reason,
  type RiskLevel,
} from '@interlock/contracts';
import type { Verdict } from '@interlock/kernel';
import type { KillSwitchHead } from './kill-switch.js';

export const gateNames = [
  'kill_switch',
  'posture',
  'autonomy_mode',
  'prediction',
  'policy',
  'blast_radius',
  'confidence',
  'auto_approval',
  'budget',
] as const;
/** Gates 1–9 of safety-rails.md, in their order. */
export type GateName = (typeof gateNames)[number];
export type Hold = 'approval' | 'window';

/** What each gate looked at: enough to judge it again from the event alone. */
export type GateSaw = {
  readonly kill_switch: { readonly switches: readonly KillSwitchHead[] };
  readonly posture: {
    readonly answer: PostureAnswer;
    readonly table: { readonly [level in PostureLevel]: 'pass' | 'approval' | 'deny' };
    readonly response: boolean;
  };
  readonly autonomy_mode: { readonly answer: ModeAnswer };
  readonly prediction: { readonly answer: PredictionV1 };
  readonly policy: { readonly evaluation: EvaluationV1 };
  readonly blast_radius: {
    readonly affected_entity_count: number;
    readonly estimate: ImpactEstimate | null;
    readonly policies_limit: number | null;
    readonly default_limit: number;
    readonly confirm_above_entities: number | null;
    readonly window_policy: string | null;
  };
  readonly confidence: {
    readonly intent_confidence: number;
    readonly prediction_confidence: number;
    readonly risk_level: RiskLevel;
    readonly tenant_threshold: number;
    readonly action_type_threshold: number | null;
    readonly policies_threshold: number | null;
  };
  readonly auto_approval: { readonly input: AutoApproveRequest; readonly answer: AutoApproveAnswer };
  readonly budget: { readonly answer: ConsumeAnswer } | { readonly skipped: 'dry-run' | 'person-decides' };
};

/** One look at a gate: what was seen, or that looking threw. */
export type Look =
  | { readonly [G in GateName]: { readonly gate: G; readonly saw: GateSaw[G] } }[GateName]
  | { readonly gate: GateName; readonly threw: string };

/** A judged gate, as it stands in its event. `hold` asks for a person. */
export type GateRecord = {
  readonly gate: GateName;
  readonly verdict: Verdict;
  readonly hold: Hold | null;
  readonly reasons: readonly Reason[];
  readonly saw: object;
};

type Judgement = {
  readonly verdict: Verdict;
  readonly hold: Hold | null;
  readonly reasons: readonly Reason[];
};
const pass: Judgement = { verdict: 'pass', hold: null, reasons: [] };
const fail = (...reasons: readonly Reason[]): Judgement => ({ verdict: 'fail', hold: null, reasons });
const ask = (hold: Hold, ...reasons: readonly Reason[]): Judgement => ({
  verdict: 'inconclusive',
  hold,
  reasons,
});

/** What a service answered where a number or one of some words is needed; anything else cannot be judged, and throws. */
const number = (value: unknown, what: string): number => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError(`${what} is no number`);
  return value;
};
const known = (judgement: Judgement | undefined): Judgement => {
  if (judgement === undefined) throw new TypeError('the answer is none that is known');
  return judgement;
};

/** Posture level → what gate 2 does, unless the tenant's table says otherwise. */
export const defaultPostureTable = {
  GREEN: 'pass',
  YELLOW: 'approval',
  ORANGE: 'approval',
  RED: 'deny',
} as const;

const judgePosture = ({ answer, table, response }: GateSaw['posture']): Judgement => {
  if (response) return pass;
  const reasons: readonly Reason[] = [
    { code: 'posture', detail: `effective posture is ${answer.effective}`, level: answer.effective },
    ...answer.effective_reasons,
  ];
  switch (table[answer.effective]) {
    case 'pass':
      return pass;
    case 'approval':
      return ask('approval', ...reasons);
    case 'deny':
      return fail(...reasons);
  }
};

const judgeMode = ({ answer }: GateSaw['autonomy_mode']): Judgement => {
  const reason: Reason = {
    code: answer.reason ?? 'AUTO_EXECUTE',
    detail: answer.explanation,
    policy_clause: answer.policy_clause,
    mode: answer.mode,
  };
  switch (answer.mode) {
    case 'AUTO_EXECUTE':
      return pass;
    case 'APPROVAL_REQUIRED':
      return ask('approval', reason);
    case 'PROPOSE_ONLY':
    case 'DISABLED':
      return fail(reason);
  }
};

const judgePrediction = ({ answer }: GateSaw['prediction']): Judgement => {
  number(answer.risk_score, 'the risk');
  switch (answer.basis) {
    case 'memory':
    case 'model':
    case 'no_effect':
      return pass;
    case 'heuristic':
      return ask('approval', {
        code: 'heuristic-prediction',
        detail: 'the digital twin has no memory of such an action',
      });
  }
};

const judgePolicy = ({ evaluation }: GateSaw['policy']): Judgement => {
  switch (evaluation.decision) {
    case 'ALLOW':
      return pass;
    case 'CONFIRM':
      return ask('window', ...evaluation.reasons);
    case 'NEEDS_APPROVAL':
      return ask('approval', ...evaluation.reasons);
    case 'DENY':
      return fail(...evaluation.reasons);
  }
};

/** The larger of what the intent says and what the topology says. */
export const blastRadiusOf = (saw: GateSaw['blast_radius']): number =>
  Math.max(
    saw.affected_entity_count,
    saw.estimate === null ? 0 : number(saw.estimate.affected_entity_count, 'the estimate'),
  );

const judgeBlastRadius = (saw: GateSaw['blast_radius']): Judgement => {
  const count = blastRadiusOf(saw);
  const limit = number(saw.policies_limit ?? saw.default_limit, 'the limit');
  if (count > limit)
    return fail({
      code: 'blast-radius',
      detail: `${count} entities are affected, the limit is ${limit}`,
      affected: count,
      limit,
    });
  if (saw.confirm_above_entities !== null && count > saw.confirm_above_entities) {
    return ask('window', {
      code: 'confirm-above-entities',
      detail: `${count} entities are affected, above ${saw.confirm_above_entities} a person may stop it`,
      affected: count,
      limit: saw.confirm_above_entities,
    });
  }
  return pass;
};

/** The lower of the intent's confidence and the twin's, and the highest threshold that applies to it; both 0–1. */
export const confidenceOf = (
  saw: GateSaw['confidence'],
): { readonly confidence: number; readonly threshold: number } => ({
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

const judgeConfidence = (saw: GateSaw['confidence']): Judgement => {
  const { confidence: value, threshold } = confidenceOf(saw);
  if (value >= threshold) return pass;
  return ask('approval', {
    code: 'LOW_CONFIDENCE',
    detail: `confidence is ${value}, automatic from ${threshold} at risk ${saw.risk_level}`,
    confidence: value,
    threshold,
  });
};

const judgeAutoApproval = ({ answer }: GateSaw['auto_approval']): Judgement => {
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
};

const judgeSeen = (look: Exclude<Look, { readonly threw: string }>): Judgement => {
  switch (look.gate) {
    case 'kill_switch': {
      const engaged = look.saw.switches.filter((s) => s.engaged);
      return engaged.length === 0
        ? pass
        : fail(
            ...engaged.map((s): Reason => ({
              code: 'kill-switch-engaged',
              detail: `kill switch \`${s.stream}\` is engaged`,
              stream: s.stream,
            })),
          );
    }
    case 'posture':
      return judgePosture(look.saw);
    case 'autonomy_mode':
      return judgeMode(look.saw);
    case 'prediction':
      return judgePrediction(look.saw);
    case 'policy':
      return judgePolicy(look.saw);
    case 'blast_radius':
      return judgeBlastRadius(look.saw);
    case 'confidence':
      return judgeConfidence(look.saw);
    case 'auto_approval':
      return judgeAutoApproval(look.saw);
    case 'budget':
      if ('skipped' in look.saw) return pass;
      if (typeof look.saw.answer.consumed !== 'boolean')
        throw new TypeError('the ledger says neither yes nor no');
      return look.saw.answer.consumed
        ? pass
        : ask('approval', {
            code: look.saw.answer.reason ?? 'BUDGET_EXHAUSTED',
            detail: look.saw.answer.explanation,
            limit: look.saw.answer.limit,
            count: look.saw.answer.count,
          });
  }
};

/** Judges one look: pure, so that a replay judges the same. A look that threw, or that cannot be judged, is an `error`, never skipped. */
export const judge = (look: Look): GateRecord => {
  if ('threw' in look) {
    return {
      gate: look.gate,
      verdict: 'error',
      hold: null,
      reasons: [{ code: 'gate-error', detail: look.threw, gate: look.gate }],
      saw: {},
    };
  }
  try {
    return { gate: look.gate, ...known(judgeSeen(look)), saw: look.saw };
  } catch {
    return {
      gate: look.gate,
      verdict: 'error',
      hold: null,
      reasons: [{ code: 'gate-error', detail: 'what the gate saw cannot be judged', gate: look.gate }],
      saw: look.saw,
    };
  }
};

const order: readonly RiskLevel[] = ['LOW', 'MEDIUM', 'HIGH'];
/** The higher of the intent's and the twin's risk level; the twin's where the intent names none. */
export const effectiveRisk = (intent: ActionIntentV1, prediction: PredictionV1): RiskLevel =>
  order[Math.max(order.indexOf(intent.risk_level ?? 'LOW'), order.indexOf(prediction.risk_level))] ?? 'HIGH';

/** What gate 6 looks at. */
export const blastRadiusLook = (
  intent: ActionIntentV1,
  evaluation: EvaluationV1,
  estimate: ImpactEstimate | null,
): GateSaw['blast_radius'] => ({
  affected_entity_count: intent.affected_entity_count,
  estimate,
  policies_limit: evaluation.limits.max_affected_entities,
  default_limit: defaults.blast_radius_limit,
  confirm_above_entities: evaluation.limits.confirm_above_entities,
  window_policy: evaluation.limits.window_policy,
});

/** What gate 7 looks at. */
export const confidenceLook = (
  intent: ActionIntentV1,
  type: ActionTypeV1,
  prediction: PredictionV1,
  evaluation: EvaluationV1,
): GateSaw['confidence'] => {
  const risk = effectiveRisk(intent, prediction);
  return {
    intent_confidence: intent.confidence_score,
    prediction_confidence: prediction.confidence,
    risk_level: risk,
    tenant_threshold: evaluation.confidence_thresholds[risk],
    action_type_threshold: type.min_confidence ?? null,
    policies_threshold: evaluation.limits.min_confidence,
  };
};
