import type { Position } from '@interlock/kernel';

import type { Checkpoint, PoisonedEvent } from './batch.js';
import { nextLook } from './next-look.js';
import type { ProjectionState } from './options.js';
import { Standstill } from './standstill.js';

/** Where the following of the log into one read model stands. */
export type Following = {
  readonly stage: ProjectionState;
  /** What it stands still at; null where it does not. */
  readonly standstill: Standstill | null;
  /** How often it has stood still since it last had caught up. */
  readonly inVain: number;
  /** It was told to begin anew from what is stored, and has not yet begun. */
  readonly isStartingOver: boolean;
  /** It has followed the log to its end since the start; before, how far it is behind is not known. */
  readonly hasCaughtUp: boolean;
  /** Which table the checkpoint was when it was last read. */
  readonly table: string;
};

/** What happens to it. Times are milliseconds of a monotonic clock. */
export type Signal =
  | { readonly kind: 'start' }
  /** Tables and checkpoint are there. */
  | { readonly kind: 'prepared'; readonly table: string; readonly position: Position | null }
  /** At the start the database was away. */
  | { readonly kind: 'unprepared'; readonly error: unknown }
  /** Something is tried again. */
  | {
      readonly kind: 'repeated';
      readonly error: unknown;
      readonly attempt: number;
      readonly isDatabaseAway: boolean;
    }
  /** What was tried again has gone well. */
  | { readonly kind: 'succeeded' }
  /** All that was in the log has been handed over and applied. */
  | { readonly kind: 'caught_up' }
  /** This version is the one that answers. */
  | { readonly kind: 'swapped_in' }
  | { readonly kind: 'failed'; readonly error: unknown; readonly at: number; readonly firstPauseMs: number }
  /** The subscription has ended for good. */
  | { readonly kind: 'cut_off'; readonly error: unknown; readonly at: number; readonly firstPauseMs: number }
  /** The stored checkpoint is gone, or lies behind what this instance has written. */
  | { readonly kind: 'went_back'; readonly areTablesGone: boolean }
  | { readonly kind: 'look_due'; readonly at: number }
  /** The stored checkpoint was read; `believed` is where it was held to be before. */
  | { readonly kind: 'looked'; readonly checkpoint: Checkpoint; readonly believed: Position | null }
  /** The look has been compared with the log. */
  | { readonly kind: 'compared' }
  | { readonly kind: 'stop' };

/** What is done about it, in the order given. */
export type Effect =
  | { readonly kind: 'prepare' }
  /** Again and again, while the database is away. */
  | { readonly kind: 'prepare_persistently' }
  | { readonly kind: 'subscribe'; readonly after: Position | null }
  | { readonly kind: 'unsubscribe' }
  | { readonly kind: 'forget_backlog' }
  /** Ends what runs, then prepares persistently. */
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

/** True where an event that comes is taken. */
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

/** What it was before the database was away. */
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

/** From where it stands and what happens to what is done: the same whoever asks, with no clock, log or database of its own. */
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
