import { ExecutorDriver, type WorkAt } from '@interlock/executor';
import { txState, type DeviceTxCommand, type DeviceTxState } from '@interlock/network';
import { isDeviceFault } from '../sessions/change-session.js';
import { applyChange } from './apply.js';
import { later, msUntil, type Tx, type TxTools } from './context.js';
import { editBack } from './edit-back.js';
import { cancelChange, confirmChange, giveUp } from './finish.js';
import { confirmBy, observeSoak, resolveCommit } from './observe.js';
import { txJournal } from './journal.js';
import { openTransaction } from './transaction.js';
import { isRollbackUnsent } from './unsent.js';
import { takeTurn, type HeldTurn } from './turn.js';

/**
 * Returns true if it is this transaction's turn and no qualification has the device. Otherwise it
 * waits a while, and the caller asks again.
 */
const isFirst = async ({ followed, inventory }: TxTools, tx: Tx): Promise<boolean> => {
  await inventory.current();
  const { tenant_id: tenantId, device_id: deviceId } = tx.device;
  const isQualifying = (): boolean => (inventory.find(tenantId, deviceId)?.qualifying ?? null) !== null;
  // INVARIANT: `transactions` is read at each look, because another object replaces it once the
  // whole log has confirmed it.
  const behind = (): boolean => isQualifying() || followed.transactions.isBehind(tenantId, tx.id, deviceId);
  if (!behind()) return true;
  for (let i = 0; i < 20 && behind(); i += 1) await tx.waitOrWake(100);
  return false;
};

const detailOf = (error: unknown): string => (error instanceof Error ? error.message : '');

/**
 * Returns whether the device has been unreachable until long past its own timer, so that its state
 * is unknown.
 */
const isUnreachable = async (
  tools: TxTools,
  tx: Tx,
  state: DeviceTxState,
  error: unknown,
): Promise<boolean> => {
  if (!isDeviceFault(error) || !state.touched) return false;
  const at = state.rollback === null ? undefined : await tx.now();
  const { rollback, changed_at: changedAt } = at?.state ?? state;
  if (
    at?.state.phase === 'inverse_requested' &&
    isRollbackUnsent(tools.unsent, tools.instance, tx, at.state)
  ) {
    const detail = `nothing was sent, for the device could not be reached: ${detailOf(error)}`;
    await tx.record({ kind: 'RefuseUndo', reasons: [{ code: 'device-unreachable', detail }] }, at.revision);
    return true;
  }
  const timer =
    (rollback?.is_sent === true ? changedAt : null) ??
    state.timer_ends_at ??
    later(state.commit_requested_at!, state.apply!.confirm_timeout_s * 1000);
  if (msUntil(tools, later(timer, tools.config.NETCONF_GIVE_UP_MS)) > 0) return false;
  if (state.phase !== 'cancel_requested' && state.phase !== 'inverse_requested')
    await tx.record({
      kind: 'TakeBack',
      reasons: [{ code: 'device-unreachable', detail: 'the device could not be reached past its timer' }],
    });
  await giveUp(
    tools,
    tx,
    state,
    `it is not known what the device has, which could not be asked past its timer: ${detailOf(error)}`,
  );
  return true;
};

/**
 * Drives transactions. It adds the safe change on the device to the driver. One transaction at a
 * time holds a device.
 */
export class TxRunner extends ExecutorDriver<DeviceTxCommand, DeviceTxState, Tx, HeldTurn> {
  constructor(tools: TxTools) {
    /**
     * Runs a step. If the device is still unreachable past its timer, the transaction is given up.
     */
    const givingUpIfLost = async (
      tx: Tx,
      { state }: WorkAt<DeviceTxState>,
      step: () => Promise<void>,
    ): Promise<void> => {
      try {
        await step();
      } catch (error) {
        tx.throwIfStopping();
        if (!(await isUnreachable(tools, tx, state, error))) throw error;
        tools.logger.warn(
          { err: error, action_id: tx.action_id, phase: state.phase },
          'a device is given up, past its timer',
        );
      }
    };
    super({
      store: tools.store,
      service: 'netconf-gateway',
      executor: tools.executor,
      lease_ms: tools.config.KILL_SWITCH_LEASE_MS,
      logger: tools.logger,
      instance: tools.instance,
      journal: txJournal(tools),
      port: {
        prepare: async (tx, at) => ((await isFirst(tools, tx)) ? takeTurn(tools, tx, at) : undefined),
        start: (tx, at, held, send) => applyChange(tools, tx, at, held, send),
        settle: (tx, at, fault) => givingUpIfLost(tx, at, () => resolveCommit(tools, tx, at.state, fault)),
        observe: (tx, at) => givingUpIfLost(tx, at, () => observeSoak(tools, tx, at.state)),
        confirm: (tx, at) => givingUpIfLost(tx, at, () => confirmChange(tools, tx, at.state)),
        undo: (tx, at, send) =>
          givingUpIfLost(tx, at, async () => {
            if (at.state.phase === 'cancel_requested') return cancelChange(tools, tx, at.state);
            // The undo of a confirmed change waits for later transactions. The undo of a tentative
            // change is already first.
            if (await isFirst(tools, tx)) await editBack(tools, tx, at.state, send);
          }),
      },
      actionThat: (tenantId, actionId, says) => tools.followed.actionThat(tenantId, actionId, says),
      open: (tenantId, txId, driven) => openTransaction(tools, tenantId, txId, driven),
      decideBy: (state) => confirmBy(tools, state),
      turnTaken: (txId) => tools.probe('turn-taken', txId),
      onEnd: (tx, state) => {
        tools.unsent.forget(tx);
        tools.onEnd(txState(state));
      },
    });
  }
}
