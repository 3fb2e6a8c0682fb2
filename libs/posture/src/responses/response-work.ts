import type {
  CheckFinding,
  CheckRange,
  LeafChange,
  Observation,
  Timestamp,
  TxState,
  TxStatus,
} from '@interlock/contracts';
import {
  acceptApply,
  acceptTurn,
  mayStep,
  noPlaceFor,
  txStateOf,
  workStatus,
  type AcceptedWork,
  type Decider,
  type ExecutedWork,
  type StepTable,
  type TurnEvent,
  type WithReasons,
  type WorkCommand,
  type WorkStage,
} from '@interlock/kernel';
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

/** A turn that an action asked for: its number, from 1, and the request that its stream names. */
type AskedResponseTurn = {
  readonly turn: number;
  readonly request_id: string;
  readonly action_id: string;
  readonly action: ResponseAction;
};

export type ResponseWorkEvent =
  | TurnEvent<AskedResponseTurn>
  | { readonly type: 'ApplyAccepted'; readonly data: AcceptedWork }
  /** Nothing was done, and nothing will be: a later start finds it closed. */
  | { readonly type: 'ApplyRefused'; readonly data: WithReasons & { readonly request_id: string } }
  /** Written before the work begins; from here on something may have been changed. */
  | { readonly type: 'ResponseWorkRequested'; readonly data: { readonly instance: string } }
  | { readonly type: 'ResponseWorkDone'; readonly data: ResponseOutcome }
  | { readonly type: 'ResponseWorkFailed'; readonly data: WithReasons }
  | { readonly type: 'ConfirmRequested'; readonly data: { readonly request_id: string } }
  | { readonly type: 'ResponseWorkConfirmed'; readonly data: object }
  /** `request_id` is the orchestrator's; null where posture itself takes the work back. */
  | { readonly type: 'UndoRequested'; readonly data: WithReasons & { readonly request_id: string | null } }
  | { readonly type: 'ResponseWorkTakenBack'; readonly data: object }
  /** What it changed could not be put back: a person must look. */
  | { readonly type: 'UndoFailed'; readonly data: WithReasons };

export type ResponseWorkCommand =
  | WorkCommand
  | { readonly kind: 'AcceptTurn'; readonly asked: AskedResponseTurn }
  | {
      readonly kind: 'RecordTurn';
      readonly turn: number;
      readonly instance: string;
      readonly plan_hash: string;
      readonly diff: readonly LeafChange[];
    }
  | { readonly kind: 'AcceptApply'; readonly apply: AcceptedWork }
  | { readonly kind: 'RequestWork'; readonly instance: string }
  | { readonly kind: 'FinishWork'; readonly outcome: ResponseOutcome }
  | (WithReasons & { readonly kind: 'FailWork' })
  | { readonly kind: 'ConfirmWork' }
  | { readonly kind: 'TakeWorkBack' }
  | (WithReasons & { readonly kind: 'FailUndo' });

/** A response is observed as soon as it is done, and no outcome of it stays unknown. */
type ResponseWorkPhase = Exclude<WorkStage, 'applied' | 'unknown'>;

export type ResponseWorkState = ExecutedWork & {
  readonly phase: ResponseWorkPhase;
  readonly turn:
    | (AskedResponseTurn & {
        readonly taken: { readonly instance: string; readonly plan_hash: string } | null;
      })
    | null;
  readonly apply: AcceptedWork | null;
  readonly diff: readonly LeafChange[];
  readonly outcome: ResponseOutcome | null;
  readonly done_at: Timestamp | null;
  readonly confirm_requested: boolean;
};

/** The work's phases are stages that all executors share. */
export const workStage = ({ phase }: Pick<ResponseWorkState, 'phase'>): WorkStage => phase;

/** The state of the work, in the terms of the handler commands. */
export const workTxState = (state: ResponseWorkState): TxState =>
  txStateOf(workStage(state), { is_observed: state.outcome !== null, is_tentative: false });

/** The answer of `take_turn`, `status`, `observe`, `confirm` and `undo`. */
export const responseWorkStatus = (actionId: string, state: ResponseWorkState): TxStatus =>
  workStatus(actionId, workTxState(state), state, state.diff);

type Step = Exclude<ResponseWorkCommand['kind'], 'AcceptTurn' | 'AcceptApply'>;

const settled: readonly ResponseWorkPhase[] = ['undone', 'refused', 'failed', 'undo_failed'];

const steps: StepTable<Step, ResponseWorkPhase> = {
  allowed: {
    RecordTurn: ['turn_accepted'],
    RecordLapse: ['turn_accepted', 'turn_taken', 'accepted', 'requested'],
    RefuseApply: ['none', 'turn_accepted', 'turn_taken', 'lapsed', 'accepted', 'requested'],
    RequestWork: ['accepted'],
    // Work may come to its end while it is already to be taken back: it says what there is to undo.
    FinishWork: ['requested', 'undo_requested'],
    FailWork: ['requested', 'undo_requested'],
    RequestConfirm: ['observed'],
    ConfirmWork: ['confirm_requested'],
    RequestUndo: ['requested', 'observed'],
    TakeBack: ['requested', 'observed', 'confirm_requested'],
    TakeWorkBack: ['undo_requested'],
    FailUndo: ['undo_requested'],
  },
  leadsTo: {
    RecordTurn: ['turn_taken'],
    RecordLapse: ['lapsed'],
    RefuseApply: ['refused'],
    RequestWork: [],
    FinishWork: ['observed', 'confirm_requested', 'confirmed', 'undone', 'undo_failed'],
    FailWork: ['failed'],
    RequestConfirm: ['confirm_requested', 'confirmed'],
    ConfirmWork: ['confirmed'],
    RequestUndo: ['undo_requested', ...settled],
    TakeBack: ['undo_requested', ...settled],
    TakeWorkBack: ['undone'],
    FailUndo: ['undo_failed'],
  },
};

const initial: ResponseWorkState = {
  phase: 'none',
  turn: null,
  apply: null,
  diff: [],
  outcome: null,
  done_at: null,
  observation: null,
  confirm_requested: false,
  rollback: null,
  reasons: [],
};

/** A response moves no figure of a network. */
const nothingMoved: Observation = { before: {}, after: {}, delta: {}, samples: 1, breaches: [] };

/**
 * Stream of `responseWorkStream`: the handler's work for one action. A repeat writes nothing;
 * throws `wrong-state` if the work is in another phase.
 */
export const responseWorkDecider: Decider<ResponseWorkCommand, ResponseWorkEvent, ResponseWorkState> = {
  name: 'response work',
  types: [
    'TurnAccepted',
    'TurnTaken',
    'TurnLapsed',
    'ApplyAccepted',
    'ApplyRefused',
    'ResponseWorkRequested',
    'ResponseWorkDone',
    'ResponseWorkFailed',
    'ConfirmRequested',
    'ResponseWorkConfirmed',
    'UndoRequested',
    'ResponseWorkTakenBack',
    'UndoFailed',
  ],
  initial,
  decide: (command, state) => {
    const noPlace = (step: string) => () => noPlaceFor(step, 'response', state.phase);
    if (command.kind === 'AcceptTurn')
      return acceptTurn(command.asked, state, workStage(state), noPlace('another turn'));
    if (command.kind === 'AcceptApply')
      return acceptApply(command.apply, state, workStage(state), noPlace('an apply'));
    if (!mayStep(steps, command.kind, state.phase, 'response')) return [];
    switch (command.kind) {
      case 'RecordTurn': {
        const { turn, instance, plan_hash, diff } = command;
        if (state.turn?.turn !== turn) throw noPlace(`turn ${turn}`)();
        return [{ type: 'TurnTaken', data: { turn, instance, plan_hash, diff } }];
      }
      case 'RecordLapse':
        return [{ type: 'TurnLapsed', data: { turn: state.turn!.turn, reasons: command.reasons } }];
      case 'RefuseApply':
        return [{ type: 'ApplyRefused', data: { request_id: command.request_id, reasons: command.reasons } }];
      case 'RequestWork':
        return [{ type: 'ResponseWorkRequested', data: { instance: command.instance } }];
      case 'FinishWork':
        return state.outcome === null ? [{ type: 'ResponseWorkDone', data: command.outcome }] : [];
      case 'FailWork':
        return [{ type: 'ResponseWorkFailed', data: { reasons: command.reasons } }];
      case 'RequestConfirm':
        return [{ type: 'ConfirmRequested', data: { request_id: command.request_id } }];
      case 'ConfirmWork':
        return [{ type: 'ResponseWorkConfirmed', data: {} }];
      case 'RequestUndo':
        return [
          { type: 'UndoRequested', data: { request_id: command.request_id, reasons: command.reasons } },
        ];
      case 'TakeBack':
        return [{ type: 'UndoRequested', data: { request_id: null, reasons: command.reasons } }];
      case 'TakeWorkBack':
        return [{ type: 'ResponseWorkTakenBack', data: {} }];
      case 'FailUndo':
        return [{ type: 'UndoFailed', data: { reasons: command.reasons } }];
    }
  },
  evolve: (state, { type, data, metadata }) => {
    switch (type) {
      case 'TurnAccepted':
        return { ...initial, phase: 'turn_accepted', turn: { ...data, taken: null } };
      case 'TurnTaken': {
        const { instance, plan_hash, diff } = data;
        const turn = state.turn === null ? null : { ...state.turn, taken: { instance, plan_hash } };
        return { ...state, phase: 'turn_taken', turn, diff };
      }
      case 'TurnLapsed':
        return { ...state, phase: 'lapsed', reasons: data.reasons };
      case 'ApplyAccepted':
        return { ...state, phase: 'accepted', apply: data };
      case 'ApplyRefused':
        return { ...state, phase: 'refused', reasons: data.reasons };
      case 'ResponseWorkRequested':
        return { ...state, phase: 'requested' };
      case 'ResponseWorkDone':
        return {
          ...state,
          phase: state.phase === 'undo_requested' ? 'undo_requested' : 'observed',
          outcome: data,
          done_at: metadata.occurred_at,
          observation: nothingMoved,
          diff:
            data.change === null
              ? []
              : [{ path: data.change.path, before: data.change.before, after: data.change.after }],
        };
      case 'ResponseWorkFailed':
        return { ...state, phase: 'failed', reasons: data.reasons };
      case 'ConfirmRequested':
        return { ...state, phase: 'confirm_requested', confirm_requested: true };
      case 'ResponseWorkConfirmed':
        return { ...state, phase: 'confirmed' };
      case 'UndoRequested':
        return { ...state, phase: 'undo_requested', reasons: [...state.reasons, ...data.reasons] };
      case 'ResponseWorkTakenBack':
        return { ...state, phase: 'undone' };
      case 'UndoFailed':
        return { ...state, phase: 'undo_failed', reasons: [...state.reasons, ...data.reasons] };
    }
  },
};
