import { streamName, type Reason } from '@interlock/contracts';
import { collect, ProblemError, type EventStore, type RecordedEvent } from '@interlock/kernel';
import { readAction } from './action-record.js';
import { fencedOut } from './fencing.js';
import { boundSwitches, LeaseExpired, takeLease, type EpochLease } from './kill-switch-lease.js';
import { leaseOf, type ExecutorPresence } from './presence.js';

/**
 * A step that ended before it sent any change: `refused` ends the work; `stale` came too late and
 * requests another turn.
 */
export class StepFailed extends Error {
  readonly outcome: 'refused' | 'stale';
  readonly reasons: readonly Reason[];
  constructor(outcome: 'refused' | 'stale', reasons: readonly Reason[]) {
    super(reasons.map((reason) => reason.detail).join('; '));
    this.name = 'StepFailed';
    this.outcome = outcome;
    this.reasons = reasons;
  }
}
/** Ends the work. */
export const refused = (code: string, detail: string): StepFailed =>
  new StepFailed('refused', [{ code, detail }]);
/** Requests another turn. */
export const stale = (code: string, detail: string): StepFailed =>
  new StepFailed('stale', [{ code, detail }]);

/** The data with which an executor accepted the start. */
type Accepted = { readonly action_type: string; readonly epoch: string; readonly request_id: string };

export type PermitParts = {
  readonly store: EventStore;
  /** This process as an executor. Without it, its leases end by time alone. */
  readonly executor?: Pick<ExecutorPresence, 'lease'> | undefined;
  readonly lease_ms: number;
  readonly tenant_id: string;
  readonly action_id: string;
  /**
   * The stream of the executor's own journal of the action: it holds `TurnTaken` and
   * `ApplyAccepted` among its last three events.
   */
  readonly journal: string;
  readonly apply: Accepted;
  /** The revision at which the journal must end. */
  readonly revision: bigint;
  /**
   * The latest time at which the append of `ApplyAccepted` was sent, on the monotonic clock; read
   * at each check.
   */
  readonly held: { readonly apply_sent_at: number };
  /** How long the turn is valid, in milliseconds. */
  readonly valid_ms: number;
  readonly throwIfStopping: () => void;
};

/** Permission to send a first change, valid as long as a lease. */
export type StartPermit = {
  readonly lease: EpochLease;
  /**
   * Throws LeaseExpired, StepFailed `stale`, or because this instance is stopping. Call it in the
   * same synchronous step as the write.
   */
  readonly check: () => void;
};

const createdOf = (tail: readonly RecordedEvent[], type: string): number => {
  const event = tail.find((one) => one.type === type);
  return event === undefined ? Number.NaN : Date.parse(event.created);
};

const requestOf = (event: RecordedEvent | undefined): unknown =>
  event?.type === 'ExecutionStarted' && 'request_id' in event.data ? event.data.request_id : undefined;

const engagedSince: Reason = {
  code: 'kill-switch-engaged',
  detail: 'a kill switch was engaged since the execution was started',
};

/**
 * The objection of a lease to work that was started in the epoch `asked`; null if there is none.
 */
const againstLease = ({ engaged: [engaged], epoch }: EpochLease, asked: string): Reason | null => {
  if (engaged !== undefined)
    return { code: 'kill-switch-engaged', detail: `the kill switch \`${engaged}\` is engaged` };
  return epoch === asked ? null : engagedSince;
};

/**
 * Reads everything that may forbid the start, all at once: the kill switches, the journal and the
 * action's stream. The journal must end at `revision`, and the action's stream must end with the
 * execution. Throws StepFailed if nothing may be sent any more, `stale-revision` if another
 * instance continued, and the store's error if the log cannot be read, because an executor never
 * acts on an unknown state.
 */
export const takePermit = async (parts: PermitParts): Promise<StartPermit> => {
  const { store, tenant_id: tenantId, action_id: actionId, apply, held } = parts;
  const asking = collect(store.read(streamName('action', tenantId, actionId), { backwards: true, limit: 1 }));
  const bound = asking.then(([last]) => boundSwitches(last?.data));
  // The lease may fail earlier than its waiter learns of it.
  bound.catch(() => undefined);
  const [lease, tail, action] = await Promise.all([
    leaseOf(parts.executor, () =>
      takeLease(store, tenantId, apply.action_type, parts.lease_ms, undefined, bound),
    ),
    collect(store.read(parts.journal, { backwards: true, limit: 3 })),
    asking,
  ]);
  if (tail[0]?.revision !== parts.revision)
    throw new ProblemError('stale-revision', `another instance went on with action \`${actionId}\``);
  if (requestOf(action[0]) !== apply.request_id)
    throw stale('action-moved-on', 'the action does not ask for this execution any more');
  const against = againstLease(lease, apply.epoch);
  if (against !== null) throw new StepFailed('refused', [against]);
  const lost = await fencedOut(store, tenantId, actionId, action[0]?.data ?? {});
  if (lost !== null) throw new StepFailed('refused', [lost]);
  // Between its two events the log's own clock counts; from then on, this process's clock. No
  // second clock is trusted.
  const asked = Math.max(0, createdOf(tail, 'ApplyAccepted') - createdOf(tail, 'TurnTaken'));
  const check = (): void => {
    parts.throwIfStopping();
    if (!(asked + performance.now() - held.apply_sent_at < parts.valid_ms))
      throw stale(
        'turn-too-old',
        `more than ${parts.valid_ms / 1000} s lay between the turn and the first change`,
      );
    lease.check();
  };
  check();
  return { lease, check };
};

/**
 * The permit for the rollback of an action that had ended, which is a new execution. The action's
 * stream must end with its start. No kill switch and no later lease may forbid it. It has no turn:
 * the state that it changes back is compared under the device's locks. Throws as `takePermit` does.
 */
export const takeRollbackPermit = async (
  parts: Pick<
    PermitParts,
    'store' | 'executor' | 'lease_ms' | 'tenant_id' | 'action_id' | 'throwIfStopping'
  > & {
    readonly action_type: string;
    readonly request_id: string;
  },
): Promise<StartPermit> => {
  const { store, tenant_id: tenantId, action_id: actionId } = parts;
  const asking = collect(store.read(streamName('action', tenantId, actionId), { backwards: true, limit: 1 }));
  const bound = asking.then(([last]) => boundSwitches(last?.data));
  bound.catch(() => undefined);
  const [lease, [last]] = await Promise.all([
    leaseOf(parts.executor, () =>
      takeLease(store, tenantId, parts.action_type, parts.lease_ms, undefined, bound),
    ),
    asking,
  ]);
  const data: { readonly request_id?: unknown; readonly epoch?: unknown } =
    last?.type === 'RollbackStarted' ? last.data : {};
  if (data.request_id !== parts.request_id || typeof data.epoch !== 'string')
    throw refused('action-moved-on', 'the action does not ask for this rollback any more');
  const against = againstLease(lease, data.epoch);
  if (against !== null) throw new StepFailed('refused', [against]);
  const lost = await fencedOut(store, tenantId, actionId, data);
  if (lost !== null) throw new StepFailed('refused', [lost]);
  return {
    lease,
    check: () => {
      parts.throwIfStopping();
      lease.check();
    },
  };
};

/**
 * The permit to send again what was begun and has the same effect however often it is sent. It
 * begins nothing, so it has no turn. Throws StepFailed if a kill switch forbids it, and the store's
 * error.
 */
export const takePermitAgain = async (
  parts: Pick<
    PermitParts,
    'store' | 'executor' | 'lease_ms' | 'tenant_id' | 'action_id' | 'throwIfStopping'
  > & { readonly apply: Pick<Accepted, 'action_type' | 'epoch'> },
): Promise<StartPermit> => {
  const { apply } = parts;
  const { started } = await readAction(parts.store, parts.tenant_id, parts.action_id);
  const lease = await takeWorkLease(parts, apply.action_type, started);
  const against = againstLease(lease, apply.epoch);
  if (against !== null) throw new StepFailed('refused', [against]);
  return {
    lease,
    check: () => {
      parts.throwIfStopping();
      lease.check();
    },
  };
};

/**
 * Why a change must be undone: a kill switch is engaged, or was since the execution was started, or
 * the switches cannot be read, which is reported to `onFault`. Empty if there is no reason.
 */
export const switchedOff = async (
  parts: Pick<PermitParts, 'store' | 'lease_ms' | 'tenant_id' | 'action_id'> & {
    readonly apply: Pick<Accepted, 'action_type' | 'epoch'>;
  },
  onFault: (error: unknown) => void,
): Promise<readonly Reason[]> => {
  try {
    const { store, tenant_id: tenantId, apply } = parts;
    const bound = readAction(store, tenantId, parts.action_id).then(({ started }) => boundSwitches(started));
    const lease = await takeLease(store, tenantId, apply.action_type, parts.lease_ms, undefined, bound);
    const against = againstLease(lease, apply.epoch);
    return against === null ? [] : [against];
  } catch (error) {
    onFault(error);
    return [
      {
        code: 'kill-switch-unknown',
        detail: 'the kill switches could not be read after the lease had run out',
      },
    ];
  }
};

/** The data of an execution's start that concern its kill switches. */
type StartedUnder = { readonly epoch: string; readonly switches?: unknown };

/**
 * A lease for an execution: the switches of its scope and those that it is bound to. Throws the
 * store's error if the log cannot be read.
 */
const takeWorkLease = (
  parts: Pick<PermitParts, 'store' | 'executor' | 'lease_ms' | 'tenant_id'>,
  actionType: string,
  started: StartedUnder | null,
): Promise<EpochLease> =>
  leaseOf(parts.executor, () =>
    takeLease(parts.store, parts.tenant_id, actionType, parts.lease_ms, undefined, boundSwitches(started)),
  );

/**
 * Why an execution must not be accepted: a kill switch is engaged, or was since its start. Null if
 * there is no reason. The lease is not kept, so this process need not be registered.
 */
export const againstStart = async (
  { store, lease_ms, tenant_id }: Pick<PermitParts, 'store' | 'lease_ms' | 'tenant_id'>,
  actionType: string,
  started: StartedUnder,
): Promise<Reason | null> =>
  againstLease(await takeWorkLease({ store, lease_ms, tenant_id }, actionType, started), started.epoch);

/**
 * Sends under a permit that is valid at the moment of the write. `request` appends the request
 * before the target receives it; `send` calls `check` in the same synchronous step as the write. If
 * the lease expired before the write, or `send` answers `unheard`, it sends again under a new
 * permit.
 */
export const sendUnder = async <A, T>(
  permitAt: (asked: A | undefined) => Promise<StartPermit>,
  request: () => Promise<A>,
  send: (check: () => void, asked: A) => Promise<T | 'unheard'>,
): Promise<{ readonly result: T; readonly permit: StartPermit; readonly asked: A }> => {
  let permit = await permitAt(undefined);
  const asked = await request();
  for (;;) {
    const { check } = permit;
    try {
      const result = await send(check, asked);
      if (result !== 'unheard') return { result, permit, asked };
    } catch (error) {
      if (!(error instanceof LeaseExpired)) throw error;
    }
    permit = await permitAt(asked);
  }
};
