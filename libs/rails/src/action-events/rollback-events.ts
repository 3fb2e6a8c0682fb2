import type { PlanAnswer, Reason, Timestamp } from '@interlock/contracts';
import type { WithReasons } from '@interlock/kernel';
import type { Fact } from '../gates/gate.js';
import type { RecordedGate } from '../gates/table.js';
import type { KillSwitchHead } from '../stop/kill-switch.js';

/**
 * The parts that the approval of a rollback is bound to: a hash of the action, of the changes, and
 * of the leaves' present values.
 */
export type RollbackParts = { readonly action: string; readonly diff: string; readonly leaves: string };

/**
 * The rollback of a completed action: a new execution on the action's own stream, after its first
 * end. Before `RollbackStarted` nothing is sent, and a refused rollback leaves the action as it
 * was.
 */
export type RollbackEvent =
  /**
   * What a rollback would change back, read from the device or the handler. Nobody has approved it
   * yet.
   */
  | Fact<
      'RollbackPrepared',
      {
        readonly by: string;
        readonly plan: PlanAnswer;
        readonly digest: string;
        readonly digest_parts: RollbackParts;
        readonly expires_at: Timestamp;
      }
    >
  /** If the rollback has not started by `start_by`, it is refused. */
  | Fact<
      'RollbackApproved',
      {
        readonly by: string;
        readonly digest: string;
        readonly request_id: string;
        readonly start_by: Timestamp;
        /** The action that is rolled back, so that a kill switch finds it. */
        readonly action_type: string;
        readonly account_id: string;
        readonly agent: string;
        readonly comment?: string;
        /**
         * The approval came with that of the action's plan: its digest, and the people who gave it.
         */
        readonly plan?: {
          readonly plan_id: string;
          readonly digest: string;
          readonly approved_by: readonly string[];
        };
        /**
         * The approval came with that of the action: its change is temporary, and its time is over.
         */
        readonly temporary?: true;
      }
    >
  /** The judged gates of a rollback, and, at the last look, the changes that it would make now. */
  | Fact<
      'RollbackJudged',
      {
        readonly look: 'first' | 'last';
        readonly gates: readonly RecordedGate[];
        readonly plan: PlanAnswer | null;
      }
    >
  /** After this event, the handler may be asked to change the action back. */
  | Fact<
      'RollbackStarted',
      {
        readonly request_id: string;
        readonly epoch: string;
        readonly switches: readonly KillSwitchHead[];
        readonly fencing: string;
        readonly leaves_fingerprint: string;
        readonly handler: { readonly service: string; readonly name: string };
      }
    >
  /** Nothing was sent, and the action stays as it is. */
  | Fact<
      'RollbackRefused',
      WithReasons & {
        readonly cause: 'gate' | 'changed' | 'expired' | 'kill_switch' | 'cancelled' | 'handler';
        /** It would have undone a temporary change at the end of its time. */
        readonly temporary?: true;
        /** When it is tried again. Absent if it is not, because others have changed the leaves. */
        readonly again_at?: Timestamp;
      }
    >
  /**
   * A temporary change was undone at the end of its time. The action stays completed, because it
   * did what was asked.
   */
  | Fact<'TemporaryChangeUndone', WithReasons>;

export const rollbackEventTypes = [
  'RollbackPrepared',
  'RollbackApproved',
  'RollbackJudged',
  'RollbackStarted',
  'RollbackRefused',
  'TemporaryChangeUndone',
] as const satisfies readonly RollbackEvent['type'][];

/**
 * The rollback of a completed action and its progress. A `prepared` rollback waits for a person's
 * approval.
 */
export type RollbackState = {
  readonly status: 'prepared' | 'approved' | 'judged' | 'started' | 'refused' | 'done';
  readonly prepared_by: string;
  readonly plan: PlanAnswer;
  readonly digest: string;
  readonly expires_at: Timestamp;
  readonly approved_by: string | null;
  readonly request_id: string | null;
  readonly start_by: Timestamp | null;
  /** True if it undoes a temporary change at the end of its time. */
  readonly temporary: boolean;
  /** When a refused undo of a temporary change is tried again; null if it is not. */
  readonly again_at: Timestamp | null;
  readonly epoch: string | null;
  readonly reasons: readonly Reason[];
};

/**
 * Returns the rollback after one of its events; unchanged if its present state does not allow the
 * event.
 */
export const foldRollback = (before: RollbackState | null, event: RollbackEvent): RollbackState | null => {
  if (event.type === 'RollbackPrepared') {
    const { by, plan, digest, expires_at } = event.data;
    return {
      status: 'prepared',
      prepared_by: by,
      plan,
      digest,
      expires_at,
      approved_by: null,
      request_id: null,
      start_by: null,
      temporary: false,
      again_at: null,
      epoch: null,
      reasons: [],
    };
  }
  if (before === null) return before;
  switch (event.type) {
    case 'RollbackApproved': {
      const { by, request_id, start_by, temporary = false } = event.data;
      return { ...before, status: 'approved', approved_by: by, request_id, start_by, temporary };
    }
    case 'RollbackJudged':
      return event.data.look === 'first' ? { ...before, status: 'judged' } : before;
    case 'RollbackStarted':
      return { ...before, status: 'started', epoch: event.data.epoch };
    case 'RollbackRefused': {
      const { reasons, temporary = false, again_at = null } = event.data;
      return { ...before, status: 'refused', reasons, temporary, again_at };
    }
    case 'TemporaryChangeUndone':
      return { ...before, status: 'done', reasons: event.data.reasons };
  }
};

/** True if the rollback was approved and nothing has been sent yet. */
export const isRollbackPending = (rollback: Pick<RollbackState, 'status'> | null): boolean =>
  rollback?.status === 'approved' || rollback?.status === 'judged';

const types: ReadonlySet<string> = new Set(rollbackEventTypes);
/** True for an event of a rollback of a completed action, except its end. */
export const isRollbackEvent = <E extends { readonly type: string }>(
  event: E,
): event is Extract<E, { readonly type: RollbackEvent['type'] }> => types.has(event.type);

/** True for an event of a rollback after which the action is completed again. */
export const isRollbackEnd = (
  event: RollbackEvent,
): event is Extract<RollbackEvent, { readonly type: 'RollbackRefused' | 'TemporaryChangeUndone' }> =>
  event.type === 'RollbackRefused' || event.type === 'TemporaryChangeUndone';
