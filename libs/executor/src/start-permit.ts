import { defaults, streamName, type Reason } from '@interlock/contracts';
import { collect, ProblemError, type EventStore, type RecordedEvent } from '@interlock/kernel';
import { readAction } from './action-record.js';
import { fencedOut } from './fencing.js';
import { boundSwitches, takeLease, type EpochLease } from './kill-switch-lease.js';
import { leaseOf, type ExecutorPresence } from './presence.js';

/** A step that ended before anything was sent that changes something: `refused` ends the work, `stale` came too late and asks for another turn. */
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
/** Asks for another turn. */
export const stale = (code: string, detail: string): StepFailed =>
  new StepFailed('stale', [{ code, detail }]);

/** What an executor accepted when it was asked to start. */
type Accepted = { readonly action_type: string; readonly epoch: string; readonly request_id: string };

export type PermitParts = {
  readonly store: EventStore;
  /** This process as an executor; where there is none, its leases run out by time alone. */
  readonly executor?: ExecutorPresence | undefined;
  readonly lease_ms: number;
  readonly tenant_id: string;
  readonly action_id: string;
  /** The executor's own journal of the action: it holds `TurnTaken` and `ApplyAccepted` among its last three events. */
  readonly journal: 'device_tx' | 'call';
  readonly apply: Accepted;
  /** The revision at which the journal must end. */
  readonly revision: bigint;
  /** When the append of `ApplyAccepted` was sent at the latest, on the monotonic clock; read at each check. */
  readonly held: { readonly apply_sent_at: number };
  readonly throwIfStopping: () => void;
};

/** Permission to send what may change something first, good for as long as a lease. */
export type StartPermit = {
  readonly lease: EpochLease;
  /** Throws LeaseExpired, StepFailed `stale`, or because this instance is stopping. To be called in the same synchronous step as the write. */
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

/** What a lease says against the work; null where nothing does. */
const againstIt = ({ engaged: [engaged], epoch }: EpochLease, asked: string): Reason | null => {
  if (engaged !== undefined)
    return { code: 'kill-switch-engaged', detail: `the kill switch \`${engaged}\` is engaged` };
  return epoch === asked ? null : engagedSince;
};

/**
 * Reads everything that may forbid the start, all at once: the kill switches, the journal, which must end at `revision`, and the action's stream, which must end with the
 * execution. Throws StepFailed where nothing may be sent any more, `stale-revision` where another instance went on, and the store's error where the log cannot be read:
 * what is unknown never acts.
 */
export const takePermit = async (parts: PermitParts): Promise<StartPermit> => {
  const { store, tenant_id: tenantId, action_id: actionId, apply, held } = parts;
  const asking = collect(store.read(streamName('action', tenantId, actionId), { backwards: true, limit: 1 }));
  const bound = asking.then(([last]) => boundSwitches(last?.data));
  // Who waits for the lease may hear of it later than it fails.
  bound.catch(() => undefined);
  const [lease, tail, action] = await Promise.all([
    leaseOf(parts.executor, () =>
      takeLease(store, tenantId, apply.action_type, parts.lease_ms, undefined, bound),
    ),
    collect(store.read(streamName(parts.journal, tenantId, actionId), { backwards: true, limit: 3 })),
    asking,
  ]);
  if (tail[0]?.revision !== parts.revision)
    throw new ProblemError('stale-revision', `another instance went on with action \`${actionId}\``);
  if (requestOf(action[0]) !== apply.request_id)
    throw stale('action-moved-on', 'the action does not ask for this execution any more');
  const against = againstIt(lease, apply.epoch);
  if (against !== null) throw new StepFailed('refused', [against]);
  const lost = await fencedOut(store, tenantId, actionId, action[0]?.data ?? {});
  if (lost !== null) throw new StepFailed('refused', [lost]);
  // By the log's own clock between its two events, and by this process's from then on: no second clock is trusted.
  const asked = Math.max(0, createdOf(tail, 'ApplyAccepted') - createdOf(tail, 'TurnTaken'));
  const check = (): void => {
    parts.throwIfStopping();
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

/**
 * The permit of a rollback of an action that was over, which is a new execution: the action's stream must end with its start, and neither a kill switch nor a later lease may
 * speak against it. It has no turn: what it changes back is compared under the device's locks. Throws as `takePermit` does.
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
  const against = againstIt(lease, data.epoch);
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
 * Why what was done has to be taken back: a kill switch is engaged, or was since the execution was started, or the switches cannot be read, of which `onFault` is told.
 * Empty where nothing speaks against it.
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
    const against = againstIt(lease, apply.epoch);
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
