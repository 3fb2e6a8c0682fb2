import type { JsonObject, JsonValue } from '@interlock/contracts';
import type { HoldRecord } from '../action-events/events.js';
import type { JudgedGates } from '../action-events/parts.js';
import { sawOf } from '../action-events/state.js';
import { blastRadiusOf } from '../gates/blast-radius.js';
import { confidenceOf } from '../gates/confidence.js';
import { postureTableOf } from '../gates/posture.js';
import type { GateName } from '../gates/table.js';

/**
 * A figure of a gate that asks for a person: its value, and the value at which the gate would not
 * ask. `by` is the rule or policy that sets the latter.
 */
export type AutomaticIf = {
  readonly gate: GateName;
  readonly figure: string;
  readonly is: JsonValue;
  readonly automatic: { readonly op: string; readonly value: JsonValue };
  readonly by?: string;
};

const figure = (
  gate: GateName,
  name: string,
  is: JsonValue,
  op: string,
  value: JsonValue,
): readonly AutomaticIf[] => [{ gate, figure: name, is, automatic: { op, value } }];

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const json = (value: unknown): JsonValue =>
  value === undefined ? null : (JSON.parse(JSON.stringify(value)) as JsonValue);

/**
 * Returns the rules and policies that would allow the action but for one condition that did not
 * match.
 */
const ofPolicy = (gates: JudgedGates): readonly AutomaticIf[] =>
  (sawOf({ gates }, 'policy')?.evaluation.near_misses ?? []).flatMap((miss): readonly AutomaticIf[] => {
    const { rule_id, policy_id, effect, decision, field, op, value, actual } = miss;
    const name = text(field);
    const operator = text(op);
    if ((effect !== 'allow' && decision !== 'ALLOW') || name === undefined || operator === undefined)
      return [];
    const by = text(rule_id) ?? text(policy_id);
    return [
      {
        gate: 'policy',
        figure: name,
        is: json(actual),
        automatic: { op: operator, value: json(value) },
        ...(by === undefined ? {} : { by }),
      },
    ];
  });

const ofAutoApproval = (gates: JudgedGates): readonly AutomaticIf[] => {
  const saw = sawOf({ gates }, 'auto_approval');
  if (saw === undefined || saw.answer.decision === 'AUTO_EXECUTE') return [];
  const { input, answer } = saw;
  const { confidence_thresholds: thresholds, automatic_lifecycle_states: states } = answer.config;
  const threshold = isObject(thresholds) ? thresholds[input.risk_level] : undefined;
  const of = (name: string, is: JsonValue, op: string, value: JsonValue): readonly AutomaticIf[] =>
    figure('auto_approval', name, is, op, value);
  switch (answer.reason) {
    case 'LOW_CONFIDENCE':
      return of('confidence_score', input.confidence_score, '>=', json(threshold));
    case 'RISK_LEVEL_HIGH':
      return of('risk_level', input.risk_level, 'in', ['LOW', 'MEDIUM']);
    case 'EXTERNAL_CONTACT':
      return of('external_contact', input.external_contact, '==', false);
    case 'LIFECYCLE_STATE':
      return of('lifecycle_state', input.lifecycle_state ?? null, 'in', json(states));
    case 'TENANT_POLICY':
      return of('kill_switch', json(answer.config['kill_switch']), '==', false);
    default:
      return of('autonomy_mode', input.autonomy_mode, '==', 'AUTO_EXECUTE');
  }
};

const ofBudget = (gates: JudgedGates): readonly AutomaticIf[] => {
  const saw = sawOf({ gates }, 'budget');
  if (saw === undefined) return [];
  const consumed = (is: boolean | null): readonly AutomaticIf[] =>
    figure('budget', 'consumed', is, '==', true);
  // Nothing was consumed, because a person decides. So nobody looked how much budget was left.
  if ('skipped' in saw) return saw.skipped === 'person-decides' ? consumed(null) : [];
  const { consumed: isConsumed, count, limit, type_count, type_limit } = saw.answer;
  if (isConsumed) return [];
  if (type_limit !== null && type_count >= type_limit)
    return type_limit === 0
      ? figure('budget', 'type_limit', 0, '>', 0)
      : figure('budget', 'type_count', type_count, '<', type_limit);
  if (limit === 0) return figure('budget', 'limit', 0, '>', 0);
  // Neither count is used up. The limit is the day's cost, compute or entities, which the
  // explanation names.
  return count >= limit ? figure('budget', 'count', count, '<', limit) : consumed(false);
};

const ofBlastRadius = (gates: JudgedGates): readonly AutomaticIf[] => {
  const saw = sawOf({ gates }, 'blast_radius');
  if (saw === undefined) return [];
  const affected = blastRadiusOf(saw);
  const missed = [saw.earned_limit ?? null, saw.confirm_above_entities].filter(
    (limit) => limit !== null && affected > limit,
  );
  return [
    ...(saw.estimate?.lacks_slices === true
      ? figure('blast_radius', 'slices', 'unknown', '==', 'registered')
      : []),
    ...(missed.length === 0
      ? []
      : figure('blast_radius', 'affected', affected, '<=', Math.min(...missed.map(Number)))),
  ];
};

const ofGate = (gate: GateName, gates: JudgedGates): readonly AutomaticIf[] => {
  switch (gate) {
    case 'kill_switch':
      return [];
    case 'posture': {
      const saw = sawOf({ gates }, 'posture');
      if (saw === undefined) return [];
      const levels = Object.entries(postureTableOf(saw.answer)).flatMap(([level, does]) =>
        does === 'pass' ? [level] : [],
      );
      return figure(gate, 'effective', saw.answer.effective, 'in', levels);
    }
    case 'autonomy_mode': {
      const mode = sawOf({ gates }, 'autonomy_mode')?.answer.mode;
      return mode === undefined ? [] : figure(gate, 'mode', mode, '==', 'AUTO_EXECUTE');
    }
    case 'prediction': {
      const answer = sawOf({ gates }, 'prediction')?.answer;
      if (answer === undefined) return [];
      if (answer.lost_vote !== undefined)
        return figure(gate, 'misses', answer.lost_vote.misses, '<=', answer.lost_vote.most_misses);
      if (answer.lacks_state === true) return figure(gate, 'network_state', 'unknown', '==', 'known');
      return figure(gate, 'basis', answer.basis, 'in', ['memory', 'model', 'no_effect']);
    }
    case 'policy':
      return ofPolicy(gates);
    case 'blast_radius':
      return ofBlastRadius(gates);
    case 'confidence': {
      const saw = sawOf({ gates }, 'confidence');
      if (saw === undefined) return [];
      const { confidence, threshold } = confidenceOf(saw);
      return figure(gate, 'confidence', confidence, '>=', threshold);
    }
    case 'auto_approval':
      return ofAutoApproval(gates);
    case 'budget':
      return ofBudget(gates);
  }
};

/**
 * Returns the values that would have made an action automatic: for each gate that asks, the
 * observed value and the bound that it missed. They are computed from the gates' records. A gate
 * that asks for a reason without a value is absent. If a person decides, the budget was not looked
 * at, and appears with `is` null.
 */
export const automaticIf = (gates: JudgedGates, holds: readonly HoldRecord[]): readonly AutomaticIf[] => {
  if (holds.length === 0) return [];
  const asking = [...new Set<GateName>([...holds.map(({ gate }) => gate), 'budget'])];
  const irreversible = holds.some(({ content }) => content?.['irreversible'] !== undefined);
  return [
    ...asking.flatMap((gate) => ofGate(gate, gates)),
    ...(irreversible ? figure('auto_approval', 'reversible', false, '==', true) : []),
  ];
};
