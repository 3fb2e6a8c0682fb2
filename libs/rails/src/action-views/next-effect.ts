import type { Timestamp } from '@interlock/contracts';
import { escalatesAt, escalationOf, expiryOf } from '../action/ends.js';
import type { ApprovalState, Reservation, Waiting, WindowState } from '../action-events/parts.js';
import { rollbackExpiry } from '../action/rollback.js';
import { temporaryUntil } from '../action/temporary.js';
import { isTakingBack, type AcceptedAction, type ActionState } from '../action-events/stages.js';
import { nextGate } from '../action/walk.js';
import type { GateName } from '../gates/table.js';
import { isRollbackPending } from '../action-events/rollback-events.js';

/**
 * The orchestrator's next effect for an action. Every effect except `walk` carries out a request
 * that one of the action's events already contains.
 */
export type Effect =
  | { readonly kind: 'walk'; readonly from: GateName }
  | { readonly kind: 'consume' }
  | { readonly kind: 'plan' }
  /** The window's clock begins once somebody has been notified of it. */
  | { readonly kind: 'await_notification' }
  | { readonly kind: 'request_approval' }
  | { readonly kind: 'reevaluate' }
  | { readonly kind: 'reserve' }
  | { readonly kind: 'request_turn' }
  | { readonly kind: 'take_turn' }
  | { readonly kind: 'last_look' }
  | { readonly kind: 'apply' }
  | { readonly kind: 'confirm' }
  | { readonly kind: 'undo' }
  /** Looks at the gates of a rollback. The last look also reads what would be changed back. */
  | { readonly kind: 'look_back'; readonly look: 'first' | 'last' }
  /** Requests the undo of a temporary change whose time is over. */
  | { readonly kind: 'end_temporary' }
  /** Asks the handler to take a completed action back. */
  | { readonly kind: 'take_back' }
  | { readonly kind: 'give_back' }
  | { readonly kind: 'release' }
  | { readonly kind: 'expire' }
  | { readonly kind: 'escalate' }
  /**
   * Nothing happens before `until`, unless something wakes the action. If `until` is null, only a
   * person or an event wakes it.
   */
  | { readonly kind: 'wait'; readonly until: Timestamp | null }
  | { readonly kind: 'none' };

/**
 * The data that determines when an action's time is up. Both the decider's state and a read model's
 * row have it.
 */
type DueParts = {
  readonly status: string;
  readonly window: Pick<WindowState, 'due_at'> | null;
  readonly approval: Pick<ApprovalState, 'expires_at'> | null;
  readonly waiting_for: Pick<Waiting, 'expires_at'> | null;
  readonly reservation: Pick<Reservation, 'status' | 'wait_expires_at'> | null;
};

/** Returns when an open action's time is up next; null if it has no deadline. */
export const dueAt = (state: DueParts): Timestamp | null => {
  if (state.status === 'AWAITING_CONFIRMATION') return state.window?.due_at ?? null;
  if (state.status === 'AWAITING_APPROVAL') return state.approval?.expires_at ?? null;
  if (state.status !== 'PENDING') return null;
  if (state.waiting_for !== null) return state.waiting_for.expires_at;
  return state.reservation?.status === 'waiting' ? state.reservation.wait_expires_at : null;
};

/** Returns the next effect of a completed action's rollback; null if none is under way. */
const rollbackEffect = (state: AcceptedAction, now: Timestamp): Effect | null => {
  if (isTakingBack(state)) return { kind: 'take_back' };
  if (!isRollbackPending(state.rollback)) return null;
  if (rollbackExpiry(state, now) !== null) return { kind: 'expire' };
  // The action's own reservation is released first, so that the rollback makes a new one.
  if (state.rollback?.status === 'approved') return { kind: 'look_back', look: 'first' };
  return state.reservation?.status === 'granted' ? { kind: 'look_back', look: 'last' } : { kind: 'reserve' };
};

/**
 * Returns the next effect, from the state alone. So it is the same for every caller, and after a
 * crash.
 */
export const nextEffect = (state: ActionState, now: Timestamp): Effect => {
  if (state.status === 'NONE') return { kind: 'none' };
  const taking = rollbackEffect(state, now);
  if (taking !== null) return taking;
  if (state.ended_at !== null) {
    if (state.reservation !== null) return { kind: 'release' };
    if (state.budget?.status === 'giving-back') return { kind: 'give_back' };
    const until = temporaryUntil(state);
    if (until === null) return { kind: 'none' };
    return now >= until ? { kind: 'end_temporary' } : { kind: 'wait', until };
  }
  if (expiryOf(state, now) !== null) return { kind: 'expire' };
  switch (state.status) {
    case 'AWAITING_APPROVAL':
      if (state.reservation !== null) return { kind: 'release' };
      return escalationOf(state, now) !== null
        ? { kind: 'escalate' }
        : { kind: 'wait', until: escalatesAt(state, state.approval) ?? dueAt(state) };
    case 'AWAITING_CONFIRMATION':
      if (state.window.unnotified_s !== undefined)
        return { kind: now >= state.window.due_at ? 'request_approval' : 'await_notification' };
      return now >= state.window.due_at ? { kind: 'reevaluate' } : { kind: 'wait', until: dueAt(state) };
    case 'PENDING': {
      const gate = nextGate(state);
      if (gate !== null)
        return state.budget?.status === 'requested' ? { kind: 'consume' } : { kind: 'walk', from: gate };
      if (state.planned === null) return { kind: 'plan' };
      if (state.reservation?.status !== 'granted') return { kind: 'reserve' };
      if (state.turn === null) return { kind: 'request_turn' };
      return state.turn.status === 'taken' ? { kind: 'last_look' } : { kind: 'take_turn' };
    }
    case 'EXECUTING':
      return { kind: 'apply' };
    case 'VALIDATING':
      return state.confirm === null ? { kind: 'apply' } : { kind: 'confirm' };
    case 'ROLLING_BACK':
      return { kind: 'undo' };
  }
};
