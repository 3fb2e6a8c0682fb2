import { defaults, type Reason, type Timestamp, type TxStatus } from '@interlock/contracts';
import { ProblemError, uuidV5 } from '@interlock/kernel';
import type { ActionCommand } from './commands.js';
import { after, withGiveBack } from './ends.js';
import type { ActionEvent } from '../action-events/events.js';
import type { AcceptedAction } from '../action-events/stages.js';

/**
 * Requests the action's next turn from the executor. The action waits for it as long as for a
 * reservation.
 */
export const requestTurn = (state: AcceptedAction, now: Timestamp): ActionEvent => {
  const turn = state.turns.requested + 1;
  const expires = after(now, defaults.reservation_wait_s);
  // An approved tool call waits for its caller to fetch the result, for as long as the approval is
  // valid.
  const claimable =
    state.accepted.action_type.handler?.endpoint?.kind === 'mcp' && state.yes?.basis === 'approved'
      ? (state.approval?.expires_at ?? expires)
      : expires;
  return {
    type: 'TurnRequested',
    data: {
      turn,
      request_id: uuidV5(state.accepted.action_id, 'turn', `${turn}`),
      expires_at: claimable > expires ? claimable : expires,
    },
  };
};

/**
 * Ends the action CANCELLED, because the executor refused the execution and sent nothing. Its
 * budget is refunded.
 */
export const refusedBy = (state: AcceptedAction, reasons: readonly Reason[]): readonly ActionEvent[] =>
  withGiveBack(state, [
    ...applyRefused(state, reasons),
    { type: 'ActionCancelledByRefusal', data: { reasons } },
  ]);

const applyRefused = (state: AcceptedAction, reasons: readonly Reason[]): readonly ActionEvent[] =>
  state.execution === null ? [] : [{ type: 'ApplyRefused', data: { reasons } }];

/**
 * Records that a turn was lost before anything was sent under it. The turn and the last look are
 * repeated; after the third loss the action ends.
 */
export const lapse = (
  state: AcceptedAction,
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

/** Throws `internal-error` if a handler's answer is about another action. */
export const checkAnswer = ({ tx_id }: Pick<TxStatus, 'tx_id'>, actionId: string): void => {
  if (tx_id !== actionId)
    throw new ProblemError(
      'internal-error',
      `the handler of action \`${actionId}\` answered for another one`,
    );
};

/**
 * Records the executor's answer while the action waits for its turn. Throws `internal-error` if the
 * answer is about another action.
 */
export const recordTurn = (
  { status, now }: Extract<ActionCommand, { kind: 'record_turn' }>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  const { turn } = state;
  if (state.status !== 'PENDING' || turn?.status !== 'requested') return [];
  const { action_id: id } = state.accepted;
  checkAnswer(status, id);
  if (status.state === 'REFUSED')
    return refusedBy(
      state,
      status.reasons.length > 0 ? status.reasons : [{ code: 'refused', detail: 'the handler refused' }],
    );
  if (status.turn !== turn.number) return [];
  if (status.state === 'READY') return [{ type: 'TurnTaken', data: { turn: turn.number } }];
  return status.state === 'STALE' ? lapse(state, status.reasons, now) : [];
};
