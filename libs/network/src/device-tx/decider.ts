import {
  acceptApply,
  acceptTurn,
  mayStep,
  noPlaceFor,
  ProblemError,
  type Decider,
  type StepTable,
} from '@interlock/kernel';
import type { DeviceTxCommand, DeviceTxEvent, ExchangeReport } from './events.js';
import { evolveTx, noTransaction, txStage, type DeviceTxState, type TxPhase } from './state.js';

/** Final phases. `confirmed` is not among them, because an undo can leave it. */
const settled: readonly TxPhase[] = ['rolled_back', 'refused', 'failed', 'rollback_failed'];

type Step = Exclude<DeviceTxCommand['kind'], 'AcceptTurn' | 'TakeTurn' | 'AcceptApply'>;

const steps: StepTable<Step, TxPhase> = {
  allowed: {
    RecordLapse: ['turn_accepted', 'turn_taken', 'prepared', 'commit_requested'],
    RefuseApply: ['none', 'turn_accepted', 'turn_taken', 'lapsed', 'prepared', 'commit_requested'],
    RequestTentativeCommit: ['prepared'],
    RecordTentative: ['commit_requested'],
    RecordObservation: ['tentative'],
    RequestConfirm: ['observed'],
    RecordConfirmed: ['confirm_requested', 'cancel_requested'],
    TakeBack: ['prepared', 'commit_requested', 'tentative', 'observed', 'confirm_requested'],
    RequestUndo: ['prepared', 'commit_requested', 'tentative', 'observed', 'confirmed'],
    RequestInverseCommit: ['inverse_requested'],
    RefuseUndo: ['inverse_requested'],
    RequestInverseEdit: [
      'commit_requested',
      'tentative',
      'observed',
      'confirm_requested',
      'cancel_requested',
    ],
    RecordRolledBack: ['tentative', 'observed', 'confirm_requested', 'cancel_requested', 'inverse_requested'],
    RecordFailed: ['prepared', 'commit_requested'],
    RecordRollbackFailed: ['cancel_requested', 'inverse_requested'],
  },
  leadsTo: {
    RecordLapse: ['lapsed'],
    RefuseApply: ['refused'],
    RequestTentativeCommit: ['commit_requested'],
    RecordTentative: ['tentative'],
    RecordObservation: ['observed'],
    RequestConfirm: ['confirm_requested', 'confirmed'],
    RecordConfirmed: ['confirmed'],
    TakeBack: ['cancel_requested', 'inverse_requested', ...settled],
    RequestUndo: ['cancel_requested', 'inverse_requested', ...settled],
    RequestInverseCommit: [],
    RefuseUndo: ['confirmed'],
    RequestInverseEdit: ['inverse_requested'],
    RecordRolledBack: ['rolled_back'],
    RecordFailed: ['failed'],
    RecordRollbackFailed: ['rollback_failed'],
  },
};

const noPlace = (step: string, { phase }: DeviceTxState): ProblemError =>
  noPlaceFor(step, 'transaction', phase);

const mayRecord = (step: Step, { phase }: DeviceTxState): boolean =>
  mayStep(steps, step, phase, 'transaction');

const exchanged = ({ exchanges }: ExchangeReport): ExchangeReport =>
  exchanges === undefined || exchanges.length === 0 ? {} : { exchanges };

/**
 * The journal of one change on one device: stream `device_tx-<tenant>:<action_id>`, with the suffix
 * `.<number>` for one part of a change of several devices. A step that may change the device is
 * requested here before it is sent, and recorded after the device was read back.
 */
export const deviceTxDecider: Decider<DeviceTxCommand, DeviceTxEvent, DeviceTxState> = {
  name: 'device transaction',
  types: [
    'TurnAccepted',
    'TurnTaken',
    'TurnLapsed',
    'ApplyAccepted',
    'ApplyRefused',
    'ChangePrepared',
    'TentativeCommitRequested',
    'TentativeCommitApplied',
    'KpisObserved',
    'ConfirmRequested',
    'ChangeConfirmed',
    'CancelRequested',
    'InverseEditRequested',
    'InverseCommitRequested',
    'UndoRefused',
    'ChangeRolledBack',
    'ApplyFailed',
    'RollbackFailed',
  ],
  initial: noTransaction,
  decide: (command, state) => {
    switch (command.kind) {
      case 'AcceptTurn':
        return acceptTurn(command.asked, state, txStage(state), () => noPlace('another turn', state));
      case 'TakeTurn': {
        const { prepared, turn, instance, plan_hash } = command;
        if (state.phase !== 'turn_accepted' || state.turn?.turn !== turn)
          throw new ProblemError('wrong-state', `turn ${turn} is not waited for`);
        return [
          { type: 'ChangePrepared', data: prepared },
          { type: 'TurnTaken', data: { turn, instance, plan_hash } },
        ];
      }
      case 'RecordLapse':
        return mayRecord(command.kind, state)
          ? [
              {
                type: 'TurnLapsed',
                data: { turn: state.turn!.turn, reasons: command.reasons, ...exchanged(command) },
              },
            ]
          : [];
      case 'AcceptApply':
        return acceptApply(command.apply, state, txStage(state), () => noPlace('an apply', state));
      case 'RefuseApply':
        return mayRecord(command.kind, state)
          ? [
              {
                type: 'ApplyRefused',
                data: { request_id: command.request_id, reasons: command.reasons, ...exchanged(command) },
              },
            ]
          : [];
      case 'RequestTentativeCommit':
        return mayRecord(command.kind, state)
          ? [
              {
                type: 'TentativeCommitRequested',
                data: {
                  confirm_timeout_s: state.apply!.confirm_timeout_s,
                  instance: command.instance,
                  ...exchanged(command),
                },
              },
            ]
          : [];
      case 'RecordTentative':
        return mayRecord(command.kind, state)
          ? [
              {
                type: 'TentativeCommitApplied',
                data: {
                  applied_at: command.applied_at,
                  timer_ends_at: command.timer_ends_at,
                  read_back_hash: command.read_back_hash,
                  ...(command.commit === undefined ? {} : { commit: command.commit }),
                  ...exchanged(command),
                },
              },
            ]
          : [];
      case 'RecordObservation':
        return mayRecord(command.kind, state)
          ? [{ type: 'KpisObserved', data: { observation: command.observation, samples: command.samples } }]
          : [];
      case 'RequestConfirm':
        return mayRecord(command.kind, state)
          ? [{ type: 'ConfirmRequested', data: { request_id: command.request_id } }]
          : [];
      case 'RecordConfirmed': {
        if (!mayRecord(command.kind, state)) return [];
        if (!state.confirm_requested)
          throw new ProblemError('wrong-state', 'a change that nobody asked to confirm cannot be confirmed');
        return [
          {
            type: 'ChangeConfirmed',
            data: { read_back_hash: command.read_back_hash, ...exchanged(command) },
          },
        ];
      }
      case 'RequestUndo': {
        // A refused rollback stays refused; a new approval comes with a new request.
        if (state.rollback?.request_id === command.request_id) return [];
        if (!mayRecord(command.kind, state)) return [];
        const { request_id, reasons } = command;
        return [
          state.was_confirmed
            ? {
                type: 'InverseEditRequested',
                data: { request_id, reasons, ...(command.rollback === true ? { rollback: true } : {}) },
              }
            : { type: 'CancelRequested', data: { request_id, reasons } },
        ];
      }
      case 'RequestInverseCommit':
        if (!mayRecord(command.kind, state) || state.rollback === null) return [];
        // Each process that sends it records that first, so that no process refuses what another
        // may have sent.
        if (state.rollback.senders.includes(command.instance)) return [];
        return [
          {
            type: 'InverseCommitRequested',
            data: {
              instance: command.instance,
              ...(command.to_commit === undefined ? {} : { to_commit: command.to_commit }),
              ...exchanged(command),
            },
          },
        ];
      case 'RefuseUndo':
        if (!mayRecord(command.kind, state)) return [];
        if (state.rollback === null)
          throw new ProblemError(
            'wrong-state',
            'only the rollback of an action that was over can be refused',
          );
        return [
          {
            type: 'UndoRefused',
            data: {
              request_id: state.rollback.request_id,
              reasons: command.reasons,
              ...exchanged(command),
            },
          },
        ];
      case 'TakeBack':
        return mayRecord(command.kind, state)
          ? [
              {
                type: 'CancelRequested',
                data: { request_id: null, reasons: command.reasons, ...exchanged(command) },
              },
            ]
          : [];
      case 'RequestInverseEdit':
        // A part of a change that failed on another device is taken back even if it is confirmed.
        return (state.phase === 'confirmed' && state.turn?.part !== undefined) ||
          mayRecord(command.kind, state)
          ? [
              {
                type: 'InverseEditRequested',
                data: { request_id: null, reasons: command.reasons, ...exchanged(command) },
              },
            ]
          : [];
      case 'RecordRolledBack':
        return mayRecord(command.kind, state)
          ? [
              {
                type: 'ChangeRolledBack',
                data: { how: command.how, reasons: command.reasons, ...exchanged(command) },
              },
            ]
          : [];
      case 'RecordFailed':
        return mayRecord(command.kind, state)
          ? [{ type: 'ApplyFailed', data: { reasons: command.reasons, ...exchanged(command) } }]
          : [];
      case 'RecordRollbackFailed':
        return mayRecord(command.kind, state)
          ? [
              {
                type: 'RollbackFailed',
                data: { reasons: command.reasons, left: command.left, ...exchanged(command) },
              },
            ]
          : [];
    }
  },
  evolve: evolveTx,
};
