import { defaults, isSamePerson, type Reason, type Timestamp } from '@interlock/contracts';
import { ProblemError, uuidV5 } from '@interlock/kernel';
import type { ActionCommand } from './commands.js';
import { after, expiryOf, withGiveBack } from './ends.js';
import type { ActionEvent } from '../action-events/events.js';
import type { WindowState } from '../action-events/parts.js';
import { isOpen, type AcceptedAction } from '../action-events/stages.js';
import { reserve } from './walk.js';
import { stopRollback } from './rollback-stop.js';

type CommandOf<Kind extends ActionCommand['kind']> = Extract<ActionCommand, { kind: Kind }>;

/** Returns the comment as a member of an event's data, if there is one. */
export const said = (comment: string | null | undefined): { readonly comment?: string } =>
  comment === undefined || comment === null ? {} : { comment };

/**
 * Answers a repeated decision of the same person, and changes nothing. A new comment would be lost,
 * so a repeat with one is refused.
 */
export const repeated = (
  state: AcceptedAction,
  comment: string | null | undefined,
): readonly ActionEvent[] => {
  if (comment === undefined || comment === null || state.comments.some((known) => known.comment === comment))
    return [];
  throw new ProblemError(
    'wrong-state',
    'this was done already, and the comment was not recorded: a comment is given with the decision itself',
    { members: { state: state.status } },
  );
};

export const refuseState = (state: AcceptedAction, wanted: string): never => {
  throw new ProblemError('wrong-state', `the action is ${state.status}, not ${wanted}`, {
    members: { state: state.status },
  });
};

const keysOf = ({
  by,
  refused_as = [],
}: CommandOf<'approve' | 'confirm' | 'extend' | 'approve_rollback'>): readonly string[] => [
  by,
  ...refused_as,
];

/**
 * Refuses an approval by the person who requested the action, or on whose behalf it was requested.
 */
export const refuseRequester = (
  state: AcceptedAction,
  command: CommandOf<'approve' | 'confirm' | 'extend' | 'approve_rollback'>,
): void => {
  if (isSamePerson(keysOf(command), state.requested_as)) {
    throw new ProblemError('same-person', 'the requester of an action may not approve it');
  }
};

/** Returns the address at which people read what an action asks. */
export const requestOf = ({ accepted }: AcceptedAction): string =>
  `/api/v1/autonomous/actions/${accepted.action_id}`;

/**
 * Refuses an approval that does not name the digest of what was read. The refusal says where to
 * read it, `request`, and never what it is, so that nobody can approve by a second try without
 * reading.
 */
export const refuseDigest = (request: string, given: string | null, shown: string): void => {
  const options = { remedy: 'read what is asked there now, and send its digest', members: { request } };
  if (given === null)
    throw new ProblemError('digest-required', 'a yes needs the digest of what was looked at', options);
  if (given !== shown)
    throw new ProblemError('approval-mismatch', 'the state has changed since it was read', options);
};

export const confirm = (command: CommandOf<'confirm'>, state: AcceptedAction): readonly ActionEvent[] => {
  if (state.status !== 'AWAITING_CONFIRMATION') {
    if (state.yes?.basis !== 'confirmed' || state.window === null || state.confirmed_by !== command.by)
      return refuseState(state, 'AWAITING_CONFIRMATION');
    refuseDigest(requestOf(state), command.digest, state.window.digest);
    return repeated(state, command.comment);
  }
  refuseRequester(state, command);
  refuseDigest(requestOf(state), command.digest, state.window.digest);
  if (command.now >= state.window.due_at)
    throw new ProblemError('wrong-state', `the confirmation window closed at ${state.window.due_at}`);
  return [
    {
      type: 'ActionConfirmed',
      data: { by: command.by, digest: state.window.digest, ...said(command.comment) },
    },
    reserve(state, command.now),
  ];
};

/**
 * Returns when a window ends. A window of which nobody was notified has not begun; its due time is
 * the deadline for the notification.
 */
const windowEnd = ({ due_at: due, unnotified_s: whole }: WindowState, now: Timestamp): Timestamp => {
  if (whole === undefined) return due;
  const ends = after(now, whole);
  return ends > due ? ends : due;
};

export const extend = (command: CommandOf<'extend'>, state: AcceptedAction): readonly ActionEvent[] => {
  if (state.status !== 'AWAITING_CONFIRMATION') return refuseState(state, 'AWAITING_CONFIRMATION');
  refuseRequester(state, command);
  if (command.now >= state.window.due_at)
    throw new ProblemError('wrong-state', `the confirmation window closed at ${state.window.due_at}`);
  const due = after(windowEnd(state.window, command.now), command.seconds);
  const latest = after(command.now, defaults.approval_expiry_s);
  if (due > latest) {
    throw new ProblemError('validation-failed', 'the extension has 1 fault', {
      violations: [
        {
          pointer: '/seconds',
          detail: `must not lead beyond ${latest}: a window is open for an hour at most, then it is extended again`,
        },
      ],
    });
  }
  return [{ type: 'ConfirmationWindowExtended', data: { due_at: due, by: command.by } }];
};

export const approve = (command: CommandOf<'approve'>, state: AcceptedAction): readonly ActionEvent[] => {
  if (state.approval?.approved_by.includes(command.by) === true && state.yes?.basis === 'approved') {
    refuseDigest(requestOf(state), command.digest, state.approval.digest);
    return repeated(state, command.comment);
  }
  if (state.status !== 'AWAITING_APPROVAL') return refuseState(state, 'AWAITING_APPROVAL');
  const { approval } = state;
  refuseRequester(state, command);
  if (isSamePerson(keysOf(command), approval.approved_as))
    throw new ProblemError('same-person', 'a second person must give the second approval');
  refuseDigest(requestOf(state), command.digest, approval.digest);
  const expired = expiryOf(state, command.now);
  if (expired !== null)
    throw new ProblemError('wrong-state', `the approval expired at ${approval.expires_at}`);
  const approvals = approval.approved_by.length + 1;
  const approved: ActionEvent = {
    type: 'ActionApproved',
    data: {
      by: command.by,
      digest: approval.digest,
      approvals,
      approvals_required: approval.required,
      ...said(command.comment),
    },
  };
  return approvals < approval.required ? [approved] : [approved, reserve(state, command.now)];
};

export const reject = (command: CommandOf<'reject'>, state: AcceptedAction): readonly ActionEvent[] => {
  if (state.status === 'REJECTED') return repeated(state, command.comment);
  if (state.status !== 'AWAITING_CONFIRMATION' && state.status !== 'AWAITING_APPROVAL')
    return refuseState(state, 'AWAITING_CONFIRMATION or AWAITING_APPROVAL');
  const reasons: readonly Reason[] = [{ code: 'rejected', detail: 'a person rejected it' }];
  return withGiveBack(state, [
    { type: 'ActionRejected', data: { by: command.by, reasons, ...said(command.comment) } },
  ]);
};

/**
 * Ends an action that has not started, and requests the rollback of one that is executing or
 * validating.
 */
export const cancel = (command: CommandOf<'cancel'>, state: AcceptedAction): readonly ActionEvent[] => {
  const reasons: readonly Reason[] = [{ code: 'cancelled', detail: 'an operator cancelled it' }];
  if (isOpen(state))
    return withGiveBack(state, [
      { type: 'ActionCancelled', data: { by: command.by, reasons, ...said(command.comment) } },
    ]);
  const stopped = stopRollback(state, 'cancelled', reasons, command.now);
  if (stopped !== null) return stopped;
  if (state.status === 'CANCELLED' || state.status === 'ROLLING_BACK')
    return repeated(state, command.comment);
  return requestUndo(state, 'operator', reasons, command.comment) ?? refuseState(state, 'open or in flight');
};

/** Takes back an execution in flight; a repeat changes nothing. */
export const rollback = (command: CommandOf<'rollback'>, state: AcceptedAction): readonly ActionEvent[] => {
  if (state.status === 'ROLLING_BACK' || state.status === 'ROLLED_BACK')
    return repeated(state, command.comment);
  const reasons: readonly Reason[] = [
    { code: 'rollback-asked', detail: 'an operator asked for the rollback' },
  ];
  return (
    requestUndo(state, 'operator', reasons, command.comment) ??
    refuseState(state, 'EXECUTING or VALIDATING, before its confirm')
  );
};

/**
 * Requests the undo, unless the confirmation was already requested, because an action never gets
 * both. Null if there is nothing to undo.
 */
const requestUndo = (
  state: AcceptedAction,
  cause: 'operator' | 'kill_switch' | 'validation',
  reasons: readonly Reason[],
  comment?: string | null,
): readonly ActionEvent[] | null => {
  if (
    (state.status !== 'EXECUTING' && state.status !== 'VALIDATING') ||
    state.confirm !== null ||
    state.undo !== null
  )
    return null;
  return [
    {
      type: 'UndoRequested',
      data: { request_id: uuidV5(state.accepted.action_id, 'undo'), cause, reasons, ...said(comment) },
    },
  ];
};

export const stopByKillSwitch = (
  command: CommandOf<'stop_by_kill_switch'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  if (isOpen(state))
    return withGiveBack(state, [
      {
        type: 'ActionDenied',
        data: { gate: 'kill_switch', verdict: 'fail', status: 'CANCELLED', reasons: command.reasons },
      },
    ]);
  const stopped = stopRollback(state, 'kill_switch', command.reasons, command.now);
  if (stopped !== null) return stopped;
  return command.rollback_in_flight ? (requestUndo(state, 'kill_switch', command.reasons) ?? []) : [];
};
