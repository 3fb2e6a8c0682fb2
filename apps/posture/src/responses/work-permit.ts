import { defaults, type HandlerEnvelope, type Reason } from '@interlock/contracts';
import type { EpochLease } from '@interlock/executor';
import type { ResponseWorkCommand } from '@interlock/posture';
import type { ActionRecord } from './action-record.js';

/** What the work of a response may begin under. `start_by` is on the monotonic clock; `turn` is null for work that was begun before, and goes on under a lease of its own. */
export type WorkPermit = {
  readonly lease: EpochLease;
  readonly start_by: number;
  readonly turn: number | null;
};

/**
 * Why work that was started must not begin now; null where it may. INVARIANT: whoever calls this begins the work in the same synchronous step. Throws LeaseExpired for work that
 * goes on, whose lease is then taken again.
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

/** Why an apply is not what the action's own stream says was started, or may not start now; null where it may. */
export const notAskedFor = (
  envelope: HandlerEnvelope,
  { intent, started, turn, turn_taken, ended }: ActionRecord,
): Reason | null => {
  const no = (detail: string): Reason => ({ code: 'side-door', detail });
  if (intent === null || started === null) return no("the action's own stream has no ExecutionStarted");
  if (ended) return no('the action is at an end');
  if (started.handler.service !== 'posture' || started.handler.name !== intent.action_type)
    return no("the action's handler is not here");
  if (started.request_id !== envelope.request_id) return no('the execution was started by another request');
  if (started.epoch !== envelope.epoch) return no('the execution was started in another epoch');
  if (turn === null || turn_taken === null || started.turn !== turn.turn)
    return no('no turn was taken for the execution');
  return null;
};
