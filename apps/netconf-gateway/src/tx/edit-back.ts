import type { Reason } from '@interlock/contracts';
import { StepFailed, type SendRollback } from '@interlock/executor';
import { NetconfRpcError, type RpcOptions } from '@interlock/netconf';
import type { DeviceTxCommand, DeviceTxState, RollbackWay } from '@interlock/network';
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
 * Returns the commit whose configuration takes exactly the confirmed change back; null if other
 * commits followed it, or the device names none.
 */
const commitBefore = async (
  session: ChangeSession,
  { commit, was_confirmed: wasConfirmed }: DeviceTxState,
): Promise<string | null> =>
  commit !== null && wasConfirmed && (await session.lastCommit()) === commit.id ? commit.before : null;

type Back = { readonly to: string | null; readonly run: (options?: RpcOptions) => Promise<RollbackWay> };

/**
 * Returns how the change is taken back: by a rollback to a commit, else by the inverse edit. An
 * inverse edit is already in the candidate, tested. It also stands in for a refused rollback, after
 * running was read.
 */
const wayBack = async (
  session: ChangeSession,
  { binding }: Pick<Tx, 'binding'>,
  state: DeviceTxState,
): Promise<Back> => {
  const { changes, inverse_xml: inverse } = state.prepared!;
  const to = await commitBefore(session, state);
  if (to === null) await session.edit(inverse);
  const commitEdit = async (options?: RpcOptions): Promise<RollbackWay> => {
    await session.commit(undefined, options);
    return 'inverse-edit';
  };
  const run = async (options?: RpcOptions): Promise<RollbackWay> => {
    if (to === null) return commitEdit(options);
    try {
      await session.rollBackTo(to, options);
      return 'commit-id';
    } catch (error) {
      if (!(error instanceof NetconfRpcError)) throw error;
      if (standing(leavesOf(await session.running(), binding), changes) !== 'after') throw error;
      await session.edit(inverse);
      return commitEdit(options);
    }
  };
  return { to, run };
};

/**
 * Takes the change of a rollback back. The journal first records that the device may receive it.
 * A rollback that another process journalled may have begun. It needs no further permit, but the
 * journal must first record that this process sends it too. Throws `UndoRefusedError` as long as
 * nothing was sent.
 */
const commitRollback = async (
  tools: TxTools,
  tx: Tx,
  state: DeviceTxState,
  { to, run }: Back,
  { request_id: requestId, is_sent: isSent }: NonNullable<DeviceTxState['rollback']>,
  sendRollback: Send,
): Promise<RollbackWay> => {
  const request = {
    kind: 'RequestInverseCommit',
    instance: tools.instance,
    ...(to === null ? {} : { to_commit: to }),
  } as const;
  if (isSent && !tools.unsent.has(tx, requestId)) {
    await tx.record(request);
    return run();
  }
  let isWritten = false;
  let way: RollbackWay = 'inverse-edit';
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
        way = await run({
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
  return way;
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
 * Step 9: takes the change back under locks, and reads it back. A device that does not have its
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
  const { changes } = prepared;
  let way: RollbackWay = (rollback?.to_commit ?? null) === null ? 'inverse-edit' : 'commit-id';
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
      const back = await wayBack(session, tx, state);
      way = await (rollback === null
        ? back.run()
        : commitRollback(tools, tx, state, back, rollback, sendRollback));
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
    await tx.record({ kind: 'RecordRolledBack', how: way, reasons: [] });
    return;
  }
  if (isRefused && standing(leaves, changes) === 'after') {
    await tx.record({ kind: 'RefuseUndo', reasons: [fault] });
    return;
  }
  await quarantine(tools, tx, [fault], leftOver(leaves, changes));
};
