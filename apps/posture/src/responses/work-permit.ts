import { defaults } from '@interlock/contracts';
import type { EpochLease } from '@interlock/executor';
import type { ResponseWorkCommand } from '@interlock/posture';

/**
 * What the work of a response may begin under. `start_by` is on the monotonic clock; `turn` is null
 * for work that was begun before, and goes on under a lease of its own.
 */
export type WorkPermit = {
  readonly lease: EpochLease;
  readonly start_by: number;
  readonly turn: number | null;
};

/**
 * Why work that was started must not begin now; null where it may. INVARIANT: whoever calls this
 * begins the work in the same synchronous step. Throws LeaseExpired for work that goes on, whose
 * lease is then taken again.
 */
export const againstWork = (
  { lease, start_by, turn }: WorkPermit,
  epoch: string,
): ResponseWorkCommand | null => {
  if (turn === null) {
    const [engaged] = lease.engaged;
    if (engaged === undefined && lease.epoch === epoch) {
      lease.check();
      return null;
    }
    const detail = `a kill switch was engaged before the work could go on${engaged === undefined ? '' : `: \`${engaged}\``}`;
    return { kind: 'FailWork', reasons: [{ code: 'kill-switch-engaged', detail }] };
  }
  const lapsed = (code: string, detail: string): ResponseWorkCommand => ({
    kind: 'LapseWork',
    data: { turn, reasons: [{ code, detail }] },
  });
  const [engaged] = lease.engaged;
  if (engaged !== undefined || lease.epoch !== epoch)
    return lapsed('kill-switch-engaged', 'a kill switch was engaged before the start');
  if (!lease.valid()) return lapsed('lease-over', 'the lease of the kill switches ended before the start');
  return performance.now() < start_by
    ? null
    : lapsed(
        'turn-too-old',
        `more than ${defaults.turn_valid_ms / 1000} s lay between the turn and the start`,
      );
};

/** Thrown where work may not begin; `command` says why. */
export class MayNotBegin extends Error {
  constructor(readonly command: ResponseWorkCommand) {
    super('the work may not begin');
  }
}

/** That nothing was begun under a turn, and nothing will be. */
export const notBegun = (turn: number): ResponseWorkCommand => ({
  kind: 'LapseWork',
  data: {
    turn,
    reasons: [
      { code: 'turn-too-old', detail: 'who accepted the turn is gone, and nothing was begun under it' },
    ],
  },
});
