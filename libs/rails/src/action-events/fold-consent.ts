import { refusalKeys } from '@interlock/contracts';
import { approvalIn, approvedBy, consentOfApproval, consentOfWindow, type EventOf } from './parts.js';
import { isOpen, type ActionState } from './stages.js';

/** Every key of an action's requester, and of the person on whose behalf it is requested. */
export const requestedAs = ({
  data: { requester, claimed_by, claimed_as = [] },
  metadata: { actor },
}: EventOf<'IntentAccepted'>): readonly string[] => [
  ...new Set([
    requester,
    ...refusalKeys(actor),
    ...(claimed_by === undefined ? [] : [claimed_by]),
    ...claimed_as,
  ]),
];

/** The budget after a walk: it is requested, or its gate has the ledger's answer. */
export const budgetAfter = (
  { budget }: ActionState,
  data: EventOf<'GatesJudged'>['data'],
): ActionState['budget'] => {
  if (data.occasion !== 'first') return budget;
  if (data.consume !== undefined) {
    const { day, request_id } = data.consume;
    return { status: 'requested', day, request_id };
  }
  const record = data.gates.find(({ gate }) => gate === 'budget');
  if (budget === null || record === undefined) return budget;
  return {
    ...budget,
    status: record.verdict === 'pass' && 'answer' in record.saw ? 'consumed' : 'not-consumed',
  };
};

export const askedForApproval = (state: ActionState, event: EventOf<'ApprovalRequested'>): ActionState =>
  isOpen(state)
    ? {
        ...state,
        status: 'AWAITING_APPROVAL',
        yes: null,
        waiting_for: null,
        approval: approvalIn(event),
      }
    : state;

/**
 * INVARIANT: an approval counts only for the request that was made, by its digest. The decider
 * never writes any other approval. Such an event is no consent, and it ends an open action.
 */
export const approved = (state: ActionState, event: EventOf<'ActionApproved'>): ActionState => {
  if (!isOpen(state)) return state;
  if (state.status !== 'AWAITING_APPROVAL' || event.data.digest !== state.approval.digest)
    return { ...state, stray_approval: true };
  const approval = approvedBy(state.approval, event);
  const yes = consentOfApproval(approval);
  return yes === null ? { ...state, approval } : { ...state, status: 'PENDING', approval, yes };
};

/** Ends the window with consent, by time or by a person. */
export const windowEnded = (
  state: ActionState,
  basis: 'elapsed' | 'confirmed',
  by: string | null,
): ActionState =>
  state.status === 'AWAITING_CONFIRMATION'
    ? { ...state, status: 'PENDING', yes: consentOfWindow(state.window, basis), confirmed_by: by }
    : state;
