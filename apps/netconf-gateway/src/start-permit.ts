import { defaults, streamName } from '@interlock/contracts';
import { collect, ProblemError, type RecordedEvent } from '@interlock/kernel';
import type { DeviceTxState } from '@interlock/network';
import { refused, stale } from './change-session.js';
import { fencedOut, takeLease, type EpochLease } from '@interlock/executor';
import type { Tx, TxTools } from './tx/context.js';
import type { HeldTurn } from './tx/turn.js';

/** Permission to send the first change, good for as long as a lease. */
export type StartPermit = {
  readonly lease: EpochLease;
  /** Throws LeaseExpired, StepFailed `stale`, or because this instance is stopping. To be called in the same synchronous step as the socket write. */
  readonly check: () => void;
};

const createdOf = (tail: readonly RecordedEvent[], type: string): number => {
  const event = tail.find((one) => one.type === type);
  return event === undefined ? Number.NaN : Date.parse(event.created);
};

/**
 * Reads everything that may forbid the first change, all at once: the kill switches, the transaction's own stream, which must end at `revision`, and the action's,
 * which must end with the execution. Throws StepFailed where nothing may be sent any more, `stale-revision` where another instance went on with the transaction, and the
 * store's error where the log cannot be read: what is unknown never acts.
 */
export const takePermit = async (
  tools: Pick<TxTools, 'store' | 'config'>,
  tx: Pick<Tx, 'tenant_id' | 'tx_id' | 'throwIfStopping'>,
  state: Pick<DeviceTxState, 'apply'>,
  held: Pick<HeldTurn, 'apply_sent_at'>,
  revision: bigint,
): Promise<StartPermit> => {
  const { action_type: actionType, epoch, request_id: requestId } = state.apply!;
  const stream = streamName('device_tx', tx.tenant_id, tx.tx_id);
  const [lease, tail, action] = await Promise.all([
    takeLease(tools.store, tx.tenant_id, actionType, tools.config.KILL_SWITCH_LEASE_MS),
    collect(tools.store.read(stream, { backwards: true, limit: 3 })),
    collect(tools.store.read(streamName('action', tx.tenant_id, tx.tx_id), { backwards: true, limit: 1 })),
  ]);
  if (tail[0]?.revision !== revision)
    throw new ProblemError('stale-revision', `another instance went on with transaction \`${tx.tx_id}\``);
  if (
    action[0]?.type !== 'ExecutionStarted' ||
    (action[0].data as { readonly request_id?: unknown }).request_id !== requestId
  ) {
    throw stale('action-moved-on', 'the action does not ask for this execution any more');
  }
  if (lease.engaged.length > 0)
    throw refused('kill-switch-engaged', `the kill switch \`${lease.engaged[0]!}\` is engaged`);
  if (lease.epoch !== epoch)
    throw refused('kill-switch-engaged', 'a kill switch was engaged since the execution was started');
  const lost = await fencedOut(tools.store, tx.tenant_id, tx.tx_id, action[0].data);
  if (lost !== null) throw refused(lost.code, lost.detail);
  // By the log's own clock between its two events, and by this process's from then on: no second clock is trusted.
  const asked = Math.max(0, createdOf(tail, 'ApplyAccepted') - createdOf(tail, 'TurnTaken'));
  const check = (): void => {
    tx.throwIfStopping();
    if (!(asked + performance.now() - held.apply_sent_at < defaults.turn_valid_ms))
      throw stale(
        'turn-too-old',
        `more than ${defaults.turn_valid_ms / 1000} s lay between the turn and the first change`,
      );
    lease.check();
  };
  check();
  return { lease, check };
};
