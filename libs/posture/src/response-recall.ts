import type { RecalledStreams } from '@interlock/kernel';
import { brakeDecider, type BrakeCommand, type BrakeEvent, type BrakeState } from './brake.js';
import { checksDecider, type ChecksState, type IntegrityChecked, type RecordCheck } from './checks.js';
import { responseDecider, type ResponseCommand, type ResponseEvent, type ResponseState } from './response.js';
import {
  responseWorkDecider,
  type ResponseWorkCommand,
  type ResponseWorkEvent,
  type ResponseWorkState,
} from './response-work.js';
import { isResponseWork } from './streams.js';
import {
  trustLockDecider,
  type TrustLockCommand,
  type TrustLockEvent,
  type TrustLockState,
} from './trust-lock.js';

export const trustLockRecall: RecalledStreams<TrustLockCommand, TrustLockEvent, TrustLockState> = {
  category: 'trust_lock',
  kind: 'trust_lock',
  decider: trustLockDecider,
  recall: ([{ type, data, metadata }]) => {
    switch (type) {
      case 'TrustLocked':
        return [{ kind: 'LockTrust', ...data }];
      case 'TrustUnlocked':
        return [{ kind: 'UnlockTrust', reason: data.reason, force: data.forced, now: metadata.occurred_at }];
      case 'TrustUnlocksReset':
        return [{ kind: 'ResetUnlocks', reason: data.reason, now: metadata.occurred_at }];
    }
  },
};

export const brakeRecall: RecalledStreams<BrakeCommand, BrakeEvent, BrakeState> = {
  category: 'brake',
  kind: 'brake',
  decider: brakeDecider,
  recall: ([{ type, data }]) => [
    { kind: type === 'BrakeEngaged' ? 'EngageBrake' : 'ReleaseBrake', reason: data.reason },
  ],
};

export const checksRecall: RecalledStreams<RecordCheck, IntegrityChecked, ChecksState> = {
  category: 'posture',
  ids: (id) => id === 'checks',
  kind: 'check',
  decider: checksDecider,
  recall: ([{ data }]) => [{ kind: 'RecordCheck', result: data }],
};

export const responseRecall: RecalledStreams<ResponseCommand, ResponseEvent, ResponseState> = {
  category: 'response',
  ids: (id) => !isResponseWork(id),
  kind: 'response',
  decider: responseDecider,
  recall: ([{ type, data }]) => {
    switch (type) {
      case 'ResponsePlanned':
        return [{ kind: 'PlanResponse', data }];
      case 'ResponseBlocked':
        return [{ kind: 'BlockResponse', data }];
      case 'ResponseActionSubmitted':
        return [{ kind: 'SubmitAction', data }];
      case 'ResponseActionEnded':
        return [{ kind: 'EndAction', data }];
      case 'ResponseCompleted':
        return [{ kind: 'CompleteResponse' }];
      case 'ResponseFailed':
        return [{ kind: 'FailResponse', detail: data.detail, branch: data.branch }];
      case 'ResponseUndoFailed':
        return [{ kind: 'FailUndo', detail: data.detail }];
      case 'ResponseUndone':
        return [{ kind: 'UndoResponse', ...data }];
    }
  },
};

export const responseWorkRecall: RecalledStreams<ResponseWorkCommand, ResponseWorkEvent, ResponseWorkState> =
  {
    category: 'response',
    ids: isResponseWork,
    kind: 'response_work',
    decider: responseWorkDecider,
    recall: ([{ type, data }]) => {
      switch (type) {
        case 'ResponseWorkStarted':
          return [{ kind: 'StartWork', data }];
        case 'ResponseWorkLapsed':
          return [{ kind: 'LapseWork', data }];
        case 'ResponseWorkRefused':
          return [{ kind: 'RefuseWork', data }];
        case 'ResponseWorkDone':
          return [{ kind: 'FinishWork', outcome: data }];
        case 'ResponseWorkFailed':
          return [{ kind: 'FailWork', reasons: data.reasons }];
        case 'ResponseWorkConfirmed':
          return [{ kind: 'ConfirmWork', request_id: data.request_id }];
        case 'ResponseWorkTakenBack':
          return [{ kind: 'TakeWorkBack', request_id: data.request_id }];
        case 'ResponseWorkUndoFailed':
          return [{ kind: 'FailUndo', request_id: data.request_id, reasons: data.reasons }];
      }
    },
  };
