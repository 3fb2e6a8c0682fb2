import type { Reason } from '@interlock/contracts';
import { StepFailed, type SendRollback } from '@interlock/executor';
import type { DeviceTxCommand, DeviceTxState } from '@interlock/network';
import { ChangeSession, isUnknownOutcome } from '../change-session.js';
import { leavesOf, leftOver, readRunningLeaves, standing } from '../device-reading.js';
import type { Tx, TxTools } from './context.js';
import { isRollbackUnsent } from './unsent.js';
import { quarantine } from './finish.js';

/** A rollback that cannot begin: nothing was sent. */
class UndoRefusedError extends Error {
  constructor(readonly reasons: readonly Reason[]) {
    super(reasons.map(({ detail }) => detail).join('; '));
    this.name = 'UndoRefusedError';
  }
}

type Send = SendRollback<DeviceTxCommand, DeviceTxState>;

/**
 * Commits the inverse edit of a rollback; the journal says before that the device may have heard of
 * it. One that was journalled by another process may have begun: it is finished without another
 * permit, once the journal says that this process sends it too. Throws `UndoRefusedError` as long
 * as nothing was sent.
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

/** What keeps a rollback from beginning; anything else is tried again. */
const refusalOf = (error: unknown): readonly Reason[] | null => {
  if (error instanceof UndoRefusedError) return error.reasons;
  if (error instanceof StepFailed) return error.reasons;
  return error instanceof Error && error.name === 'NetconfRpcError' && !isUnknownOutcome(error)
    ? [{ code: 'device-refused', detail: error.message }]
    : null;
};

/**
 * Step 9: the inverse edit under locks, read back; a device that is still not as it was goes into
 * quarantine.
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
    tx.heard,
  );
  let fault: Reason = {
    code: 'inverse-edit-without-effect',
    detail: 'the inverse edit did not bring the device back',
  };
  let isRefused = false;
  try {
    // Longer than for a change: to give up here means quarantine.
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
