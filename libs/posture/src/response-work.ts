import type { CheckFinding, CheckRange, Reason, TxState } from '@interlock/contracts';
import { ProblemError, txStateOf, type Decider, type WorkStage } from '@interlock/kernel';
import type { ResponseAction } from './response-plan.js';

/** The result of a response: a check's findings, or a change with the way to undo it. */
export type ResponseOutcome = {
  readonly passed: boolean | null;
  readonly checked: number;
  readonly failed: number;
  readonly range: CheckRange | null;
  readonly detail: string;
  /** The first findings. */
  readonly findings: readonly CheckFinding[];
  /** The change; null if there was none. */
  readonly change: {
    readonly path: string;
    readonly backup: string | null;
    readonly before: string | null;
    readonly after: string;
  } | null;
};

export type ResponseWorkEvent =
  | {
      readonly type: 'ResponseWorkStarted';
      readonly data: {
        readonly action_id: string;
        readonly request_id: string;
        readonly action: ResponseAction;
        readonly turn: number;
        readonly plan_hash: string;
        readonly epoch: string;
      };
    }
  /** Nothing was done under the turn, which had become too old. */
  | {
      readonly type: 'ResponseWorkLapsed';
      readonly data: { readonly turn: number; readonly reasons: readonly Reason[] };
    }
  /** Nothing was done, and nothing will be, because a later start finds it closed. */
  | {
      readonly type: 'ResponseWorkRefused';
      readonly data: { readonly request_id: string; readonly reasons: readonly Reason[] };
    }
  | { readonly type: 'ResponseWorkDone'; readonly data: ResponseOutcome }
  | { readonly type: 'ResponseWorkFailed'; readonly data: { readonly reasons: readonly Reason[] } }
  | { readonly type: 'ResponseWorkConfirmed'; readonly data: { readonly request_id: string } }
  | { readonly type: 'ResponseWorkTakenBack'; readonly data: { readonly request_id: string } }
  /** The change could not be undone, so a person must look. */
  | {
      readonly type: 'ResponseWorkUndoFailed';
      readonly data: { readonly request_id: string; readonly reasons: readonly Reason[] };
    };
type DataOf<T extends ResponseWorkEvent['type']> = Extract<ResponseWorkEvent, { type: T }>['data'];

export type ResponseWorkCommand =
  | { readonly kind: 'StartWork'; readonly data: DataOf<'ResponseWorkStarted'> }
  | { readonly kind: 'LapseWork'; readonly data: DataOf<'ResponseWorkLapsed'> }
  | { readonly kind: 'RefuseWork'; readonly data: DataOf<'ResponseWorkRefused'> }
  | { readonly kind: 'FinishWork'; readonly outcome: ResponseOutcome }
  | { readonly kind: 'FailWork'; readonly reasons: readonly Reason[] }
  | { readonly kind: 'ConfirmWork'; readonly request_id: string }
  | { readonly kind: 'TakeWorkBack'; readonly request_id: string }
  | { readonly kind: 'FailUndo'; readonly request_id: string; readonly reasons: readonly Reason[] };

export type ResponseWorkState = {
  readonly phase:
    | 'none'
    | 'started'
    | 'lapsed'
    | 'refused'
    | 'done'
    | 'failed'
    | 'confirmed'
    | 'taken_back'
    | 'undo_failed';
  readonly started: DataOf<'ResponseWorkStarted'> | null;
  readonly outcome: ResponseOutcome | null;
  readonly reasons: readonly Reason[];
};

const stages: { readonly [phase in ResponseWorkState['phase']]: WorkStage } = {
  none: 'none',
  started: 'requested',
  lapsed: 'lapsed',
  refused: 'refused',
  done: 'observed',
  failed: 'failed',
  confirmed: 'confirmed',
  taken_back: 'undone',
  undo_failed: 'undo_failed',
};

/** Maps the work's phase to the stages that all executors share. */
export const workStage = ({ phase }: Pick<ResponseWorkState, 'phase'>): WorkStage => stages[phase];

/** The state of the work, in the terms of the handler commands. */
export const workTxState = (state: ResponseWorkState): TxState =>
  txStateOf(workStage(state), { is_observed: state.phase === 'done', is_tentative: false });

const wrong = (command: string, { phase }: ResponseWorkState): ProblemError =>
  new ProblemError('wrong-state', `the work of the response is \`${phase}\` and takes no \`${command}\``);

/**
 * Stream of `responseWorkStream`: the handler's work for one action. A repeat writes nothing;
 * throws `wrong-state` if the work is in another phase.
 */
export const responseWorkDecider: Decider<ResponseWorkCommand, ResponseWorkEvent, ResponseWorkState> = {
  name: 'response work',
  types: [
    'ResponseWorkStarted',
    'ResponseWorkLapsed',
    'ResponseWorkRefused',
    'ResponseWorkDone',
    'ResponseWorkFailed',
    'ResponseWorkConfirmed',
    'ResponseWorkTakenBack',
    'ResponseWorkUndoFailed',
  ],
  initial: { phase: 'none', started: null, outcome: null, reasons: [] },
  decide: (command, state) => {
    const { phase, started } = state;
    switch (command.kind) {
      case 'StartWork':
        if (started?.request_id === command.data.request_id) return [];
        if (phase !== 'none' && phase !== 'lapsed') throw wrong(command.kind, state);
        return [{ type: 'ResponseWorkStarted', data: command.data }];
      case 'LapseWork':
        if (phase === 'lapsed') return [];
        if (phase !== 'started') throw wrong(command.kind, state);
        return [{ type: 'ResponseWorkLapsed', data: command.data }];
      case 'RefuseWork':
        if (phase === 'refused') return [];
        if (phase !== 'none' && phase !== 'lapsed') throw wrong(command.kind, state);
        return [{ type: 'ResponseWorkRefused', data: command.data }];
      case 'FinishWork':
        return phase === 'started' ? [{ type: 'ResponseWorkDone', data: command.outcome }] : [];
      case 'FailWork':
        return phase === 'started'
          ? [{ type: 'ResponseWorkFailed', data: { reasons: command.reasons } }]
          : [];
      case 'ConfirmWork':
        if (phase === 'confirmed') return [];
        if (phase !== 'done') throw wrong(command.kind, state);
        return [{ type: 'ResponseWorkConfirmed', data: { request_id: command.request_id } }];
      case 'TakeWorkBack':
        if (phase === 'taken_back') return [];
        if (phase !== 'done') throw wrong(command.kind, state);
        return [{ type: 'ResponseWorkTakenBack', data: { request_id: command.request_id } }];
      case 'FailUndo':
        if (phase === 'undo_failed') return [];
        if (phase !== 'done') throw wrong(command.kind, state);
        return [
          {
            type: 'ResponseWorkUndoFailed',
            data: { request_id: command.request_id, reasons: command.reasons },
          },
        ];
    }
  },
  evolve: (state, { type, data }) => {
    switch (type) {
      case 'ResponseWorkStarted':
        return { phase: 'started', started: data, outcome: null, reasons: [] };
      case 'ResponseWorkLapsed':
        return { ...state, phase: 'lapsed', reasons: data.reasons };
      case 'ResponseWorkRefused':
        return { ...state, phase: 'refused', reasons: data.reasons };
      case 'ResponseWorkDone':
        return { ...state, phase: 'done', outcome: data };
      case 'ResponseWorkFailed':
        return { ...state, phase: 'failed', reasons: data.reasons };
      case 'ResponseWorkConfirmed':
        return { ...state, phase: 'confirmed' };
      case 'ResponseWorkTakenBack':
        return { ...state, phase: 'taken_back' };
      case 'ResponseWorkUndoFailed':
        return { ...state, phase: 'undo_failed', reasons: data.reasons };
    }
  },
};
