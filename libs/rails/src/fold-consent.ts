import { refusalKeys } from '@interlock/contracts';
import type { Recorded } from '@interlock/kernel';
import type { ActionEvent } from './action-events.js';
import { isOpen, type ActionState, type Consent } from './action-stages.js';
import type { GateRecord } from './gates/table.js';

type EventOf<Type extends ActionEvent['type']> = Recorded<Extract<ActionEvent, { readonly type: Type }>>;

/** Every key of who requested an action, and of who is said to have. */
export const requestedAs = ({
  data: { requester, claimed_by, claimed_as = [] },
  metadata: { actor },
}: EventOf<'IntentAccepted'>): readonly string[] => [
  ...new Set([requester, ...refusalKeys(actor), ...(claimed_by === null ? [] : [claimed_by]), ...claimed_as]),
];

/** What a judged gate leaves of the budget. */
export const budgetAfter = (state: ActionState, record: GateRecord): ActionState['budget'] => {
  if (state.budget === null || record.gate !== 'budget') return state.budget;
  return {
    ...state.budget,
    status: record.verdict === 'pass' && 'answer' in record.saw ? 'consumed' : 'not-consumed',
  };
};

export const askedForApproval = (state: ActionState, { data }: EventOf<'ApprovalRequested'>): ActionState => {
  if (!isOpen(state)) return state;
  const { cause, holds, digest, digest_parts, expires_at, smallest_change, difference } = data;
  return {
    ...state,
    status: 'AWAITING_APPROVAL',
    yes: null,
    waiting_for: null,
    approval: {
      cause,
      holds,
      required: data.approvals_required,
      digest,
      digest_parts,
      expires_at,
      approved_by: [],
      approved_as: [],
      smallest_change,
      difference,
    },
  };
};

export const approved = (state: ActionState, event: EventOf<'ActionApproved'>): ActionState => {
  if (state.status !== 'AWAITING_APPROVAL') return state;
  // A read model may hold the state as an earlier release folded it.
  const before = (state.approval.approved_as as readonly string[] | undefined) ?? state.approval.approved_by;
  const approval = {
    ...state.approval,
    approved_by: [...state.approval.approved_by, event.data.by],
    approved_as: [...new Set([...before, event.data.by, ...refusalKeys(event.metadata.actor)])],
  };
  if (approval.approved_by.length < approval.required) return { ...state, approval };
  return {
    ...state,
    status: 'PENDING',
    approval,
    yes: { basis: 'approved', covered: approval.holds, digest_parts: approval.digest_parts },
  };
};

/** The window ended with a yes, by time or by a person. */
export const confirmed = (state: ActionState, basis: 'elapsed' | 'confirmed'): ActionState => {
  if (state.status !== 'AWAITING_CONFIRMATION') return state;
  const { holds, digest_parts: parts } = state.window;
  return {
    ...state,
    status: 'PENDING',
    yes: { basis, covered: holds, digest_parts: basis === 'confirmed' ? parts : null },
  };
};

/** The consent of an action that nobody needed to be asked about. */
export const unasked: Consent = { basis: 'allow', covered: [], digest_parts: null };
