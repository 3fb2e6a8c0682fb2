import type { Position } from '@interlock/kernel';

import type { Checkpoint, PoisonedEvent } from '../definition/batch.js';
import { nextLook } from './next-look.js';
import type { ProjectionState } from '../definition/options.js';
import { Standstill } from './standstill.js';

/** The state of following the log into one read model. */
export type Following = {
  readonly stage: ProjectionState;
  /** Why it is stopped; null if it is not. */
  readonly standstill: Standstill | null;
  /** How many times it has stopped since it last caught up. */
  readonly inVain: number;
  /** It was told to restart from the stored checkpoint and has not begun yet. */
  readonly isStartingOver: boolean;
  /** It has followed the log to its end since the start. Before that, its lag is not known. */
  readonly hasCaughtUp: boolean;
  /** The identity of the checkpoint's table when it was last read. */
  readonly table: string;
};

/** The signals that it receives. Times are milliseconds of a monotonic clock. */
export type Signal =
  | { readonly kind: 'start' }
  /** Tables and checkpoint exist. */
  | { readonly kind: 'prepared'; readonly table: string; readonly position: Position | null }
  /** The database was away at the start. */
  | { readonly kind: 'unprepared'; readonly error: unknown }
  /** A retry begins. */
  | {
      readonly kind: 'repeated';
      readonly error: unknown;
      readonly attempt: number;
      readonly isDatabaseAway: boolean;
    }
  /** A retry succeeded. */
  | { readonly kind: 'succeeded' }
  /** Every event that was in the log has been handed over and applied. */
  | { readonly kind: 'caught_up' }
  /** This version now answers. */
  | { readonly kind: 'swapped_in' }
  | { readonly kind: 'failed'; readonly error: unknown; readonly at: number; readonly firstPauseMs: number }
  /** The subscription has ended for good. */
  | { readonly kind: 'cut_off'; readonly error: unknown; readonly at: number; readonly firstPauseMs: number }
  /** The stored checkpoint is missing, or is before what this instance has written. */
  | { readonly kind: 'went_back'; readonly areTablesGone: boolean }
  | { readonly kind: 'look_due'; readonly at: number }
  /** The stored checkpoint was read; `believed` is the position that was believed before. */
  | { readonly kind: 'looked'; readonly checkpoint: Checkpoint; readonly believed: Position | null }
  /** The check has been compared with the log. */
  | { readonly kind: 'compared' }
  | { readonly kind: 'stop' };

/** The actions, in the given order. */
export type Effect =
  | { readonly kind: 'prepare' }
  /** Repeatedly, while the database is away. */
  | { readonly kind: 'prepare_persistently' }
  | { readonly kind: 'subscribe'; readonly after: Position | null }
  | { readonly kind: 'unsubscribe' }
  | { readonly kind: 'forget_backlog' }
  /** Ends the running work, then prepares persistently. */
  | { readonly kind: 'begin_anew' }
  | { readonly kind: 'swap_in' }
  /** Answers from this version's tables from now on. */
  | { readonly kind: 'serve_own' }
  | { readonly kind: 'read_checkpoint' }
  /** Another instance, or this one, has stored up to there. */
  | { readonly kind: 'reach'; readonly position: Position | null }
  | { readonly kind: 'compare_with_log'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'mark_end_of_log' }
  | { readonly kind: 'judge_lag'; readonly isFollowing: boolean }
  | { readonly kind: 'tidy_versions' }
  | { readonly kind: 'fail_waits'; readonly detail: string }
  | { readonly kind: 'raise_alert'; readonly standstill: Standstill }
  | { readonly kind: 'resolve_alert' }
  | { readonly kind: 'record_failure'; readonly poison: PoisonedEvent }
  | { readonly kind: 'shut_down' }
  | {
      readonly kind: 'log';
      readonly level: 'warn' | 'error';
      readonly message: string;
      readonly facts: object;
    };

export type Next = { readonly state: Following; readonly effects: readonly Effect[] };

export const beginning: Following = {
  stage: 'new',
  standstill: null,
  inVain: 0,
  isStartingOver: false,
  hasCaughtUp: false,
  table: '',
};

/** True if a new event is accepted. */
export const takesEvents = ({ stage, standstill, isStartingOver }: Following): boolean =>
  stage !== 'stopped' && standstill === null && !isStartingOver;

const nothing = (state: Following): Next => ({ state, effects: [] });

const startedOver = (state: Following, message: string): Next =>
  state.isStartingOver || state.stage === 'stopped'
    ? nothing(state)
    : {
        state: { ...state, isStartingOver: true },
        effects: [
          { kind: 'log', level: 'warn', message, facts: {} },
          { kind: 'forget_backlog' },
          { kind: 'begin_anew' },
        ],
      };

const stoodStill = (state: Following, error: unknown, at: number, firstPauseMs: number): Next => {
  const standstill = Standstill.since(error, at, firstPauseMs, state.inVain);
  return {
    state: { ...state, stage: 'failed', standstill, inVain: state.inVain + 1, isStartingOver: false },
    effects: [
      { kind: 'log', level: 'error', message: 'projection stands still', facts: standstill.facts },
      { kind: 'fail_waits', detail: 'the read model stands still' },
      { kind: 'forget_backlog' },
      { kind: 'unsubscribe' },
      { kind: 'raise_alert', standstill },
      ...(standstill.poison === undefined
        ? []
        : [{ kind: 'record_failure', poison: standstill.poison } as const]),
    ],
  };
};

/** The state before the database was away. */
const resumedStage = ({ standstill, hasCaughtUp }: Following): ProjectionState =>
  standstill !== null ? 'failed' : hasCaughtUp ? 'following' : 'building';

const seen = (state: Following, { checkpoint, believed }: Extract<Signal, { kind: 'looked' }>): Next => {
  if (state.isStartingOver || state.stage === 'stopped') return nothing(state);
  const { position: stored, table } = checkpoint;
  const isOtherTable = table !== state.table;
  const look = nextLook({ stored, believed, isOtherTable, ...state.standstill?.place });
  switch (look.kind) {
    case 'start_over':
      return startedOver(state, look.why);
    case 'stand_still':
      return { state, effects: [{ kind: 'mark_end_of_log' }] };
    case 'follow':
      return {
        state: { ...state, table },
        effects: [
          { kind: 'reach', position: stored },
          { kind: 'compare_with_log', checkpoint },
        ],
      };
  }
};

/**
 * Maps the present state and a signal to actions. It is the same for every caller, and uses no
 * clock, log or database.
 */
export const next = (state: Following, signal: Signal): Next => {
  switch (signal.kind) {
    case 'start':
      return {
        state: { ...beginning, inVain: state.inVain },
        effects: [{ kind: 'forget_backlog' }, { kind: 'prepare' }],
      };
    case 'prepared':
      return state.stage === 'stopped'
        ? nothing(state)
        : {
            state: {
              ...state,
              stage: 'building',
              standstill: null,
              isStartingOver: false,
              table: signal.table,
            },
            effects: [{ kind: 'subscribe', after: signal.position }],
          };
    case 'unprepared':
      return {
        state: { ...state, stage: 'waiting' },
        effects: [
          {
            kind: 'log',
            level: 'warn',
            message: 'projection waits for the database',
            facts: { err: signal.error },
          },
          { kind: 'prepare_persistently' },
        ],
      };
    case 'repeated':
      return {
        state: signal.isDatabaseAway && state.stage !== 'stopped' ? { ...state, stage: 'waiting' } : state,
        effects: [
          {
            kind: 'log',
            level: 'warn',
            message: 'projection tries its batch again',
            facts: { err: signal.error, attempt: signal.attempt },
          },
        ],
      };
    case 'succeeded':
      return nothing(state.stage === 'waiting' ? { ...state, stage: resumedStage(state) } : state);
    case 'caught_up':
      return state.stage === 'stopped' || state.standstill !== null
        ? nothing(state)
        : { state, effects: [{ kind: 'swap_in' }] };
    case 'swapped_in':
      return {
        state: {
          ...state,
          hasCaughtUp: true,
          inVain: 0,
          stage: state.stage === 'building' ? 'following' : state.stage,
        },
        effects: [{ kind: 'serve_own' }, { kind: 'resolve_alert' }],
      };
    case 'failed':
      return state.stage === 'stopped'
        ? nothing(state)
        : stoodStill(state, signal.error, signal.at, signal.firstPauseMs);
    case 'cut_off':
      return takesEvents({ ...state, isStartingOver: false })
        ? stoodStill(state, signal.error, signal.at, signal.firstPauseMs)
        : nothing(state);
    case 'went_back':
      return startedOver(
        state,
        signal.areTablesGone
          ? 'projection starts over: its tables are gone'
          : 'projection starts over: its checkpoint went back',
      );
    case 'look_due':
      if (state.isStartingOver || state.stage === 'waiting' || state.stage === 'stopped')
        return nothing(state);
      return state.standstill?.isDue(signal.at) === true
        ? startedOver(state, 'projection tries again')
        : { state, effects: [{ kind: 'read_checkpoint' }] };
    case 'looked':
      return seen(state, signal);
    case 'compared':
      return {
        state,
        effects: [
          ...(state.standstill === null && state.stage !== 'stopped'
            ? [{ kind: 'judge_lag', isFollowing: state.stage === 'following' } as const]
            : []),
          { kind: 'tidy_versions' },
        ],
      };
    case 'stop':
      return state.stage === 'stopped'
        ? nothing(state)
        : {
            state: { ...state, stage: 'stopped' },
            effects: [{ kind: 'shut_down' }, { kind: 'fail_waits', detail: 'the read model was stopped' }],
          };
  }
};
