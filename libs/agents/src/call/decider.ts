import {
  acceptApply,
  acceptTurn,
  mayStep,
  noPlaceFor,
  ProblemError,
  type Decider,
  type StepTable,
  type WorkStage,
} from '@interlock/kernel';
import type { CallCommand, CallEvent } from './events.js';
import { callStage, evolveCall, noCall, type CallState } from './state.js';

type Step = Exclude<CallCommand['kind'], 'AcceptTurn' | 'AcceptApply'>;

const settled: readonly WorkStage[] = ['undone', 'refused', 'failed', 'undo_failed'];

const steps: StepTable<Step, WorkStage> = {
  allowed: {
    RecordTurn: ['turn_accepted'],
    RecordLapse: ['turn_accepted', 'turn_taken', 'accepted', 'requested'],
    RefuseApply: ['none', 'turn_accepted', 'turn_taken', 'lapsed', 'accepted', 'requested'],
    RequestCall: ['accepted'],
    // An answer may arrive after the undo was requested; it carries the data that the undo needs.
    RecordApplied: ['requested', 'unknown', 'undo_requested'],
    RecordUnknown: ['requested'],
    RecordObservation: ['applied'],
    RequestConfirm: ['observed'],
    RecordConfirmed: ['confirm_requested'],
    RequestUndo: ['requested', 'unknown', 'applied', 'observed', 'confirmed'],
    TakeBack: ['unknown', 'applied', 'observed', 'confirm_requested'],
    RequestUndoCall: ['undo_requested'],
    RefuseUndo: ['undo_requested'],
    RecordUndone: ['undo_requested'],
    RecordFailed: ['requested', 'unknown', 'undo_requested'],
    RecordUndoFailed: ['undo_requested', 'unknown', 'applied'],
  },
  leadsTo: {
    RecordTurn: ['turn_taken'],
    RecordLapse: ['lapsed'],
    RefuseApply: ['refused'],
    RequestCall: [],
    RecordApplied: ['applied'],
    RecordUnknown: ['unknown'],
    RecordObservation: ['observed'],
    RequestConfirm: ['confirm_requested', 'confirmed'],
    RecordConfirmed: ['confirmed'],
    RequestUndo: ['undo_requested', ...settled],
    TakeBack: ['undo_requested', ...settled],
    RequestUndoCall: [],
    RefuseUndo: ['confirmed'],
    RecordUndone: ['undone'],
    RecordFailed: ['failed'],
    RecordUndoFailed: ['undo_failed'],
  },
};

const noPlace = (step: string, { phase }: CallState): ProblemError => noPlaceFor(step, 'call', phase);

/**
 * The journal of one call of a tenant's handler: stream `call-<tenant>:<action_id>`. A step that
 * may act outside is requested here before the handler receives it, and recorded after the answer.
 * Without an answer the outcome is unknown, and from then on only the status is requested.
 */
export const callDecider: Decider<CallCommand, CallEvent, CallState> = {
  name: 'call',
  types: [
    'TurnAccepted',
    'TurnTaken',
    'TurnLapsed',
    'ApplyAccepted',
    'ApplyRefused',
    'CallRequested',
    'CallApplied',
    'OutcomeUnknown',
    'CallObserved',
    'ConfirmRequested',
    'CallConfirmed',
    'UndoRequested',
    'UndoCallRequested',
    'UndoRefused',
    'CallUndone',
    'CallFailed',
    'UndoFailed',
  ],
  initial: noCall,
  decide: (command, state) => {
    if (command.kind === 'AcceptTurn')
      return acceptTurn(command.asked, state, callStage(state), () => noPlace('another turn', state));
    if (command.kind === 'AcceptApply')
      return acceptApply(command.apply, state, callStage(state), () => noPlace('an apply', state));
    // A rollback that was refused stays refused: another yes has another request.
    if (command.kind === 'RequestUndo' && state.rollback?.request_id === command.request_id) return [];
    if (!mayStep(steps, command.kind, state.phase, 'call')) return [];
    if (command.kind === 'RecordApplied' && state.is_applied) return [];
    switch (command.kind) {
      case 'RecordTurn': {
        const { turn, instance, plan_hash, diff } = command;
        if (state.turn?.turn !== turn)
          throw new ProblemError('wrong-state', `turn ${turn} is not waited for`);
        return [{ type: 'TurnTaken', data: { turn, instance, plan_hash, diff } }];
      }
      case 'RecordLapse':
        return [{ type: 'TurnLapsed', data: { turn: state.turn!.turn, reasons: command.reasons } }];
      case 'RefuseApply':
        return [{ type: 'ApplyRefused', data: { request_id: command.request_id, reasons: command.reasons } }];
      case 'RequestCall':
        return [{ type: 'CallRequested', data: { instance: command.instance } }];
      case 'RecordApplied':
        return [
          {
            type: 'CallApplied',
            data: { by: command.by, undo: command.undo, answer: command.answer },
          },
        ];
      case 'RecordUnknown':
        return [{ type: 'OutcomeUnknown', data: { reasons: command.reasons } }];
      case 'RecordObservation':
        // INVARIANT: a call whose outcome was ever unknown is never observed, so it is never
        // confirmed.
        if (state.was_unknown) throw noPlace('an observation', { ...state, phase: 'unknown' });
        return [{ type: 'CallObserved', data: { observation: command.observation } }];
      case 'RequestConfirm':
        return [{ type: 'ConfirmRequested', data: { request_id: command.request_id } }];
      case 'RecordConfirmed':
        return [{ type: 'CallConfirmed', data: { answer: command.answer } }];
      case 'RequestUndo':
        return [
          {
            type: 'UndoRequested',
            data: {
              request_id: command.request_id,
              reasons: command.reasons,
              ...(command.rollback === true ? { rollback: true } : {}),
            },
          },
        ];
      case 'RequestUndoCall':
        return state.rollback === null || state.rollback.is_sent
          ? []
          : [{ type: 'UndoCallRequested', data: { instance: command.instance } }];
      case 'RefuseUndo':
        if (state.rollback === null) throw noPlace('a refusal of the undo', state);
        return [
          {
            type: 'UndoRefused',
            data: { request_id: state.rollback.request_id, reasons: command.reasons },
          },
        ];
      case 'TakeBack':
        return [{ type: 'UndoRequested', data: { request_id: null, reasons: command.reasons } }];
      case 'RecordUndone':
        return [{ type: 'CallUndone', data: { how: command.how, reasons: command.reasons } }];
      case 'RecordFailed':
        return [{ type: 'CallFailed', data: { reasons: command.reasons } }];
      case 'RecordUndoFailed':
        return [{ type: 'UndoFailed', data: { reasons: command.reasons } }];
    }
  },
  evolve: evolveCall,
};
