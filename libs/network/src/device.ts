import { ProblemError, refuseViolations, sameJson, type Decider } from '@interlock/kernel';
import type { Violation } from '@interlock/contracts';
import { sameDrift, type DeviceDrift, type DriftLeaf } from './device-drift.js';
import {
  changedDevice,
  deviceViolations,
  rotated,
  type Device,
  type DeviceChanges,
} from './device-settings.js';
import {
  decideQualification,
  evolveQualification,
  notQualified,
  qualificationTypes,
  withdrawn,
  type QualificationCommand,
  type QualificationEvent,
  type QualificationMembers,
} from './qualification/qualification.js';

/**
 * The reason for a quarantine, if there is one. It outlives the device's removal, and a device
 * registered under the same id inherits it.
 */
type InheritedQuarantine = { readonly quarantined?: string };

export type DeviceEvent =
  | QualificationEvent
  | { readonly type: 'DeviceRegistered'; readonly data: Device & InheritedQuarantine }
  | { readonly type: 'DeviceUpdated'; readonly data: Device }
  /** The device showed its next host key. From here on the other one is refused. */
  | {
      readonly type: 'DeviceHostKeyRotated';
      readonly data: { readonly device_id: string; readonly from: string; readonly to: string };
    }
  | {
      readonly type: 'DeviceRemoved';
      readonly data: InheritedQuarantine & { readonly device_id: string; readonly reason: string | null };
    }
  | {
      readonly type: 'DeviceQuarantined';
      readonly data: { readonly device_id: string; readonly tx_id: string | null; readonly reason: string };
    }
  /**
   * Null selects every shipped binding whose evidence is `run` and that the device's modules allow.
   */
  | {
      readonly type: 'DeviceBound';
      readonly data: { readonly device_id: string; readonly bindings: readonly string[] | null };
    }
  | {
      readonly type: 'DeviceReleased';
      readonly data: { readonly device_id: string; readonly reason: string };
    }
  /** Leaves that Interlock changed differ on the device. It replaces the earlier finding. */
  | {
      readonly type: 'DeviceDriftFound';
      readonly data: { readonly device_id: string; readonly leaves: readonly DriftLeaf[] };
    }
  /** A check found every expected value on the device again. */
  | { readonly type: 'DeviceDriftCleared'; readonly data: { readonly device_id: string } }
  /** From here on the actual values are the expected ones. */
  | {
      readonly type: 'DeviceDriftAdopted';
      readonly data: {
        readonly device_id: string;
        readonly leaves: readonly DriftLeaf[];
        readonly reason: string;
      };
    };

export type DeviceCommand =
  | QualificationCommand
  | { readonly kind: 'RegisterDevice'; readonly device: Device }
  /** `device_id` lets the service check an approved change before it is written. */
  | { readonly kind: 'UpdateDevice'; readonly device_id: string; readonly changes: DeviceChanges }
  /** A session was opened with a device that showed this host key. */
  | { readonly kind: 'NoteHostKey'; readonly fingerprint: string }
  | { readonly kind: 'RemoveDevice'; readonly reason: string | null }
  /** Chooses the device's bindings by their names; null leaves the choice to Interlock. */
  | {
      readonly kind: 'BindDevice';
      readonly device_id: string;
      readonly bindings: readonly string[] | null;
    }
  /** `device_id` is given because the device may have been removed meanwhile. */
  | {
      readonly kind: 'QuarantineDevice';
      readonly device_id: string;
      readonly tx_id: string | null;
      readonly reason: string;
    }
  | { readonly kind: 'ReleaseDevice'; readonly device_id: string; readonly reason: string }
  /** The result of a check, in path order; no leaf if the device is as expected. */
  | { readonly kind: 'RecordDrift'; readonly leaves: readonly DriftLeaf[] }
  /** A person accepts the actual values of the found drift as the expected ones. */
  | { readonly kind: 'AdoptDrift'; readonly reason: string };

/**
 * The state of a device. `quarantined` is the reason why only a rollback may touch it. The reason
 * outlives the device's removal, until it is released. `bindings` are the names that people chose;
 * null if nobody has. `drift` is null unless the last check found one. `removed` is the device that
 * was last removed; null while one is registered.
 */
export type DeviceState = QualificationMembers & {
  readonly device: Device | null;
  readonly removed: Device | null;
  readonly quarantined: string | null;
  readonly bindings: readonly string[] | null;
  readonly drift: DeviceDrift | null;
};

const present = (state: DeviceState): Device => {
  if (state.device === null) throw new ProblemError('device-unknown', 'there is no such device');
  return state.device;
};

/**
 * The pattern `<module>@<revision>`. Only other streams know which names a tenant has beside the
 * shipped ones.
 */
const bindingNamePattern = /^[A-Za-z_][\w.-]*@\d{4}-\d{2}-\d{2}$/;

/** Returns every name that cannot be a binding's name, by JSON pointer. */
const bindingViolations = (names: readonly string[]): readonly Violation[] =>
  names.flatMap((name, i) =>
    bindingNamePattern.test(name)
      ? []
      : [{ pointer: `/bindings/${i}`, detail: `\`${name}\` is not a binding` }],
  );

/** True if the settings lead to another device, or to the same one by another profile. */
const isElsewhere = (before: Device | null, after: Device): boolean =>
  before !== null &&
  !(['host', 'port', 'host_key_fingerprint', 'call_home', 'transport', 'profile'] as const).every(
    (one) => before[one] === after[one],
  );

const inherited = ({ quarantined }: DeviceState): InheritedQuarantine =>
  quarantined === null ? {} : { quarantined };

/** The decider of the inventory: stream `device-<tenant>:<device_id>`. */
export const deviceDecider: Decider<DeviceCommand, DeviceEvent, DeviceState> = {
  name: 'device',
  types: [
    'DeviceRegistered',
    'DeviceUpdated',
    'DeviceHostKeyRotated',
    'DeviceRemoved',
    'DeviceBound',
    'DeviceQuarantined',
    'DeviceReleased',
    'DeviceDriftFound',
    'DeviceDriftCleared',
    'DeviceDriftAdopted',
    ...qualificationTypes,
  ],
  initial: { device: null, removed: null, quarantined: null, bindings: null, drift: null, ...notQualified },
  decide: (command, state) => {
    switch (command.kind) {
      case 'RegisterDevice': {
        refuseViolations(deviceViolations(command.device), 'the device');
        if (state.device !== null)
          throw new ProblemError('already-exists', `device \`${command.device.device_id}\` is registered`);
        return [{ type: 'DeviceRegistered', data: { ...command.device, ...inherited(state) } }];
      }
      case 'UpdateDevice': {
        const device = changedDevice(present(state), command.changes);
        refuseViolations(deviceViolations(device), 'the device');
        return sameJson(device, state.device) ? [] : [{ type: 'DeviceUpdated', data: device }];
      }
      case 'NoteHostKey': {
        const { device_id, host_key_fingerprint: from, next_host_key_fingerprint: to } = present(state);
        return to === undefined || to !== command.fingerprint
          ? []
          : [{ type: 'DeviceHostKeyRotated', data: { device_id, from, to } }];
      }
      case 'RemoveDevice':
        return [
          {
            type: 'DeviceRemoved',
            data: { device_id: present(state).device_id, reason: command.reason, ...inherited(state) },
          },
        ];
      case 'BindDevice': {
        const { device_id } = present(state);
        const asked = command.bindings === null ? null : [...new Set(command.bindings)].toSorted();
        refuseViolations(bindingViolations(asked ?? []), 'the bindings');
        return sameJson(asked, state.bindings)
          ? []
          : [{ type: 'DeviceBound', data: { device_id, bindings: asked } }];
      }
      case 'QuarantineDevice':
        return state.quarantined === null
          ? [
              {
                type: 'DeviceQuarantined',
                data: { device_id: command.device_id, tx_id: command.tx_id, reason: command.reason },
              },
            ]
          : [];
      case 'ReleaseDevice': {
        if (state.quarantined !== null)
          return [{ type: 'DeviceReleased', data: { device_id: command.device_id, reason: command.reason } }];
        present(state);
        return [];
      }
      case 'RecordDrift': {
        const { device_id } = present(state);
        const { leaves } = command;
        if (sameDrift(leaves, state.drift?.leaves ?? [])) return [];
        return leaves.length === 0
          ? [{ type: 'DeviceDriftCleared', data: { device_id } }]
          : [{ type: 'DeviceDriftFound', data: { device_id, leaves } }];
      }
      case 'AdoptDrift': {
        const { device_id } = present(state);
        if (state.drift === null)
          throw new ProblemError('wrong-state', `no drift of device \`${device_id}\` is known`, {
            remedy: `check it first: \`interlock devices check ${device_id}\``,
          });
        return [
          {
            type: 'DeviceDriftAdopted',
            data: { device_id, leaves: state.drift.leaves, reason: command.reason },
          },
        ];
      }
      case 'StartQualification':
      case 'RecordQualification':
        return decideQualification(command, state, present(state).device_id);
      case 'FailQualification':
      case 'NoteCapabilities':
        return state.device === null ? [] : decideQualification(command, state, state.device.device_id);
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'DeviceRegistered': {
        const { quarantined = null, ...device } = event.data;
        return { ...deviceDecider.initial, device, quarantined };
      }
      case 'DeviceUpdated':
        return isElsewhere(state.device, event.data)
          ? { ...state, device: event.data, qualification: withdrawn(state, 'its settings have changed') }
          : { ...state, device: event.data };
      case 'DeviceHostKeyRotated':
        return { ...state, device: state.device === null ? null : rotated(state.device) };
      case 'DeviceRemoved':
        return {
          ...deviceDecider.initial,
          removed: state.device,
          quarantined: event.data.quarantined ?? null,
        };
      case 'DeviceBound':
        return { ...state, bindings: event.data.bindings };
      case 'DeviceQuarantined':
        return { ...state, quarantined: event.data.reason };
      case 'DeviceReleased':
        return { ...state, quarantined: null };
      case 'DeviceDriftFound':
        return {
          ...state,
          drift: { found_at: event.metadata.occurred_at, leaves: event.data.leaves },
        };
      case 'DeviceDriftCleared':
      case 'DeviceDriftAdopted':
        return { ...state, drift: null };
      default:
        return { ...state, ...evolveQualification(state, event, event.metadata.occurred_at) };
    }
  },
};
