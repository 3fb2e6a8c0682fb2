import { limitsInForce, type TenantLimits } from '@interlock/contracts';
import type { IntentAcceptedData, HoldRecord } from './events.js';
import type { ActionState, NoAction } from './stages.js';
import type { GateContext } from '../gates/gate.js';
import { holdContentOf } from '../gates/record.js';
import { followsLoad } from '../gates/prediction.js';
import { gateNames, type GateName, type GateSight } from '../gates/table.js';

export const initialAction: NoAction = {
  status: 'NONE',
  accepted: null,
  accepted_at: null,
  requested_as: [],
  traceparent: null,
  gates: {},
  waiting_for: null,
  budget: null,
  planned: null,
  reserved_units: null,
  window: null,
  approval: null,
  yes: null,
  reservation: null,
  turn: null,
  turns: { requested: 0, lapsed: 0 },
  stray_approval: false,
  confirmed_by: null,
  execution: null,
  observation: null,
  validation_result: null,
  confirm: null,
  undo: null,
  reasons: [],
  effect: null,
  comments: [],
  ended_at: null,
  rollback: null,
};

/** Returns what a gate saw; undefined if it has not been judged, or if looking threw. */
export const sawOf = <G extends GateName>(
  { gates }: Pick<ActionState, 'gates'>,
  gate: G,
): GateSight[G] | undefined => {
  const record = gates[gate];
  return record === undefined || record.verdict === 'error' ? undefined : record.saw;
};

/** True if the load of the network moves the present prediction. */
export const doesLoadMove = (gates: ActionState['gates']): boolean => {
  const answer = sawOf({ gates }, 'prediction')?.answer;
  return answer !== undefined && followsLoad(answer);
};

/**
 * Lists the gates that need a person, each with the content of its hold, in the order of the gates.
 */
export const holdsOf = (gates: ActionState['gates']): readonly HoldRecord[] =>
  gateNames.flatMap((gate) => {
    const record = gates[gate];
    return record === undefined || record.hold === null
      ? []
      : [{ gate, hold: record.hold, reasons: record.reasons, content: holdContentOf(record) }];
  });

/**
 * Returns the tenant's limits as the mode gate received them; the defaults if the gate has not
 * looked.
 */
export const limitsOf = (state: Parameters<typeof sawOf>[0]): Required<TenantLimits> =>
  limitsInForce(sawOf(state, 'autonomy_mode')?.answer.limits);

/** Returns the input of a gate: the intent, and what the earlier gates saw. */
export const beforeOf = (
  { intent, action_type: type }: IntentAcceptedData,
  saw: <G extends GateName>(gate: G) => GateSight[G] | undefined,
): GateContext => ({
  intent,
  type,
  mode: saw('autonomy_mode')?.answer,
  posture: saw('posture')?.answer,
  prediction: saw('prediction')?.answer,
  evaluation: saw('policy')?.evaluation,
});
