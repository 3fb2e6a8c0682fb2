import type { Reason } from '@interlock/contracts';
import { StepFailed, type SendRollback } from '@interlock/executor';
import type { DeviceTxCommand, DeviceTxState } from '@interlock/network';
import { ChangeSession, isUnknownOutcome } from '../sessions/change-session.js';
import { leavesOf, leftOver, readRunningLeaves, standing } from '../devices/device-reading.js';
import type { Tx, TxTools } from './context.js';
import { isRollbackUnsent } from './unsent.js';
import { quarantine } from './finish.js';

/** Thrown if a rollback cannot begin. Nothing was sent. */
class UndoRefusedError extends Error {
  constructor(readonly reasons: readonly Reason[]) {
    super(reasons.map(({ detail }) => detail).join('; '));
    this.name = 'UndoRefusedError';
  }
}

type Send = SendRollback<DeviceTxCommand, DeviceTxState>;

/**
 * Commits the inverse edit of a rollback. The journal first records that the device may receive it.
 * A rollback that another process journalled may have begun. It needs no further permit, but the
 * journal must first record that this process sends it too. Throws `UndoRefusedError` as long as
 * nothing was sent.
 */
const commitRollback = async (
  tools: TxTools,
  tx: Tx,
  state: DeviceTxState,
  session: ChangeSession,
  { request_id: requestId, is_sent: isSent }: NonNullable<DeviceTxState['rollback']>,
  sendRollback: Send,
): Promise<void> => {
  const request = { kind: 'RequestInverseCommit', instance: tools.instance } as const;
  if (isSent && !tools.unsent.has(tx, requestId)) {
    await tx.record(request);
    await session.commit();
    return;
  }
  let isWritten = false;
  try {
    await sendRollback({
      request_id: requestId,
      action_type: state.apply?.action_type ?? '',
      request,
      requested: async ({ written }) => {
        if (written) tools.unsent.asked(tx, requestId);
        await tools.probe('inverse-requested', tx.id);
      },
      send: async (check) => {
        await session.commit(undefined, {
          beforeSend: () => {
            check();
            isWritten = true;
            tools.unsent.handedOver(tx);
          },
        });
      },
    });
  } catch (error) {
    if (!isWritten && error instanceof StepFailed) throw new UndoRefusedError(error.reasons);
    throw error;
  }
};

/** Returns why a rollback cannot begin; null for any other fault, which is retried. */
const refusalOf = (error: unknown): readonly Reason[] | null => {
  if (error instanceof UndoRefusedError) return error.reasons;
  if (error instanceof StepFailed) return error.reasons;
  return error instanceof Error && error.name === 'NetconfRpcError' && !isUnknownOutcome(error)
    ? [{ code: 'device-refused', detail: error.message }]
    : null;
};

/**
 * Step 9: commits the inverse edit under locks, and reads it back. A device that does not have its
 * earlier values then goes into quarantine.
 */
export const editBack = async (
  tools: TxTools,
  tx: Tx,
  state: DeviceTxState,
  sendRollback: Send,
): Promise<void> => {
  const { prepared, rollback } = state;
  if (prepared === null) throw new TypeError('a change that was not prepared cannot be edited back');
  const { changes, inverse_xml: inverse } = prepared;
  const mayRefuse = isRollbackUnsent(tools.unsent, tools.instance, tx, state);
  const session = new ChangeSession(
    await tools.sessions.open(tx.device),
    tx.profile,
    tx.binding,
    tx.wait,
    tx.onExchange,
  );
  let fault: Reason = {
    code: 'inverse-edit-without-effect',
    detail: 'the inverse edit did not bring the device back',
  };
  let isRefused = false;
  try {
    // It waits longer than for a change, because giving up here means quarantine.
    await session.lock(4 * tools.config.NETCONF_LOCK_WAIT_MS);
    const present = leavesOf(await session.running(), tx.binding);
    const found = standing(present, changes);
    if (found === 'neither' && mayRefuse)
      throw new UndoRefusedError(
        changes
          .filter(({ path, after }) => (present[path] ?? null) !== after)
          .map(({ path }) => ({
            code: 'leaves-changed',
            detail: `\`${path}\` was changed by others since the change was confirmed`,
            path,
          })),
      );
    if (found === 'neither' && state.was_confirmed) {
      // INVARIANT: what others have changed since the confirmation is theirs; it is never
      // overwritten.
      await tx.record({
        kind: 'RecordRollbackFailed',
        reasons: [
          {
            code: 'changed-by-others',
            detail: 'edited leaves were changed by others since the change was confirmed',
          },
        ],
        left: leftOver(present, changes),
      });
      return;
    }
    if (found !== 'before') {
      await session.edit(inverse);
      if (rollback === null) await session.commit();
      else await commitRollback(tools, tx, state, session, rollback, sendRollback);
      session.committed();
      if (state.was_confirmed) await session.persist();
    }
  } catch (error) {
    const refusal = mayRefuse ? refusalOf(error) : null;
    if (refusal !== null) {
      const at = await tx.now();
      if (isRollbackUnsent(tools.unsent, tools.instance, tx, at.state)) {
        await tx.record({ kind: 'RefuseUndo', reasons: refusal }, at.revision);
        return;
      }
    }
    if (!(error instanceof StepFailed) && !(error instanceof Error && error.name === 'NetconfRpcError'))
      throw error;
    fault = { code: 'inverse-edit-failed', detail: error.message };
    isRefused = rollback !== null && !isUnknownOutcome(error);
  } finally {
    await session.close();
  }
  await tools.probe('edited-back', tx.id);
  const leaves = await tools.sessions.read(tx.device, (client) => readRunningLeaves(client, tx.binding));
  if (standing(leaves, changes) === 'before') {
    await tx.record({ kind: 'RecordRolledBack', how: 'inverse-edit', reasons: [] });
    return;
  }
  if (isRefused && standing(leaves, changes) === 'after') {
    await tx.record({ kind: 'RefuseUndo', reasons: [fault] });
    return;
  }
  await quarantine(tools, tx, [fault], leftOver(leaves, changes));
};
