import { ProblemError, refuseViolations, sameJson, type Decider, type Loosens } from '@interlock/kernel';
import { entityPattern, namePattern, type Violation } from '@interlock/contracts';
import { automaticBindings, bindings } from './bindings/table.js';
import { sameDrift, type DeviceDrift, type DriftLeaf } from './device-drift.js';
import { profiles } from './profiles.js';
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

/** How far a neighbour covers a cell that is switched off (TS 28.541 isESCoveredBy). */
export type Coverage = 'FULL' | 'PARTIAL' | 'NO';
export type CellNeighbour = { readonly cell_id: string; readonly coverage: Coverage };
type DeviceCell = { readonly cell_id: string; readonly neighbours: readonly CellNeighbour[] };

/**
 * A device of the inventory. It holds no secret: `credentials_ref` is `env:NAME` or `file:PATH`, of
 * its own tenant.
 */
export type Device = {
  readonly device_id: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly credentials_ref: string;
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly host_key_fingerprint: string;
  readonly profile: string;
  readonly site_id: string;
  readonly cells: readonly DeviceCell[];
};
type DeviceSettings = Omit<Device, 'device_id'>;

/**
 * The part of a device that a transaction is bound to from beginning to end: its address, login,
 * host key and profile.
 */
export type DeviceEndpoint = Pick<
  Device,
  'host' | 'port' | 'username' | 'credentials_ref' | 'host_key_fingerprint' | 'profile'
>;

/** The endpoint among a device's settings. */
export const endpointOf = ({
  host,
  port,
  username,
  credentials_ref,
  host_key_fingerprint,
  profile,
}: DeviceEndpoint): DeviceEndpoint => ({
  host,
  port,
  username,
  credentials_ref,
  host_key_fingerprint,
  profile,
});

/**
 * The reason for a quarantine, if there is one. It outlives the device's removal, and a device
 * registered under the same id inherits it.
 */
type InheritedQuarantine = { readonly quarantined?: string };

export type DeviceEvent =
  | QualificationEvent
  | { readonly type: 'DeviceRegistered'; readonly data: Device & InheritedQuarantine }
  | { readonly type: 'DeviceUpdated'; readonly data: Device }
  | {
      readonly type: 'DeviceRemoved';
      readonly data: InheritedQuarantine & { readonly device_id: string; readonly reason: string | null };
    }
  | {
      readonly type: 'DeviceQuarantined';
      readonly data: { readonly device_id: string; readonly tx_id: string | null; readonly reason: string };
    }
  /**
   * null: every shipped binding that a program shows to be right, as the device's modules allow.
   */
  | {
      readonly type: 'DeviceBound';
      readonly data: { readonly device_id: string; readonly bindings: readonly string[] | null };
    }
  | {
      readonly type: 'DeviceReleased';
      readonly data: { readonly device_id: string; readonly reason: string };
    }
  /** Leaves that Interlock changed are different on the device. Replaces what was found before. */
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
  | { readonly kind: 'UpdateDevice'; readonly changes: Partial<DeviceSettings> }
  | { readonly kind: 'RemoveDevice'; readonly reason: string | null }
  /** Chooses the device's bindings by their names; null leaves the choice to Interlock. */
  | {
      readonly kind: 'BindDevice';
      readonly device_id: string;
      readonly bindings: readonly string[] | null;
    }
  /** `device_id`: the device may have been removed meanwhile. */
  | {
      readonly kind: 'QuarantineDevice';
      readonly device_id: string;
      readonly tx_id: string | null;
      readonly reason: string;
    }
  | { readonly kind: 'ReleaseDevice'; readonly device_id: string; readonly reason: string }
  /** What a check found, in the order of the paths; no leaf if the device is as expected. */
  | { readonly kind: 'RecordDrift'; readonly leaves: readonly DriftLeaf[] }
  /** A person takes the actual values of the found drift as the expected ones. */
  | { readonly kind: 'AdoptDrift'; readonly reason: string };

/**
 * `quarantined` is the reason why only a rollback may touch the device. It outlives the device's
 * removal, until it is released. `bindings` are the names that people chose; null where nobody has.
 * `drift` is null unless the last check found one.
 */
export type DeviceState = QualificationMembers & {
  readonly device: Device | null;
  readonly quarantined: string | null;
  readonly bindings: readonly string[] | null;
  readonly drift: DeviceDrift | null;
};

const secretReference = /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/?[^\p{C}]+)$/u;
const fingerprint = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** Every fault of a device's settings, by JSON pointer. */
export const deviceViolations = (device: Device): readonly Violation[] => {
  const faults: Violation[] = [];
  const check = (good: boolean, pointer: string, detail: string): void => {
    if (!good) faults.push({ pointer, detail });
  };
  check(
    namePattern.test(device.device_id),
    '/device_id',
    'is 1 to 63 of a-z, 0-9, `_`, `.`, `-`, and starts with a letter or digit',
  );
  check(/^[^\s\p{C}]{1,253}$/u.test(device.host), '/host', 'is a host name or address');
  check(
    Number.isInteger(device.port) && device.port > 0 && device.port < 65_536,
    '/port',
    'is a whole number from 1 to 65535',
  );
  check(
    /^[^\s\p{C}]{1,64}$/u.test(device.username),
    '/username',
    'is 1 to 64 printable characters without a space',
  );
  check(
    secretReference.test(device.credentials_ref),
    '/credentials_ref',
    'is `env:NAME` or `file:PATH`, never the secret itself',
  );
  check(
    fingerprint.test(device.host_key_fingerprint),
    '/host_key_fingerprint',
    'is `SHA256:` and 43 characters of base64',
  );
  check(
    Object.hasOwn(profiles, device.profile),
    '/profile',
    `is one of ${Object.keys(profiles)
      .map((name) => `\`${name}\``)
      .join(', ')}`,
  );
  check(namePattern.test(device.site_id), '/site_id', 'is a name of a-z, 0-9, `_`, `.`, `-`');
  const seen = new Set<string>();
  device.cells.forEach((cell, i) => {
    check(
      entityPattern.test(cell.cell_id) && !(cell.cell_id.includes("'") && cell.cell_id.includes('"')),
      `/cells/${i}/cell_id`,
      'is 1 to 256 printable characters, not with both kinds of quotes',
    );
    check(!seen.has(cell.cell_id), `/cells/${i}/cell_id`, `\`${cell.cell_id}\` stands twice`);
    seen.add(cell.cell_id);
    const near = new Set<string>();
    cell.neighbours.forEach((neighbour, j) => {
      check(neighbour.cell_id !== cell.cell_id, `/cells/${i}/neighbours/${j}/cell_id`, 'is another cell');
      check(
        !near.has(neighbour.cell_id),
        `/cells/${i}/neighbours/${j}/cell_id`,
        `\`${neighbour.cell_id}\` stands twice`,
      );
      near.add(neighbour.cell_id);
    });
  });
  return faults;
};

const present = (state: DeviceState): Device => {
  if (state.device === null) throw new ProblemError('device-unknown', 'there is no such device');
  return state.device;
};

/** `<module>@<revision>`. Which names a tenant has, beside the shipped ones, other streams say. */
const bindingNamePattern = /^[A-Za-z_][\w.-]*@\d{4}-\d{2}-\d{2}$/;

/** Every name that cannot be that of a binding, by JSON pointer. */
const bindingViolations = (names: readonly string[]): readonly Violation[] =>
  names.flatMap((name, i) =>
    bindingNamePattern.test(name) ? [] : [{ pointer: `/bindings/${i}`, detail: `\`${name}\` is no binding` }],
  );

/** A binding that a device did not have lets more of it be changed. */
export const deviceBindingsLoosens: Loosens<DeviceState> = (before, after) => {
  const had = before.bindings ?? automaticBindings;
  return (after.bindings ?? automaticBindings)
    .filter((name) => after.device !== null && !had.includes(name))
    .map((name) => ({
      pointer: '/bindings',
      detail: `device \`${after.device?.device_id ?? ''}\` may be changed over \`${name}\`, which is ${bindings.get(name)?.file.evidence.status ?? 'unverified'}`,
    }));
};

/** True if the settings lead to another device, or to the same one by another profile. */
const isElsewhere = (before: Device | null, after: Device): boolean =>
  before !== null &&
  !(['host', 'port', 'host_key_fingerprint', 'profile'] as const).every((one) => before[one] === after[one]);

const inherited = ({ quarantined }: DeviceState): InheritedQuarantine =>
  quarantined === null ? {} : { quarantined };

/** The inventory's rules: stream `device-<tenant>:<device_id>`. */
export const deviceDecider: Decider<DeviceCommand, DeviceEvent, DeviceState> = {
  name: 'device',
  types: [
    'DeviceRegistered',
    'DeviceUpdated',
    'DeviceRemoved',
    'DeviceBound',
    'DeviceQuarantined',
    'DeviceReleased',
    'DeviceDriftFound',
    'DeviceDriftCleared',
    'DeviceDriftAdopted',
    ...qualificationTypes,
  ],
  initial: { device: null, quarantined: null, bindings: null, drift: null, ...notQualified },
  decide: (command, state) => {
    switch (command.kind) {
      case 'RegisterDevice': {
        refuseViolations(deviceViolations(command.device), 'the device');
        if (state.device !== null)
          throw new ProblemError('already-exists', `device \`${command.device.device_id}\` is registered`);
        return [{ type: 'DeviceRegistered', data: { ...command.device, ...inherited(state) } }];
      }
      case 'UpdateDevice': {
        const device = { ...present(state), ...command.changes };
        refuseViolations(deviceViolations(device), 'the device');
        return JSON.stringify(device) === JSON.stringify(state.device)
          ? []
          : [{ type: 'DeviceUpdated', data: device }];
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
      case 'DeviceRemoved':
        return { ...deviceDecider.initial, quarantined: event.data.quarantined ?? null };
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
