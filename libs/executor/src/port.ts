import type { Reason, Timestamp } from '@interlock/contracts';
import type { EventStore } from '@interlock/kernel';
import type { ExecutorPresence } from './presence.js';
import type { ActionThat } from './turn.js';
import type { HeldTurn, Trace, Work, WorkAt, WorkJournal, WorkLogger, WorkState } from './work.js';

/**
 * Appends the request of a change, and sends the change under a permit that is valid at the moment
 * of the write.
 */
export type SendChange<C, S> = <T>(change: {
  /** The command that records in the journal that the target is about to receive the change. */
  readonly request: C;
  /** Called once the request is in the journal; `written` is false if it was already there. */
  readonly requested?: (asked: WorkAt<S> & { readonly written: boolean }) => Promise<void> | void;
  /**
   * Calls `check` in the same synchronous step as the write. `unheard` means that the target
   * received nothing, so it is sent again.
   */
  readonly send: (check: () => void) => Promise<T | 'unheard'>;
}) => Promise<{
  readonly result: T;
  readonly asked: WorkAt<S>;
  /**
   * Why an answered change must be undone at once: the lease expired in the meantime and a switch
   * is engaged.
   */
  readonly against: () => Promise<readonly Reason[]>;
}>;

/** The same for the rollback of an action that had ended, under a permit of its own. */
export type SendRollback<C, S> = <T>(change: {
  readonly request_id: string;
  readonly action_type: string;
  readonly request: C;
  /**
   * The revision at which the request is appended; absent: the revision that is read after the
   * permit.
   */
  readonly at?: bigint;
  readonly requested?: (asked: WorkAt<S> & { readonly written: boolean }) => Promise<void> | void;
  readonly send: (check: () => void) => Promise<T | 'unheard'>;
}) => Promise<T>;

/**
 * Sends again a change that was begun and has the same effect however often it is sent, under a
 * permit of its own. Throws StepFailed if a kill switch forbids it.
 */
export type SendAgain = <T>(send: (check: () => void) => Promise<T | 'unheard'>) => Promise<T>;

/** The work that an executor does itself with its target. The driver does everything else. */
export interface ExecutorPort<C, S, W, H extends HeldTurn> {
  /**
   * Takes the resources of the turn, plans, and journals `TurnTaken`. Undefined if the turn ended
   * otherwise or must wait.
   */
  prepare(work: W, at: WorkAt<S>): Promise<H | undefined>;
  /**
   * From the accepted execution to the target's answer. A StepFailed before the write lapses or
   * refuses the execution. After any other error, the outcome must be determined.
   */
  start(work: W, at: WorkAt<S>, held: H, send: SendChange<C, S>): Promise<void>;
  /**
   * Determines the outcome of a first change that was requested. Sends it again only if a repeat
   * has no other effect.
   */
  settle(work: W, at: WorkAt<S>, fault: string | null, again: SendAgain): Promise<void>;
  /** Waits the soak time, then records the effect of the change. */
  observe(work: W, at: WorkAt<S>): Promise<void>;
  confirm(work: W, at: WorkAt<S>): Promise<void>;
  undo(work: W, at: WorkAt<S>, send: SendRollback<C, S>): Promise<void>;
}

/** A piece of work that this process has begun. */
export type OpenedWork<W, S> = {
  readonly workAt: (state: S) => W;
  /** Releases the resources that are kept between the steps. */
  readonly end: () => Promise<void>;
};

export type DriverParts<C, S extends WorkState, W extends Work<C, S>, H extends HeldTurn> = {
  readonly store: EventStore;
  /** The name of the executing service. */
  readonly service: string;
  readonly executor?: Pick<ExecutorPresence, 'lease'> | undefined;
  readonly lease_ms: number;
  readonly logger: WorkLogger;
  readonly instance: string;
  readonly journal: WorkJournal<C, S>;
  readonly port: ExecutorPort<C, S, W, H>;
  readonly actionThat: ActionThat;
  /** Builds the executor's own view of a piece of work from the driver's. */
  readonly open: (
    tenantId: string,
    id: string,
    driven: (trace: Trace) => Work<C, S>,
  ) => Promise<OpenedWork<W, S>>;
  /** The deadline for a decision; after it, the change is undone. */
  readonly decideBy: (state: S) => Timestamp;
  /** Called between two steps; tests stop the process there. */
  readonly turnTaken: (id: string) => Promise<void> | void;
  readonly onEnd: (work: { readonly tenant_id: string; readonly id: string }, state: S) => void;
};
