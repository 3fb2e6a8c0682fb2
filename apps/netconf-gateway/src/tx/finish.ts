import { defaults, type LeafChange, type Reason } from '@interlock/contracts';
import { safetyOf, type DeviceTxState, type RollbackWay } from '@interlock/network';
import { NetconfRpcError } from '@interlock/netconf';
import { ChangeSession, isBusy, isNotPending, isUnknownOutcome } from '../sessions/change-session.js';
import { leavesOf, readBackHash, readRunningLeaves, standing } from '../devices/device-reading.js';
import { confirmBy } from './observe.js';
import { later, msUntil, type Tx, type TxTools } from './context.js';

/** The device's answer to the confirm or the cancel. */
type FinishAnswer = 'done' | 'not-pending' | 'busy' | 'unclear';

const runningNow = (tools: TxTools, tx: Tx): Promise<{ readonly [path: string]: string }> =>
  tools.sessions.read(tx.device, (client) => readRunningLeaves(client, tx.binding));

/**
 * Returns the milliseconds until the device's timer must have run out. It started at most one RPC
 * timeout after the time in the journal.
 */
const leftOfTimer = (tools: TxTools, state: DeviceTxState): number =>
  msUntil(
    tools,
    later(
      state.timer_ends_at ?? later(state.commit_requested_at!, state.apply!.confirm_timeout_s * 1000),
      tools.config.NETCONF_RPC_MS,
    ),
  );

const pastTimer = async (tools: TxTools, tx: Tx, state: DeviceTxState): Promise<void> => {
  const left = leftOfTimer(tools, state);
  if (left > 0) await tx.wait(left);
};

/**
 * Confirms or cancels by persist-id, in the transaction's own session. If that fails, the next
 * attempt uses a new session. A confirmed commit that is bound to its session ended with it.
 */
const finish = async (tools: TxTools, tx: Tx, operation: 'commit' | 'cancel'): Promise<FinishAnswer> => {
  const isBound = tx.profile.confirmed_commit === '1.0';
  try {
    const session = isBound ? tx.keptSession() : await tx.session();
    if (session === undefined) return 'not-pending';
    if (!session.hasConfirmedCommit) {
      // Nothing on the device waits for a confirm. It only has to keep running over a restart.
      if (operation === 'cancel') return 'not-pending';
      await session.persist();
      await tools.probe('confirm-sent', tx.id);
    } else if (operation === 'cancel') await session.cancel(tx.persistId());
    else {
      // INVARIANT: a confirming commit commits the candidate too, so the candidate must hold no
      // changes of others. Its lock guarantees that. Devices that refuse locks while a confirmed
      // commit is pending (yuma123) are only checked right before.
      await session.tryLock('candidate');
      try {
        if ((await session.difference()).length > 0) return 'busy';
        const answer = session.confirm(tx.persistId());
        await Promise.all([answer, tools.probe('confirm-sent', tx.id)]);
      } finally {
        await session.unlock();
      }
    }
    return 'done';
  } catch (error) {
    if (isBound && isBusy(error)) return 'busy';
    await tx.endSession();
    if (isNotPending(error)) return 'not-pending';
    if (isBusy(error)) return 'busy';
    // Some devices answer a bare `operation-failed` if nothing is pending. Any refusal leaves open
    // what the device has, and only reading shows it.
    if (operation === 'cancel' && error instanceof NetconfRpcError) return 'unclear';
    throw error;
  }
};

/**
 * Makes the change permanent, within the limit of the device's timer. It records what the device
 * has afterwards.
 */
export const confirmChange = async (tools: TxTools, tx: Tx, state: DeviceTxState): Promise<void> => {
  const { changes } = state.prepared!;
  let answered: FinishAnswer = 'busy';
  if (msUntil(tools, confirmBy(tools, state)) > 0) {
    try {
      answered = await finish(tools, tx, 'commit');
    } catch (error) {
      if (!(error instanceof NetconfRpcError) || isUnknownOutcome(error)) throw error;
      // The same confirm would be refused again, so the change does not stay tentative any longer.
      await tx.record({
        kind: 'TakeBack',
        reasons: [{ code: 'device-refused', detail: `the device refused to confirm: ${error.message}` }],
      });
      return;
    }
  } else {
    // It is too late to send a first confirm. A confirm may have been sent before a crash; the
    // reading after the cancel shows that.
    await tx.record({
      kind: 'TakeBack',
      reasons: [{ code: 'confirm-too-late', detail: "the device's timer was too near to confirm" }],
    });
    return;
  }
  if (answered === 'busy') {
    await tools.probe('confirm-waits', tx.id);
    return tx.wait(250);
  }
  if (answered === 'not-pending') {
    const early = standing(await runningNow(tools, tx), changes);
    // Running has the target both after a confirm and while the change is tentative. Only the end
    // of the timer makes it certain.
    if (early === 'after') await pastTimer(tools, tx, state);
  }
  await tools.probe('confirmed', tx.id);
  const leaves = await runningNow(tools, tx);
  switch (standing(leaves, changes)) {
    case 'after':
      await tx.record({ kind: 'RecordConfirmed', read_back_hash: readBackHash(leaves, changes) });
      return;
    case 'before':
      await tx.record({
        kind: 'RecordRolledBack',
        how: 'device-timer',
        reasons: [
          { code: 'change-lost', detail: 'the device had taken the change back before it was confirmed' },
        ],
      });
      return;
    case 'neither':
      await tx.record({
        kind: 'RequestInverseEdit',
        reasons: [
          {
            code: 'read-back-mismatch',
            detail: 'running is neither as before nor as intended after the confirm',
          },
        ],
      });
  }
};

const rereads = 3;

const said: { readonly [answer in FinishAnswer]: string } = {
  done: 'the device said that it had cancelled',
  'not-pending': 'nothing is pending',
  busy: 'the device was too busy to cancel',
  unclear: 'the device refused to cancel',
};

/**
 * Takes a tentative change back: it cancels by persist-id, from any process, and then reads
 * running.
 */
export const cancelChange = async (tools: TxTools, tx: Tx, state: DeviceTxState): Promise<void> => {
  const rolledBack = async (how: RollbackWay): Promise<void> => {
    await tx.record({ kind: 'RecordRolledBack', how, reasons: [] });
  };
  if (!state.touched || tools.unsent.has(tx, state.apply?.request_id)) return rolledBack('nothing-applied');
  const { changes } = state.prepared!;
  const answered = await finish(tools, tx, 'cancel');
  await tools.probe('cancelled', tx.id);
  // Past its timer, a device that still refuses is read all the same.
  if (answered === 'busy' && leftOfTimer(tools, state) > 0) return tx.wait(250);
  for (let attempt = 1; attempt <= rereads; attempt += 1) {
    const session = new ChangeSession(
      await tools.sessions.open(tx.device),
      tx.profile,
      tx.binding,
      tx.wait,
      tx.onExchange,
    );
    try {
      // An unanswered commit may still be under way. "before" is final under the lock, or once
      // every lease older than the cancel has expired.
      const certain =
        state.applied_at !== null ||
        (await session.tryLock('running')) ||
        msUntil(
          tools,
          later(state.changed_at!, defaults.kill_switch_lease_ms + tools.config.NETCONF_RPC_MS),
        ) < 0;
      const found = standing(leavesOf(await session.running(), tx.binding), changes);
      if (found === 'before' && certain)
        return await rolledBack(answered === 'done' ? 'cancel-commit' : 'found-gone');
      if (!certain) return await tx.wait(500);
    } finally {
      await session.close();
    }
    if (attempt < rereads) await tx.wait(200);
  }
  // The commit may still be pending, so it is cancelled again until its own timer must have run
  // out.
  if (answered === 'unclear' && leftOfTimer(tools, state) > 0) return tx.wait(1000);
  if (state.confirm_requested && answered !== 'done' && safetyOf(tx.profile) === 'confirmed-commit') {
    await pastTimer(tools, tx, state);
    const leaves = await runningNow(tools, tx);
    if (standing(leaves, changes) === 'after') {
      await tx.record({ kind: 'RecordConfirmed', read_back_hash: readBackHash(leaves, changes) });
      return;
    }
  }
  await tx.record({
    kind: 'RequestInverseEdit',
    reasons: [
      {
        code: 'still-changed',
        detail: `${said[answered]}, and running is still changed`,
      },
    ],
  });
};

/**
 * Puts a device that does not have its earlier values into quarantine, and records which changes
 * are left there.
 */
export const quarantine = async (
  tools: TxTools,
  tx: Tx,
  reasons: readonly Reason[],
  left: readonly LeafChange[],
): Promise<void> => {
  await tools.devices.handle(
    `device-${tx.tenant_id}:${tx.device.device_id}`,
    {
      kind: 'QuarantineDevice',
      device_id: tx.device.device_id,
      tx_id: tx.id,
      reason: reasons.map((reason) => reason.detail).join('; '),
    },
    tx.context(),
  );
  await tx.record({ kind: 'RecordRollbackFailed', reasons, left });
};

/**
 * Gives up because the device cannot be read or was not restored. It puts the device into
 * quarantine, so that a person must look at it.
 */
export const giveUp = async (tools: TxTools, tx: Tx, state: DeviceTxState, why: string): Promise<void> => {
  await quarantine(
    tools,
    tx,
    [{ code: 'device-state-unknown', detail: why }],
    state.prepared?.changes.map(({ path, before, after }) => ({ path, before, after })) ?? [],
  );
};
