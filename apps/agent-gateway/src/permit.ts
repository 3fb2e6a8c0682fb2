import { defaults, streamName, type Reason } from '@interlock/contracts';
import type { CallState } from '@interlock/agents';
import { fencedOut, takeLease, type EpochLease } from '@interlock/executor';
import { collect, ProblemError, type EventStore, type RecordedEvent } from '@interlock/kernel';

/** A call that was not begun: `refused` ends it, `stale` came too late and asks for another turn. */
export class NotBegun extends Error {
  readonly outcome: 'refused' | 'stale';
  readonly reasons: readonly Reason[];
  constructor(outcome: 'refused' | 'stale', code: string, detail: string) {
    super(detail);
    this.name = 'NotBegun';
    this.outcome = outcome;
    this.reasons = [{ code, detail }];
  }
}

/** Permission to send `apply`, good for as long as a lease. */
export type CallPermit = {
  readonly lease: EpochLease;
  /** Throws LeaseExpired, NotBegun, or because this instance is stopping. To be called in the same synchronous step as the write. */
  readonly check: () => void;
};

export type PermitParts = {
  readonly store: EventStore;
  readonly lease_ms: number;
  readonly tenant_id: string;
  readonly action_id: string;
  readonly state: Pick<CallState, 'apply'>;
  /** The revision at which the call's stream must end. */
  readonly revision: bigint;
  /** On the monotonic clock, no later than when the append of `ApplyAccepted` was sent. */
  readonly apply_sent_at: number;
  readonly throwIfStopping: () => void;
};

const createdOf = (tail: readonly RecordedEvent[], type: string): number => {
  const event = tail.find((one) => one.type === type);
  return event === undefined ? Number.NaN : Date.parse(event.created);
};

const requestOf = (event: RecordedEvent | undefined): unknown =>
  event?.type === 'ExecutionStarted' && 'request_id' in event.data ? event.data.request_id : undefined;

/**
 * Reads everything that may forbid the call, all at once: the kill switches, the call's own stream, which must end at `revision`, and the action's, which must end with the
 * execution. Throws NotBegun where nothing may be sent any more, `stale-revision` where another instance went on, and the store's error where the log cannot be read:
 * what is unknown never acts.
 */
export const takePermit = async (parts: PermitParts): Promise<CallPermit> => {
  const { store, tenant_id: tenantId, action_id: actionId, state, revision } = parts;
  const { apply } = state;
  if (apply === null) throw new ProblemError('internal-error', 'a call without its apply has no permit');
  const [lease, tail, action] = await Promise.all([
    takeLease(store, tenantId, apply.action_type, parts.lease_ms),
    collect(store.read(streamName('call', tenantId, actionId), { backwards: true, limit: 3 })),
    collect(store.read(streamName('action', tenantId, actionId), { backwards: true, limit: 1 })),
  ]);
  if (tail[0]?.revision !== revision)
    throw new ProblemError('stale-revision', `another instance went on with call \`${actionId}\``);
  if (requestOf(action[0]) !== apply.request_id)
    throw new NotBegun('stale', 'action-moved-on', 'the action does not ask for this execution any more');
  const [engaged] = lease.engaged;
  if (engaged !== undefined)
    throw new NotBegun('refused', 'kill-switch-engaged', `the kill switch \`${engaged}\` is engaged`);
  if (lease.epoch !== apply.epoch)
    throw new NotBegun(
      'refused',
      'kill-switch-engaged',
      'a kill switch was engaged since the execution was started',
    );
  const lost = await fencedOut(store, tenantId, actionId, action[0]?.data ?? {});
  if (lost !== null) throw new NotBegun('refused', lost.code, lost.detail);
  // By the log's own clock between its two events, and by this process's from then on: no second clock is trusted.
  const asked = Math.max(0, createdOf(tail, 'ApplyAccepted') - createdOf(tail, 'TurnTaken'));
  const check = (): void => {
    parts.throwIfStopping();
    if (!(asked + performance.now() - parts.apply_sent_at < defaults.turn_valid_ms))
      throw new NotBegun(
        'stale',
        'turn-too-old',
        `more than ${defaults.turn_valid_ms / 1000} s lay between the turn and the call`,
      );
    lease.check();
  };
  check();
  return { lease, check };
};

/** Why a call that is applied has to be taken back: a kill switch is engaged, or was since the execution was started, or the switches cannot be read. */
export const switchedOff = async (
  store: EventStore,
  leaseMs: number,
  tenantId: string,
  { apply }: Pick<CallState, 'apply'>,
): Promise<readonly Reason[]> => {
  try {
    const now = await takeLease(store, tenantId, apply?.action_type ?? '', leaseMs);
    const [engaged] = now.engaged;
    if (engaged !== undefined)
      return [{ code: 'kill-switch-engaged', detail: `the kill switch \`${engaged}\` is engaged` }];
    return now.epoch === apply?.epoch
      ? []
      : [
          {
            code: 'kill-switch-engaged',
            detail: 'a kill switch was engaged since the execution was started',
          },
        ];
  } catch {
    return [
      {
        code: 'kill-switch-unknown',
        detail: 'the kill switches could not be read after the lease had run out',
      },
    ];
  }
};
