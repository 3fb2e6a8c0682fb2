import type { Reason } from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import { NetconfRpcError } from '@interlock/netconf';
import type { DeviceTxState } from '@interlock/network';
import { isDeviceFault, isNotPending, isUnknownOutcome } from '../change-session.js';
import {
  changesBetween,
  leavesOf,
  readBackHash,
  readRunningLeaves,
  sameChanges,
  standing,
} from '../device-reading.js';
import {
  LeaseExpired,
  refused,
  stale,
  StepFailed,
  switchedOff as killSwitched,
  takePermit,
  type StartPermit,
} from '@interlock/executor';
import { later, type Tx, type TxAt, type TxTools } from './context.js';
import type { HeldTurn } from './turn.js';

/** The permit that the commit was sent under, and when. */
type SentCommit = { readonly permit: StartPermit; readonly sent_at: string };

/** Sends the tentative commit under a permit that is valid at the very write. Nothing is sent where it throws before `held.written`. */
const sendCommit = async (
  tools: TxTools,
  tx: Tx,
  { state, revision }: TxAt,
  held: HeldTurn,
  first: StartPermit,
): Promise<SentCommit> => {
  let permit = first;
  for (;;) {
    let sentAt = tools.now();
    try {
      const reply = held.session.client.commit(
        { confirmed: { timeoutS: state.apply!.confirm_timeout_s, persist: tx.persistId() } },
        {
          beforeSend: () => {
            permit.check();
            sentAt = tools.now();
            held.written = true;
            tools.unsent.handedOver(tx);
          },
        },
      );
      await Promise.all([reply, tools.probe('commit-sent', tx.tx_id)]);
      return { permit, sent_at: sentAt };
    } catch (error) {
      if (!(error instanceof LeaseExpired)) throw error;
      permit = await permitFor(tools, tx, state, held, revision);
    }
  }
};

/** Why a change that is on the device has to be taken back by the kill switches. Empty where nothing speaks against the change. */
export const switchedOff = (tools: TxTools, tx: Tx, state: DeviceTxState): Promise<readonly Reason[]> =>
  killSwitched(
    {
      store: tools.store,
      lease_ms: tools.config.KILL_SWITCH_LEASE_MS,
      tenant_id: tx.tenant_id,
      action_id: tx.tx_id,
      apply: state.apply!,
    },
    (error) => {
      tools.logger.warn({ err: error, tx_id: tx.tx_id }, 'the kill switches could not be read');
    },
  );

const permitFor = (
  tools: Pick<TxTools, 'store' | 'config' | 'executor'>,
  tx: Pick<Tx, 'tenant_id' | 'tx_id' | 'throwIfStopping'>,
  state: Pick<DeviceTxState, 'apply'>,
  held: Pick<HeldTurn, 'apply_sent_at'>,
  revision: bigint,
): Promise<StartPermit> =>
  takePermit({
    store: tools.store,
    executor: tools.executor,
    lease_ms: tools.config.KILL_SWITCH_LEASE_MS,
    tenant_id: tx.tenant_id,
    action_id: tx.tx_id,
    journal: 'device_tx',
    apply: state.apply!,
    revision,
    held,
    throwIfStopping: () => {
      tx.throwIfStopping();
    },
  });

/** Steps 3 to 6 on the session that holds the turn. Throws StepFailed as long as nothing was sent. */
const change = async (tools: TxTools, tx: Tx, { state, revision }: TxAt, held: HeldTurn): Promise<void> => {
  const { session, running } = held;
  const prepared = state.prepared!;
  if (session.closed) throw stale('start-interrupted', 'the session that held the turn is over');
  await tools.probe('prepared', tx.tx_id);
  tx.throwIfStopping();
  await session.edit(prepared.edit_xml).catch((error: unknown) => {
    throw isUnknownOutcome(error)
      ? refused('edit-unknown', `the edit was not answered: ${String((error as Error).message)}`)
      : error;
  });
  if (!sameChanges(await session.difference(running), prepared.changes)) {
    await session.discard();
    throw refused('diff-mismatch', 'the candidate differs from running by other leaves than intended');
  }
  await tools.probe('edited', tx.tx_id);
  const permit = await permitFor(tools, tx, state, held, revision);
  // INVARIANT: the append at the very revision that the permit was read at, within the permit's time, is the proof that nobody else went on.
  const requested = await tx.record({ kind: 'RequestTentativeCommit', instance: tools.instance }, revision);
  if (requested.written) tools.unsent.asked(tx, state.apply!.request_id);
  await tools.probe('commit-requested', tx.tx_id);
  const sent = await sendCommit(tools, tx, requested, held, permit);
  held.acknowledged = true;
  session.committed();
  const after = await session.running();
  await session.unlock();
  await tools.probe('committed', tx.tx_id);
  const leaves = leavesOf(after, tx.profile);
  if (standing(leaves, prepared.changes) === 'before') {
    await session.client.cancelCommit(tx.persistId()).catch((error: unknown) => {
      if (!isNotPending(error)) throw error;
    });
    if (standing(await readRunningLeaves(session.client, tx.profile), prepared.changes) === 'before') {
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
    timer_ends_at: later(sent.sent_at, state.apply!.confirm_timeout_s * 1000),
    read_back_hash: readBackHash(leaves, prepared.changes),
  });
  const mismatch: readonly Reason[] = sameChanges(
    changesBetween(running, after, tx.profile),
    prepared.changes,
  )
    ? []
    : [{ code: 'read-back-mismatch', detail: 'running is not what was intended after the commit' }];
  const reasons =
    mismatch.length > 0 || sent.permit.lease.valid() ? mismatch : await switchedOff(tools, tx, state);
  if (reasons.length > 0) await tx.record({ kind: 'TakeBack', reasons });
};

/** What a step that could not be done says to people. */
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
 * From the accepted execution to a tentative commit that was read back. As long as nothing was sent, a fault refuses the execution, and what came too late lapses. Once the
 * commit was sent, only the device's own refusal of it says that nothing is there; everything else, also after its ok, is an outcome to be found out by reading, and throws.
 */
export const applyChange = async (tools: TxTools, tx: Tx, at: TxAt, held: HeldTurn): Promise<void> => {
  const { session } = held;
  let kept = false;
  try {
    await change(tools, tx, at, held);
    tx.keepSession(session);
    kept = true;
  } catch (error) {
    if (held.written) {
      if (!held.acknowledged && error instanceof NetconfRpcError && !isUnknownOutcome(error)) {
        await tx.record({ kind: 'RecordFailed', reasons: reasonsOf(error) });
        return;
      }
      session.client.destroy();
      tools.logger.warn({ err: error, tx_id: tx.tx_id }, 'the outcome of the tentative commit is unknown');
      throw error;
    }
    if (!(error instanceof StepFailed) && !isDeviceFault(error)) throw error;
    // Only this process holds the turn, so only it can have asked for the commit: nobody else's step is overwritten.
    const { state, revision } = await tx.now();
    if (state.turn?.turn !== held.turn || (state.phase !== 'prepared' && state.phase !== 'commit_requested'))
      return;
    const reasons = reasonsOf(error);
    await tx.record(
      error instanceof StepFailed && error.outcome === 'stale'
        ? { kind: 'RecordLapse', reasons }
        : { kind: 'RefuseApply', request_id: at.state.apply!.request_id, reasons },
      revision,
    );
  } finally {
    if (!kept) await session.close();
  }
};
