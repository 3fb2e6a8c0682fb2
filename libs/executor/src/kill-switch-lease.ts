import { collect, ProblemError, type EventStore } from '@interlock/kernel';
import { killSwitchEpoch, killSwitchStreams, type KillSwitchHead } from '@interlock/rails';

/** The lease has run out: nothing may be sent under it. */
export class LeaseExpired extends Error {
  constructor() {
    super('the kill switch lease has run out');
    this.name = 'LeaseExpired';
  }
}

/** A short permission to start work: our own read of the kill switches that can stop it. */
export type EpochLease = {
  readonly epoch: string;
  readonly engaged: readonly string[];
  readonly valid: () => boolean;
  /** Throws LeaseExpired. To be called in the same synchronous step as the socket write. */
  readonly check: () => void;
};

/**
 * Reads the heads of the switches' streams. The lease counts on the monotonic clock from before the read was sent.
 * Throws the store's error where the log cannot be read: what is unknown never acts.
 */
export const takeLease = async (
  store: EventStore,
  tenantId: string,
  actionType: string,
  leaseMs: number,
  clock: () => number = () => performance.now(),
): Promise<EpochLease> => {
  const began = clock();
  const heads = await Promise.all(
    killSwitchStreams(tenantId, actionType).map(async (stream): Promise<KillSwitchHead> => {
      const [last] = await collect(store.read(stream, { backwards: true, limit: 1 }));
      if (last === undefined) return { stream, revision: '-1', engaged: false };
      if (last.type !== 'KillSwitchEngaged' && last.type !== 'KillSwitchReleased')
        throw new ProblemError('unknown-event-type', `\`${last.type}\` in stream \`${stream}\` is not known`);
      return { stream, revision: `${last.revision}`, engaged: last.type === 'KillSwitchEngaged' };
    }),
  );
  const valid = (): boolean => clock() - began < leaseMs;
  return {
    epoch: killSwitchEpoch(heads),
    engaged: heads.filter((head) => head.engaged).map((head) => head.stream),
    valid,
    check: () => {
      if (!valid()) throw new LeaseExpired();
    },
  };
};
