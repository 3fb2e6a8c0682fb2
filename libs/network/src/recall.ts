import type { DecidedStreams, RecalledStreams } from '@interlock/kernel';
import { deviceDecider, type DeviceCommand, type DeviceEvent, type DeviceState } from './device.js';
import { deviceTxDecider } from './device-tx/decider.js';
import type { DeviceTxCommand, DeviceTxEvent } from './device-tx/events.js';
import type { DeviceTxState } from './device-tx/state.js';

export const deviceRecall: RecalledStreams<DeviceCommand, DeviceEvent, DeviceState> = {
  category: 'device',
  kind: 'device',
  decider: deviceDecider,
  whole: ({ type }) => type === 'DeviceRegistered' || type === 'DeviceRemoved',
  recall: ([{ type, data }], _state, { id }) => {
    if (data.device_id !== id) return [];
    switch (type) {
      case 'DeviceRegistered': {
        const { quarantined: _inherited, ...device } = data;
        return [{ type: 'RegisterDevice', device }];
      }
      case 'DeviceUpdated': {
        const { device_id: _id, ...changes } = data;
        return [{ type: 'UpdateDevice', changes }];
      }
      case 'DeviceRemoved':
        return [{ type: 'RemoveDevice', reason: data.reason }];
      case 'DeviceQuarantined':
        return [{ type: 'QuarantineDevice', device_id: id, tx_id: data.tx_id, reason: data.reason }];
      case 'DeviceReleased':
        return [{ type: 'ReleaseDevice', device_id: id, reason: data.reason }];
    }
  },
};

export const deviceTxRecall: RecalledStreams<DeviceTxCommand, DeviceTxEvent, DeviceTxState> = {
  category: 'device_tx',
  kind: 'transaction',
  decider: deviceTxDecider,
  recall: ([{ type, data }]) => {
    switch (type) {
      case 'TurnAccepted':
        return [{ type: 'AcceptTurn', asked: data }];
      case 'TurnTaken':
        return [{ ...data, type: 'RecordTurn' }];
      case 'TurnLapsed':
        return [{ ...data, type: 'RecordLapse' }];
      case 'ApplyAccepted':
        return [{ type: 'AcceptApply', apply: data }];
      case 'ApplyRefused':
        return [{ ...data, type: 'RefuseApply' }];
      case 'ChangePrepared':
        return [{ type: 'RecordPreparation', prepared: data }];
      case 'TentativeCommitRequested':
        return [{ ...data, type: 'RequestTentativeCommit' }];
      case 'TentativeCommitApplied':
        return [{ ...data, type: 'RecordTentative' }];
      case 'KpisObserved':
        return [{ ...data, type: 'RecordObservation' }];
      case 'ConfirmRequested':
        return [{ ...data, type: 'RequestConfirm' }];
      case 'ChangeConfirmed':
        return [{ ...data, type: 'RecordConfirmed' }];
      case 'CancelRequested':
      case 'InverseEditRequested':
        if (data.request_id !== null)
          return [
            {
              type: 'RequestUndo',
              request_id: data.request_id,
              reasons: data.reasons,
              ...('rollback' in data && data.rollback === true ? { rollback: true } : {}),
            },
          ];
        return [{ ...data, type: type === 'CancelRequested' ? 'TakeBack' : 'RequestInverseEdit' }];
      case 'InverseCommitRequested':
        return [{ ...data, type: 'RequestInverseCommit' }];
      case 'UndoRefused':
        return [{ ...data, type: 'RefuseUndo' }];
      case 'ChangeRolledBack':
        return [{ ...data, type: 'RecordRolledBack' }];
      case 'ApplyFailed':
        return [{ ...data, type: 'RecordFailed' }];
      case 'RollbackFailed':
        return [{ ...data, type: 'RecordRollbackFailed' }];
    }
  },
};

/** The streams of this context. */
export const networkStreams: readonly DecidedStreams[] = [deviceRecall, deviceTxRecall];
