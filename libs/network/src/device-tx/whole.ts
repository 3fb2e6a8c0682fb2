import type { LeafChange, Reason, TxState, TxStatus } from '@interlock/contracts';
import { contentHash, isWorkOver } from '@interlock/kernel';
import type { DeviceTxCommand } from './events.js';
import { noTransaction, txStage, type DeviceTxState, type TxPhase } from './state.js';

/*
 * A change of several devices. Each device has one transaction, and the action's own stream
 * requests turn, start, confirm and undo of all of them
 * (docs/adr/0011-changes-of-several-devices.md).
 */

/** Returns the id of a part's transaction. Parts are numbered from 1 in commit order. */
export const partTxId = (actionId: string, number: number): string => `${actionId}.${number}`;

/** True if the transaction is one part of a change. */
export const isPart = (txId: string): boolean => txId.includes('.');

/** Returns the hash of a plan, from the hashes of its parts in commit order. */
export const wholePlanHash = (parts: readonly string[]): string => contentHash({ parts });

/** The requests in the action's own stream. */
export type WholeRequest = {
  readonly turn: { readonly turn: number } | null;
  readonly confirm_request: string | null;
  readonly undo_request: string | null;
  readonly rollback: { readonly request_id: string } | null;
  readonly ended: boolean;
};

/** The next step, with the number of the part that it concerns. */
export type PartStep =
  | { readonly kind: 'accept_turn'; readonly number: number }
  | { readonly kind: 'accept_apply'; readonly number: number }
  | { readonly kind: 'command'; readonly number: number; readonly command: DeviceTxCommand };

const bad: ReadonlySet<TxPhase> = new Set<TxPhase>([
  'lapsed',
  'refused',
  'failed',
  'rolled_back',
  'rollback_failed',
]);
const applied: ReadonlySet<TxPhase> = new Set<TxPhase>([
  'tentative',
  'observed',
  'confirm_requested',
  'confirmed',
]);

/**
 * Returns the parts under the latest turn. A part that lapsed in an earlier turn counts as not
 * begun.
 */
const atTurn = (parts: readonly DeviceTxState[], asked: number): readonly DeviceTxState[] => {
  const latest = Math.max(asked, ...parts.map(({ turn }) => turn?.turn ?? 0));
  return parts.map((part) =>
    part.phase === 'lapsed' && (part.turn?.turn ?? 0) < latest ? noTransaction : part,
  );
};

/** The reason code of a part that is taken back because another device failed. */
const elsewhere = 'other-device-failed';
const becauseOf = (devices: readonly string[], parts: readonly DeviceTxState[]): readonly Reason[] => {
  const at = parts.findIndex(({ phase, reasons }) => bad.has(phase) && !reasons.some(isElsewhere));
  const why = parts[at]?.reasons[0]?.detail ?? 'its part of the change is gone';
  return [{ code: elsewhere, detail: `device \`${devices[Math.max(0, at)]}\`: ${why}` }];
};
const isElsewhere = ({ code }: Reason): boolean => code === elsewhere;

/** Returns the command that takes one part back; undefined if nothing is left to request. */
const takeBack = (
  { phase }: DeviceTxState,
  undo: string | null,
  reasons: readonly Reason[],
): DeviceTxCommand | undefined => {
  const undone: readonly Reason[] = [
    { code: 'undone', detail: 'the action was taken back before anything was sent' },
  ];
  switch (phase) {
    case 'none':
    case 'lapsed':
      return undo === null ? undefined : { kind: 'RefuseApply', request_id: undo, reasons: undone };
    case 'turn_accepted':
    case 'turn_taken':
    case 'prepared':
      return undo === null
        ? { kind: 'RecordLapse', reasons }
        : { kind: 'RefuseApply', request_id: undo, reasons: undone };
    case 'commit_requested':
    case 'tentative':
    case 'observed':
      return undo === null
        ? { kind: 'TakeBack', reasons }
        : {
            kind: 'RequestUndo',
            request_id: undo,
            reasons: [{ code: 'undo-requested', detail: 'the action asked to take it back' }],
          };
    case 'confirm_requested':
      return { kind: 'TakeBack', reasons };
    case 'confirmed':
      return { kind: 'RequestInverseEdit', reasons };
    case 'cancel_requested':
    case 'inverse_requested':
    case 'rolled_back':
    case 'refused':
    case 'failed':
    case 'rollback_failed':
      return undefined;
  }
};

const isTakingBack = ({ phase }: DeviceTxState): boolean =>
  phase === 'cancel_requested' || phase === 'inverse_requested';

/**
 * Returns the next step in the rollback of a completed action. It goes part by part, last commit
 * first.
 */
const rollbackStep = (parts: readonly DeviceTxState[], requestId: string): PartStep | undefined => {
  for (let number = parts.length; number > 0; number -= 1) {
    const part = parts[number - 1]!;
    if (isTakingBack(part)) return undefined;
    if (part.phase !== 'confirmed') continue;
    if (part.rollback?.request_id === requestId) return undefined;
    const reasons = [{ code: 'undo-requested', detail: 'the action asked to take it back' }];
    return {
      kind: 'command',
      number,
      command: { kind: 'RequestUndo', request_id: requestId, reasons, rollback: true },
    };
  }
  return undefined;
};

/**
 * Returns the next step of a change, from the journals of its parts and the requests of its action;
 * undefined if the change must wait. Turns are taken in the order of the device ids, so that two
 * changes never wait for each other. Commits and confirms follow the order of `devices`; taking
 * back goes in reverse order.
 */
export const nextPartStep = (
  devices: readonly string[],
  journals: readonly DeviceTxState[],
  asked: WholeRequest,
): PartStep | undefined => {
  if (asked.rollback !== null) return rollbackStep(journals, asked.rollback.request_id);
  const parts = atTurn(journals, asked.turn?.turn ?? 0);
  const { undo_request: undo } = asked;
  if (undo !== null || parts.some(({ phase }) => bad.has(phase))) {
    const reasons =
      undo === null
        ? becauseOf(devices, parts)
        : [{ code: 'undo-requested', detail: 'the action asked to take it back' }];
    for (let number = parts.length; number > 0; number -= 1) {
      const part = parts[number - 1]!;
      if (isTakingBack(part)) return undefined;
      const command = takeBack(part, undo, reasons);
      if (command !== undefined) return { kind: 'command', number, command };
    }
    return undefined;
  }
  const inLockOrder = devices.map((_, i) => i).toSorted((a, b) => (devices[a]! < devices[b]! ? -1 : 1));
  for (const i of inLockOrder) {
    const { phase } = parts[i]!;
    if (phase === 'turn_accepted') return undefined;
    if (phase !== 'none') continue;
    return asked.turn === null || asked.ended ? undefined : { kind: 'accept_turn', number: i + 1 };
  }
  // The handler's `apply` begins the first part; the others follow it.
  if (!parts.some(({ phase }) => phase !== 'turn_taken')) return undefined;
  for (const [i, { phase }] of parts.entries()) {
    if (phase === 'turn_taken') return { kind: 'accept_apply', number: i + 1 };
    if (!applied.has(phase)) return undefined;
  }
  const { confirm_request: confirm } = asked;
  if (confirm === null || parts.some(({ phase }) => phase === 'tentative')) return undefined;
  for (const [i, { phase }] of parts.entries()) {
    if (phase === 'observed')
      return { kind: 'command', number: i + 1, command: { kind: 'RequestConfirm', request_id: confirm } };
    if (phase !== 'confirmed') return undefined;
  }
  return undefined;
};

/** The phases of a part that was never begun. */
const turnPhases: ReadonlySet<TxPhase> = new Set<TxPhase>([
  'none',
  'turn_accepted',
  'turn_taken',
  'lapsed',
  'refused',
]);

const stateOfAll = (parts: readonly DeviceTxState[]): TxState => {
  const all = (is: (part: DeviceTxState) => boolean): boolean => parts.every(is);
  const some = (...phases: readonly TxPhase[]): boolean => parts.some(({ phase }) => phases.includes(phase));
  const isOver = all((part) => isWorkOver(txStage(part)) && part.phase !== 'none');
  if (all(({ phase }) => phase === 'none')) return 'NONE';
  if (all(({ phase }) => phase === 'confirmed')) return 'CONFIRMED';
  if (some('confirmed') && parts.some(({ rollback }) => rollback?.is_refused === true))
    return isOver ? 'ROLLBACK_FAILED' : 'OBSERVED';
  if (isOver && !some('confirmed')) {
    if (some('rollback_failed')) return 'ROLLBACK_FAILED';
    if (some('rolled_back', 'failed'))
      return all(({ applied_at, phase }) => applied_at !== null && phase !== 'failed')
        ? 'ROLLED_BACK'
        : 'FAILED';
    return some('refused') ? 'REFUSED' : 'STALE';
  }
  if (all(({ phase }) => phase === 'turn_taken')) return 'READY';
  if (all(({ phase }) => turnPhases.has(phase))) {
    if (some('turn_accepted', 'turn_taken')) return 'QUEUED';
    return some('refused') ? 'REFUSED' : some('lapsed') ? 'STALE' : 'QUEUED';
  }
  if (all(({ observation }) => observation !== null)) return 'OBSERVED';
  return all(({ applied_at }) => applied_at !== null) ? 'TENTATIVE' : 'PREPARING';
};

/**
 * Returns the answer to `take_turn`, `status`, `observe`, `confirm` and `undo` for a change of
 * several devices. The observation is that of the last part, whose soak began once all parts were
 * applied.
 */
export const wholeStatus = (actionId: string, journals: readonly DeviceTxState[]): TxStatus => {
  const latest = Math.max(0, ...journals.map(({ turn }) => turn?.turn ?? 0));
  const parts = atTurn(journals, 0);
  const reasons = parts.flatMap((part) => part.reasons);
  const own = reasons.filter((reason) => !isElsewhere(reason));
  const refused = parts.find(({ rollback }) => rollback?.is_refused === true)?.rollback;
  return {
    tx_id: actionId,
    state: stateOfAll(parts),
    reasons: own.length > 0 ? own : reasons,
    observation: parts.at(-1)?.observation ?? null,
    diff: parts.flatMap(({ prepared }): readonly LeafChange[] => prepared?.changes ?? []),
    ...(latest === 0 ? {} : { turn: latest }),
    ...(refused === undefined || refused === null ? {} : { undo_refused: refused.request_id }),
  };
};
