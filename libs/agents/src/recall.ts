import type { DecidedStreams, RecalledStreams } from '@interlock/kernel';
import { callDecider } from './call/decider.js';
import type { CallCommand, CallEvent } from './call/events.js';
import type { CallState } from './call/state.js';

export const callRecall: RecalledStreams<CallCommand, CallEvent, CallState> = {
  category: 'call',
  kind: 'call',
  decider: callDecider,
  recall: ([{ type, data }]) => {
    switch (type) {
      case 'TurnAccepted':
        return [{ type: 'AcceptTurn', asked: data }];
      case 'TurnTaken':
        return [{ ...data, type: 'RecordTurn' }];
      case 'TurnLapsed':
        return [{ type: 'RecordLapse', reasons: data.reasons }];
      case 'ApplyAccepted':
        return [{ type: 'AcceptApply', apply: data }];
      case 'ApplyRefused':
        return [{ ...data, type: 'RefuseApply' }];
      case 'CallRequested':
        return [{ ...data, type: 'RequestCall' }];
      case 'CallApplied':
        return [{ ...data, type: 'RecordApplied' }];
      case 'OutcomeUnknown':
        return [{ ...data, type: 'RecordUnknown' }];
      case 'CallObserved':
        return [{ ...data, type: 'RecordObservation' }];
      case 'ConfirmRequested':
        return [{ ...data, type: 'RequestConfirm' }];
      case 'CallConfirmed':
        return [{ ...data, type: 'RecordConfirmed' }];
      case 'UndoRequested':
        return [
          data.request_id === null
            ? { type: 'TakeBack', reasons: data.reasons }
            : { type: 'RequestUndo', request_id: data.request_id, reasons: data.reasons },
        ];
      case 'CallUndone':
        return [{ ...data, type: 'RecordUndone' }];
      case 'CallFailed':
        return [{ ...data, type: 'RecordFailed' }];
      case 'UndoFailed':
        return [{ ...data, type: 'RecordUndoFailed' }];
    }
  },
};

/** The streams of this context. */
export const agentsStreams: readonly DecidedStreams[] = [callRecall];
