import { collect, ProblemError, type EventStore } from '@interlock/kernel';
import {
  isEngagedAfter,
  isKillSwitchEvent,
  killSwitchEpoch,
  killSwitchStreams,
  type KillSwitchHead,
} from '@interlock/rails';

/** The lease has expired: the executor may send nothing under it. */
export class LeaseExpired extends Error {
  constructor() {
    super('the kill switch lease has run out');
    this.name = 'LeaseExpired';
  }
}

/** A short permission to start work: a fresh read of the kill switches that can stop it. */
export type EpochLease = {
  readonly epoch: string;
  readonly engaged: readonly string[];
  /** The revisions that were read, in the order of the epoch. */
  readonly heads: readonly KillSwitchHead[];
  readonly valid: () => boolean;
  /** Throws LeaseExpired. Call it in the same synchronous step as the socket write. */
  readonly check: () => void;
};

/**
 * The streams of an execution's switches, from the data of its `ExecutionStarted`; empty if it
 * names none.
 */
export const boundSwitches = (started: object | null | undefined): readonly string[] => {
  const switches: unknown =
    started === null || started === undefined || !('switches' in started) ? undefined : started.switches;
  return !Array.isArray(switches)
    ? []
    : switches.flatMap((head: { readonly stream?: unknown } | null) =>
        typeof head?.stream === 'string' ? [head.stream] : [],
      );
};

const headOf = async (store: EventStore, stream: string): Promise<KillSwitchHead> => {
  const [last] = await collect(store.read(stream, { backwards: true, limit: 1 }));
  if (last === undefined) return { stream, revision: '-1', engaged: false };
  if (!isKillSwitchEvent(last.type))
    throw new ProblemError('unknown-event-type', `\`${last.type}\` in stream \`${stream}\` is not known`);
  return { stream, revision: `${last.revision}`, engaged: isEngagedAfter(last) };
};

/**
 * Reads the heads of the switches' streams: those of scope global, tenant and action type, and the
 * others that the execution is `bound` to (`boundSwitches`). A switch that the tenant lists later
 * advances the tenant's own switch, and with it the epoch. The lease runs on the monotonic clock,
 * from before the first read was sent. Throws the store's error if the log cannot be read, because
 * an executor never acts on an unknown state.
 */
export const takeLease = async (
  store: EventStore,
  tenantId: string,
  actionType: string,
  leaseMs: number,
  clock: () => number = () => performance.now(),
  bound: readonly string[] | Promise<readonly string[]> = [],
): Promise<EpochLease> => {
  const began = clock();
  const always = killSwitchStreams(tenantId, actionType);
  const more = async (): Promise<readonly KillSwitchHead[]> =>
    Promise.all(
      (await bound).filter((stream) => !always.includes(stream)).map((stream) => headOf(store, stream)),
    );
  const heads = (
    await Promise.all([Promise.all(always.map((stream) => headOf(store, stream))), more()])
  ).flat();
  const valid = (): boolean => clock() - began < leaseMs;
  return {
    epoch: killSwitchEpoch(heads),
    engaged: heads.filter((head) => head.engaged).map((head) => head.stream),
    heads,
    valid,
    check: () => {
      if (!valid()) throw new LeaseExpired();
    },
  };
};
