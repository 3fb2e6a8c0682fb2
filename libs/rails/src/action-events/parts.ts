import { actorKey, refusalKeys, type Reason, type Timestamp } from '@interlock/contracts';
import type { Recorded } from '@interlock/kernel';
import type { ActionEvent, DigestParts, HoldRecord } from './events.js';
import { wholeGate } from '../gates/record.js';
import type { GateName, GateRecord, RecordedGate } from '../gates/table.js';

/**
 * The parts of an action that its events state directly, and the effect of each event on them. The
 * decider's state and the read model's row are both built from these. INVARIANT: the API shows
 * these parts whole, so a change here changes its answers. Data that only the decider needs belongs
 * in its own state.
 */
export type EventOf<Type extends ActionEvent['type']> = Recorded<
  Extract<ActionEvent, { readonly type: Type }>
>;

/** The last judgement of each judged gate. */
export type JudgedGates = { readonly [G in GateName]?: GateRecord<G> };
/** The service that the action waits for, and until when. */
export type Waiting = {
  readonly service: string;
  readonly gate: string;
  readonly detail: string;
  readonly expires_at: Timestamp;
};

/**
 * The consent by which an action may go on. `covered` are the holds that were shown, each with its
 * content.
 */
export type Consent = {
  readonly basis: 'allow' | 'elapsed' | 'confirmed' | 'approved';
  readonly covered: readonly HoldRecord[];
  readonly digest_parts: DigestParts | null;
};
export type WindowState = {
  /**
   * When the window's time is up. If nobody has been notified yet, this is when people are asked
   * for an explicit approval instead.
   */
  readonly due_at: Timestamp;
  /**
   * The window's length in seconds, from when somebody is notified of it; absent once its clock
   * runs.
   */
  readonly unnotified_s?: number;
  /** True if no channel of the tenant reached people when it was opened; absent otherwise. */
  readonly reaches_nobody?: true;
  readonly policy_id: string | null;
  readonly on_elapse: 'proceed' | 'expire';
  readonly holds: readonly HoldRecord[];
  readonly digest: string;
  readonly digest_parts: DigestParts;
  readonly smallest_change: readonly Reason[];
};
export type ApprovalState = {
  readonly cause: string;
  readonly holds: readonly HoldRecord[];
  readonly required: 1 | 2;
  readonly digest: string;
  readonly digest_parts: DigestParts;
  readonly requested_at: Timestamp;
  readonly expires_at: Timestamp;
  /**
   * When other people should be asked too because nobody had answered; null if that has not
   * happened.
   */
  readonly escalated_at: Timestamp | null;
  readonly approved_by: readonly string[];
  /** Every key that identifies an approver when another person is needed. */
  readonly approved_as: readonly string[];
  readonly smallest_change: readonly Reason[];
  readonly difference: readonly Reason[];
};

/** The comment on an approval, a rejection or a rollback, as the log stores it (sealed). */
export type Comment = {
  readonly on: ActionEvent['type'];
  readonly by: string;
  readonly at: Timestamp;
  readonly comment: string;
};

type ReservationTerms = {
  readonly keys: readonly string[];
  readonly held_by: readonly string[];
  readonly wait_expires_at: Timestamp;
};
export type GrantedReservation = ReservationTerms & {
  readonly status: 'granted';
  readonly fencing: string;
  readonly expires_at: Timestamp;
};
export type Reservation =
  | GrantedReservation
  | (ReservationTerms & {
      readonly status: 'requested' | 'waiting';
      readonly fencing: null;
      readonly expires_at: null;
    });

/** The latest requested turn, until it lapses or the action requests another reservation. */
export type Turn = {
  readonly number: number;
  readonly request_id: string;
  readonly status: 'requested' | 'taken';
  readonly expires_at: Timestamp;
};

/** A started execution; `tx_id` is null until the handler has applied it. */
export type Execution<Tx extends string | null = string | null> = {
  readonly request_id: string;
  readonly epoch: string;
  readonly plan_hash: string;
  readonly started_at: Timestamp;
  readonly service: string;
  readonly turn: number;
  readonly tx_id: Tx;
};

/** Replaces judgements by newer ones. */
export const withJudged = (judged: JudgedGates, records: readonly RecordedGate[]): JudgedGates => ({
  ...judged,
  ...Object.fromEntries(records.map((record) => [record.gate, wholeGate(record)])),
});

export const awaitedIn = ({
  data: { service, gate, detail, expires_at },
}: EventOf<'ServiceAwaited'>): Waiting => ({ service, gate, detail, expires_at });

/**
 * True if an action already waits for this service for this reason. A wait for another reason is
 * recorded again.
 */
export const isAwaited = (
  { waiting_for }: { readonly waiting_for: Waiting | null },
  { service, detail }: Pick<Waiting, 'service' | 'detail'>,
): boolean => waiting_for?.service === service && waiting_for.detail === detail;

export const windowIn = ({ data }: EventOf<'ConfirmationWindowOpened'>): WindowState => {
  const { due_at, policy_id, on_elapse, holds, digest, digest_parts, smallest_change } = data;
  const window = { due_at, policy_id, on_elapse, holds, digest, digest_parts, smallest_change };
  if (data.notify_within_s === undefined) return window;
  return {
    ...window,
    unnotified_s: data.window_s,
    ...(data.reaches_nobody === true ? { reaches_nobody: true } : {}),
  };
};

/**
 * Returns the window with its clock running until another time, because somebody was notified of it
 * or has extended it.
 */
export const windowUntil = (
  { unnotified_s: _, reaches_nobody: __, ...window }: WindowState,
  { data: { due_at } }: EventOf<'ConfirmationWindowStarted' | 'ConfirmationWindowExtended'>,
): WindowState => ({ ...window, due_at });

/** Returns the consent of a window that ended by time or by a person's confirmation. */
export const consentOfWindow = (
  { holds, digest_parts: parts }: WindowState,
  basis: 'elapsed' | 'confirmed',
): Consent => ({ basis, covered: holds, digest_parts: basis === 'confirmed' ? parts : null });

export const approvalIn = ({ data, metadata }: EventOf<'ApprovalRequested'>): ApprovalState => {
  const { cause, holds, digest, digest_parts, expires_at, smallest_change, difference } = data;
  return {
    cause,
    holds,
    required: data.approvals_required,
    digest,
    digest_parts,
    requested_at: metadata.occurred_at,
    expires_at,
    escalated_at: null,
    approved_by: [],
    approved_as: [],
    smallest_change,
    difference,
  };
};

/** Returns the approval with one more person's approval. */
export const approvedBy = (
  approval: ApprovalState,
  { data: { by }, metadata: { actor } }: EventOf<'ActionApproved'>,
): ApprovalState => ({
  ...approval,
  approved_by: [...approval.approved_by, by],
  approved_as: [...new Set([...approval.approved_as, by, ...refusalKeys(actor)])],
});

/** Returns the consent of an approval; null while another person's approval is needed. */
export const consentOfApproval = ({
  approved_by,
  required,
  holds,
  digest_parts,
}: ApprovalState): Consent | null =>
  approved_by.length < required ? null : { basis: 'approved', covered: holds, digest_parts };

/** Returns the approval that an action took over from its plan, with the consent that it gives. */
export const approvalOfPlan = ({
  data: { digest, digest_parts, holds, approvals_required, approved_by, approved_as, expires_at },
  metadata: { occurred_at },
}: EventOf<'PlanApprovalRecorded'>): { readonly approval: ApprovalState; readonly yes: Consent } => ({
  approval: {
    cause: 'plan',
    holds,
    required: approvals_required,
    digest,
    digest_parts,
    requested_at: occurred_at,
    expires_at,
    escalated_at: null,
    approved_by,
    approved_as,
    smallest_change: [],
    difference: [],
  },
  yes: { basis: 'approved', covered: holds, digest_parts },
});

/** The consent of an action that needed no person. */
export const unasked: Consent = { basis: 'allow', covered: [], digest_parts: null };

export const reservationIn = ({
  data: { keys, wait_expires_at },
}: EventOf<'ReservationRequested'>): Reservation => ({
  status: 'requested',
  keys,
  held_by: [],
  fencing: null,
  expires_at: null,
  wait_expires_at,
});

/**
 * Records that other actions hold the keys to be reserved. A granted reservation stays unchanged.
 */
export const reservationHeldUp = (
  reservation: Reservation | null,
  { data: { held_by } }: EventOf<'ReservationAwaited'>,
): Reservation | null =>
  reservation === null || reservation.status === 'granted'
    ? reservation
    : { ...reservation, status: 'waiting', held_by };

export const reservationGranted = (
  reservation: Reservation,
  { data: { fencing, expires_at } }: EventOf<'ReservationGranted'>,
): GrantedReservation => ({ ...reservation, status: 'granted', held_by: [], fencing, expires_at });

export const turnIn = ({ data: { turn, request_id, expires_at } }: EventOf<'TurnRequested'>): Turn => ({
  number: turn,
  request_id,
  status: 'requested',
  expires_at,
});

export const executionIn = ({ data, metadata }: EventOf<'ExecutionStarted'>): Execution<null> => {
  const { request_id, epoch, plan_hash, handler, turn } = data;
  return {
    request_id,
    epoch,
    plan_hash,
    started_at: metadata.occurred_at,
    service: handler.service,
    turn,
    tx_id: null,
  };
};

/** Returns the comments, with the event's comment if it has one. */
export const withComment = (
  comments: readonly Comment[],
  { type, data, metadata }: Recorded<ActionEvent>,
): readonly Comment[] =>
  'comment' in data && typeof data.comment === 'string'
    ? [
        ...comments,
        { on: type, by: actorKey(metadata.actor), at: metadata.occurred_at, comment: data.comment },
      ]
    : comments;
