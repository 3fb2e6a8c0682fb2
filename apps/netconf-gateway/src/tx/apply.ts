import type { Reason } from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import { NetconfRpcError, type XmlElement } from '@interlock/netconf';
import type { DeviceTxCommand, DeviceTxState, PreparedChange } from '@interlock/network';
import {
  isDeviceFault,
  isNotPending,
  isUnknownOutcome,
  type ChangeSession,
} from '../sessions/change-session.js';
import {
  changesBetween,
  leavesOf,
  readBackHash,
  readRunningLeaves,
  sameChanges,
  standing,
} from '../devices/device-reading.js';
import { refused, stale, StepFailed, type SendChange } from '@interlock/executor';
import { later, type Tx, type TxAt, type TxTools } from './context.js';
import type { HeldTurn } from './turn.js';

type Send = SendChange<DeviceTxCommand, DeviceTxState>;

/**
 * Reads running after the commit. Without a confirmed commit, another session than the editing one
 * reads it.
 */
const readBack = (tools: TxTools, tx: Tx, session: ChangeSession): Promise<XmlElement> =>
  session.hasConfirmedCommit
    ? session.running()
    : tools.sessions.read(tx.device, (client) => client.getConfig('running'));

/**
 * Returns whether running is as before after a refused commit, because a device may refuse what it
 * has applied. A device that cannot be read leaves that open.
 */
const isUntouched = async (
  tools: TxTools,
  tx: Tx,
  session: ChangeSession,
  { changes }: PreparedChange,
): Promise<boolean> => {
  try {
    return standing(leavesOf(await readBack(tools, tx, session), tx.binding), changes) === 'before';
  } catch (error) {
    if (!isDeviceFault(error)) throw error;
    return false;
  }
};

/**
 * Steps 3 and 4: applies the edit, lets the device test it, and compares the candidate with
 * running. Throws StepFailed if the difference is not the intended one.
 */
export const editCandidate = async (
  tools: TxTools,
  tx: Tx,
  session: ChangeSession,
  running: XmlElement,
  prepared: PreparedChange,
): Promise<void> => {
  await session.edit(prepared.edit_xml).catch((error: unknown) => {
    throw isUnknownOutcome(error)
      ? refused('edit-unknown', `the edit was not answered: ${String((error as Error).message)}`)
      : error;
  });
  // The end of the session discards the edit.
  if (session.hasCandidate && !sameChanges(await session.difference(running), prepared.changes))
    throw refused('diff-mismatch', 'the candidate differs from running by other leaves than intended');
  await tools.probe('edited', tx.id);
};

/**
 * Steps 3 to 6, on the session that holds the turn. Throws StepFailed if it fails before the commit
 * is sent.
 */
const change = async (
  tools: TxTools,
  tx: Tx,
  { state }: TxAt,
  held: HeldTurn,
  sendChange: Send,
): Promise<void> => {
  const { session, running } = held;
  const prepared = state.prepared!;
  if (session.closed) throw stale('start-interrupted', 'the session that held the turn is over');
  await tools.probe('prepared', tx.id);
  tx.throwIfStopping();
  // A part of a change of several devices was edited during its turn, before any device commits.
  if (state.turn?.part === undefined) await editCandidate(tools, tx, session, running, prepared);
  const before = await session.lastCommit();
  let id: string | null = null;
  let sentAt = tools.now();
  const { against } = await sendChange({
    request: { kind: 'RequestTentativeCommit', instance: tools.instance },
    requested: async ({ written }) => {
      if (written) tools.unsent.asked(tx, state.apply!.request_id);
      await tools.probe('commit-requested', tx.id);
    },
    send: async (check) => {
      const reply = session.commit(
        { timeoutS: state.apply!.confirm_timeout_s, persist: tx.persistId() },
        {
          beforeSend: () => {
            check();
            sentAt = tools.now();
            tools.unsent.handedOver(tx);
          },
        },
      );
      [id] = await Promise.all([reply, tools.probe('commit-sent', tx.id)]);
    },
  });
  held.acknowledged = true;
  session.committed();
  const after = await readBack(tools, tx, session);
  await session.unlock();
  await tools.probe('committed', tx.id);
  const leaves = leavesOf(after, tx.binding);
  if (standing(leaves, prepared.changes) === 'before') {
    if (session.hasConfirmedCommit && !session.isBound)
      await session.cancel(tx.persistId()).catch((error: unknown) => {
        if (!isNotPending(error)) throw error;
      });
    if (standing(await readRunningLeaves(session.client, tx.binding), prepared.changes) === 'before') {
      await tx.record({
        kind: 'RecordFailed',
        reasons: [{ code: 'commit-without-effect', detail: 'the device said ok and changed nothing' }],
      });
      return;
    }
  }
  await tx.record({
    kind: 'RecordTentative',
    applied_at: tools.now(),
    timer_ends_at: later(sentAt, state.apply!.confirm_timeout_s * 1000),
    read_back_hash: readBackHash(leaves, prepared.changes),
    ...(id === null || before === null || id === before ? {} : { commit: { id, before } }),
  });
  const mismatch: readonly Reason[] = sameChanges(
    changesBetween(running, after, tx.binding),
    prepared.changes,
  )
    ? []
    : [{ code: 'read-back-mismatch', detail: 'running is not what was intended after the commit' }];
  const reasons = mismatch.length > 0 ? mismatch : await against();
  if (reasons.length > 0) await tx.record({ kind: 'TakeBack', reasons });
};

/** Returns the reasons to show for a step that failed. */
export const reasonsOf = (error: unknown): readonly Reason[] => {
  if (error instanceof StepFailed) return error.reasons;
  if (isProblem(error)) return [{ code: error.code, detail: error.detail }];
  return [
    {
      code: error instanceof NetconfRpcError ? 'device-refused' : 'device-fault',
      detail: error instanceof Error ? error.message : 'the device did not do as it was asked',
    },
  ];
};

/**
 * Drives a change from the accepted execution to a tentative commit that was read back. Before the
 * commit is sent, a fault refuses the execution. After that, only the device's own refusal and a
 * running configuration as before prove that nothing was applied. Every other outcome, including
 * one after its ok, throws, and is resolved by reading.
 */
export const applyChange = async (
  tools: TxTools,
  tx: Tx,
  at: TxAt,
  held: HeldTurn,
  sendChange: Send,
): Promise<void> => {
  const { session } = held;
  try {
    await change(tools, tx, at, held, sendChange);
    const { call_home, transport } = tx.device;
    // A device that calls home over TLS may have no second connection for the readings of the soak.
    if (!session.isBound && call_home === true && transport === 'tls') return;
    held.kept = true;
    tx.keepSession(session);
  } catch (error) {
    if (!held.written) {
      if (error instanceof StepFailed || !isDeviceFault(error)) throw error;
      throw new StepFailed('refused', reasonsOf(error));
    }
    if (
      !held.acknowledged &&
      error instanceof NetconfRpcError &&
      !isUnknownOutcome(error) &&
      (await isUntouched(tools, tx, session, at.state.prepared!))
    ) {
      await tx.record({ kind: 'RecordFailed', reasons: reasonsOf(error) });
      return;
    }
    session.client.destroy();
    tools.logger.warn(
      { err: error, action_id: tx.action_id },
      'the outcome of the tentative commit is unknown',
    );
    throw error;
  }
};
