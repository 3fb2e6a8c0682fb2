import { defaults, type Reason, type Timestamp } from '@interlock/contracts';
import { ProblemError, uuidV5 } from '@interlock/kernel';
import type { ActionCommand } from './action-commands.js';
import { after, withGiveBack } from './action-ends.js';
import type { ActionEvent } from './action-events.js';
import type { ActionState } from './action-state.js';

/** Asks the executor for the action's next turn; it is waited for as long as a reservation is. */
export const requestTurn = (state: ActionState, now: Timestamp): ActionEvent => {
  const turn = state.turns.requested + 1;
  return {
    type: 'TurnRequested',
    data: {
      turn,
      request_id: uuidV5(state.accepted!.action_id, 'turn', `${turn}`),
      expires_at: after(now, defaults.reservation_wait_s),
    },
  };
};

/** The executor refused the execution and sent nothing: the action ends CANCELLED and its budget is given back. */
export const refusedBy = (state: ActionState, reasons: readonly Reason[]): readonly ActionEvent[] =>
  withGiveBack(state, [
    ...applyRefused(state, reasons),
    { type: 'ActionCancelledByRefusal', data: { reasons } },
  ]);

const applyRefused = (state: ActionState, reasons: readonly Reason[]): readonly ActionEvent[] =>
  state.execution === null ? [] : [{ type: 'ApplyRefused', data: { reasons } }];

/** A turn was lost and nothing was sent under it: turn and last look are taken again, the third time the action ends. */
export const lapse = (
  state: ActionState,
  reasons: readonly Reason[],
  now: Timestamp,
): readonly ActionEvent[] => {
  const lapsed: ActionEvent = {
    type: 'TurnLapsed',
    data: { turn: state.execution?.turn ?? state.turn?.number ?? 0, reasons },
  };
  const before = [lapsed, ...applyRefused(state, reasons)];
  if (state.turns.lapsed + 1 < defaults.turns_at_most) return [...before, requestTurn(state, now)];
  const tooSlow: Reason = {
    code: 'device-too-slow',
    detail: `the first change could not be sent within ${defaults.turn_valid_ms / 1000} s of the turn, ${defaults.turns_at_most} times`,
  };
  return withGiveBack(state, [
    ...before,
    { type: 'ActionCancelledByRefusal', data: { reasons: [tooSlow, ...reasons] } },
  ]);
};

/** What the executor says while its turn is waited for. Throws `internal-error` for another action's. */
export const recordTurn = (
  { status, now }: Extract<ActionCommand, { kind: 'record_turn' }>,
  state: ActionState,
): readonly ActionEvent[] => {
  const { turn } = state;
  if (state.status !== 'PENDING' || turn?.status !== 'requested') return [];
  const { action_id: id } = state.accepted!;
  if (status.tx_id !== id)
    throw new ProblemError(
      'internal-error',
      `the handler of action \`${id}\` answered for transaction \`${status.tx_id}\``,
    );
  if (status.state === 'REFUSED')
    return refusedBy(
      state,
      status.reasons.length > 0 ? status.reasons : [{ code: 'refused', detail: 'the handler refused' }],
    );
  if (status.turn !== turn.number) return [];
  if (status.state === 'READY') return [{ type: 'TurnTaken', data: { turn: turn.number } }];
  return status.state === 'STALE' ? lapse(state, status.reasons, now) : [];
};
