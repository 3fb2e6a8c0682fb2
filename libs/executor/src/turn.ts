import { defaults, type Reason } from '@interlock/contracts';
import type { ActionRecord } from './action-record.js';
import { turnValidMs, type HeldTurn, type Work, type WorkAt, type WorkState } from './work.js';

const lookEveryMs = 500;

/**
 * The action as the log has it. A followed copy is enough if it already `says` what the caller
 * needs.
 */
export type ActionThat = (
  tenantId: string,
  actionId: string,
  says: (action: ActionRecord) => boolean,
) => Promise<ActionRecord>;

/** Why a turn lapses when its action has continued. */
export const movedOn: Reason = {
  code: 'action-moved-on',
  detail: 'the action does not ask for this turn any more',
};

/** True if the action's own stream still requests this very turn. */
export const isTurnAsked = async (
  actionThat: ActionThat,
  { tenant_id: tenantId, action_id: actionId }: { readonly tenant_id: string; readonly action_id: string },
  requestId: string,
): Promise<boolean> => {
  const asks = ({ turn, ended }: ActionRecord): boolean => !ended && turn?.request_id === requestId;
  return asks(await actionThat(tenantId, actionId, asks));
};

/**
 * Holds the turn and waits for `apply`, for at most as long as a turn is valid. Then the turn
 * lapses, so that it never blocks its target.
 */
export const awaitApply = async <C, S extends WorkState>(
  work: Work<C, S>,
  held: HeldTurn,
  isTaken: (state: S) => boolean,
  actionThat: ActionThat,
): Promise<void> => {
  // An event of the work wakes the wait. From time to time it reads the log to confirm that no
  // event came.
  let unheard = false;
  for (;;) {
    const looked = performance.now();
    const { state, revision } = await (unheard ? work.now() : work.followed());
    if (!isTaken(state) || state.turn === null) return;
    // INVARIANT: only a state that was read after `looked` proves that the append of the apply was
    // not sent before it.
    if (unheard && !held.apply_sent_here) held.apply_sent_at = looked;
    const isAsked = await isTurnAsked(actionThat, work, state.turn.request_id);
    const valid = turnValidMs(state.turn);
    const left = valid - (performance.now() - held.taken_at);
    if (left <= 0 || !isAsked) {
      const seconds = valid / 1000;
      const unused = {
        code: 'turn-unused',
        detail: `nobody started the execution within ${seconds} s of its turn`,
      };
      await work.record({ kind: 'RecordLapse', reasons: [left <= 0 ? unused : movedOn] }, revision);
      return;
    }
    const until = performance.now() + Math.min(lookEveryMs, left);
    await work.waitOrWake(until - performance.now());
    unheard = performance.now() >= until;
  }
};

/**
 * Waits until no other process can begin anything under a turn that this process does not hold.
 * False if the work went on meanwhile. No process continues such a turn. So a process that waited
 * or crashed after the last look never changes a target under that last look.
 */
export const waitOutHolder = async <C, S extends WorkState>(
  work: Work<C, S>,
  { state, revision }: WorkAt<S>,
  instance: string,
): Promise<boolean> => {
  const taken = state.turn?.taken ?? null;
  const left =
    taken === null || taken.instance === instance
      ? 0
      : turnValidMs(state.turn) + defaults.kill_switch_lease_ms;
  const until = performance.now() + left;
  while (performance.now() < until) {
    await work.waitOrWake(Math.min(lookEveryMs, Math.max(1, until - performance.now())));
    if ((await work.now()).revision !== revision) return false;
  }
  return true;
};

/**
 * Ends a turn, or an execution under it, whose holder is gone before it sent anything. `isUnsent`
 * is asked when the holder can send nothing any more; absent, the journal already says so.
 */
export const lapseAbandoned = async <C, S extends WorkState>(
  work: Work<C, S>,
  at: WorkAt<S>,
  instance: string,
  isUnsent: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<void> => {
  if (!(await waitOutHolder(work, at, instance)) || !(await isUnsent())) return;
  const detail = 'the holder of the turn is gone, and nothing was sent under it';
  await work.record({ kind: 'RecordLapse', reasons: [{ code: 'executor-gone', detail }] }, at.revision);
};
