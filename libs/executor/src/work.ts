import { defaults, type Reason, type TxStatus } from '@interlock/contracts';
import type { AcceptedWork, CommandContext, ExecutedWork, WorkCommand, WorkStage } from '@interlock/kernel';
import type { ActionRecord } from './action-record.js';

/** The part of a journal's state that the driver and the commands read. */
export type WorkState = ExecutedWork & {
  readonly turn: {
    readonly turn: number;
    readonly request_id: string;
    readonly taken: { readonly instance: string; readonly plan_hash: string } | null;
    /** The targets that the action changes together; absent where it changes one. */
    readonly part?: { readonly devices: readonly string[] };
  } | null;
  readonly apply: AcceptedWork | null;
  readonly confirm_requested: boolean;
};

/** A state and the revision of its last event. */
export type WorkAt<S> = { readonly state: S; readonly revision: bigint };

/** The context of the events of a piece of work. */
export type Trace = Pick<ActionRecord, 'correlation_id' | 'causation_id' | 'traceparent'>;

/** The executor's own journal: its streams, its decider, and how its state is read. */
export type WorkJournal<C, S extends WorkState> = {
  /** The stream of one piece of work, by its id. */
  readonly streamOf: (tenantId: string, id: string) => string;
  /** The action of a piece of work; absent where both have the same id. */
  readonly actionOf?: (id: string) => string;
  readonly handler: {
    load(stream: string, atLeast?: bigint): Promise<WorkAt<S>>;
    handle(
      stream: string,
      command: C | WorkCommand,
      context: CommandContext,
    ): Promise<WorkAt<S> & { readonly events: readonly unknown[]; readonly repeated: boolean }>;
  };
  readonly stageOf: (state: S) => WorkStage;
  readonly statusOf: (actionId: string, state: S) => TxStatus;
  /**
   * The revision of a stream within the last two seconds, if the executor follows its own streams.
   * Undefined if the stream must be read.
   */
  readonly revisionOf: (stream: string) => bigint | undefined;
  readonly contextOf: (tenantId: string, trace: Trace) => CommandContext;
};

/** A turn as the process that took it holds it. No other process can continue it. */
export type HeldTurn = {
  readonly turn: number;
  /** Releases the resources of the turn. It may be called more than once. */
  readonly release: () => void | Promise<void>;
  /** On the monotonic clock, from before the append of `TurnTaken` was sent. */
  readonly taken_at: number;
  /**
   * On the same clock, no later than the commit of the turn's `ApplyAccepted`, whichever process
   * wrote it.
   */
  apply_sent_at: number;
  /**
   * This process wrote the `ApplyAccepted` itself, so `apply_sent_at` is the time when it sent it.
   */
  apply_sent_here: boolean;
  /** The first change was handed to the transport. */
  written: boolean;
};

/**
 * Milliseconds from a turn to the first change under it. Targets that are changed together are
 * prepared one after the other, so each of them adds its time.
 */
export const turnValidMs = (turn: WorkState['turn']): number =>
  defaults.turn_valid_ms * (turn?.part?.devices.length ?? 1);

/** A turn that was taken by an append sent at `sentAt`. */
export const heldTurn = (turn: number, sentAt: number, release: HeldTurn['release']): HeldTurn => ({
  turn,
  release,
  taken_at: sentAt,
  apply_sent_at: sentAt,
  apply_sent_here: false,
  written: false,
});

/** One piece of work as its steps see it. */
export type Work<C, S> = {
  readonly tenant_id: string;
  /** The id of its journal; the action's own unless the action has several pieces of work. */
  readonly id: string;
  readonly action_id: string;
  /** Aborted once this instance is told to stop. */
  readonly signal: AbortSignal;
  /** Throws once this instance is told to stop, so that it begins nothing. */
  readonly throwIfStopping: () => void;
  readonly wait: (ms: number) => Promise<void>;
  /** Waits, and ends early when something is requested of the work. */
  readonly waitOrWake: (ms: number) => Promise<void>;
  /**
   * The state as it was followed within the last two seconds. It is good enough to keep waiting,
   * and never to act on another process's silence.
   */
  readonly followed: () => Promise<WorkAt<S>>;
  /** The state read from the log now. */
  readonly now: () => Promise<WorkAt<S>>;
  /**
   * Appends the events of the command; `written` is false if they were already there. Throws
   * `wrong-state` if another step came first, and `stale-revision` if the stream is not at `at`.
   */
  readonly record: (
    command: C | WorkCommand,
    at?: bigint,
  ) => Promise<WorkAt<S> & { readonly written: boolean }>;
  /** Like `record`, also while this instance is stopping, but not after a kill. */
  readonly recordLast: Work<C, S>['record'];
  /**
   * Why the change must be undone now: a kill switch is engaged, or was since the start, or the
   * switches cannot be read. Empty if there is no reason.
   */
  readonly switchedOff: () => Promise<readonly Reason[]>;
};

export type WorkLogger = {
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};
