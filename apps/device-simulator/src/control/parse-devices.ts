import { homeAddress } from '../device/call-home.js';
import { profiles, type ProfileName } from '../device/profiles.js';
import type { TlsIdentity } from '../device/tls.js';
import type { DeviceSpec, DeviceUser } from '../fleet.js';
import { modelsOf } from '../models/models.js';
import type { CellSpec } from '../ran/model.js';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown, name: string): string => {
  if (typeof value !== 'string' || value === '') throw new RangeError(`\`${name}\` must be text`);
  return value;
};

const port = (value: unknown): number => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 65_535)
    throw new RangeError('`port` must be a port number');
  return value;
};

const callHomeOf = (value: unknown): string => {
  const address = text(value, 'call_home');
  homeAddress(address);
  return address;
};

const callsOf = (value: unknown): number => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
    throw new RangeError('`calls_at_once` must be a whole number from 1');
  return value;
};

/**
 * Returns how a device speaks TLS.
 * @throws RangeError that names the fault
 */
export const tlsOf = (value: unknown): TlsIdentity => {
  if (!isRecord(value)) throw new RangeError('`tls` must be an object');
  return {
    certificate: text(value['certificate'], 'certificate'),
    private_key: text(value['private_key'], 'private_key'),
    client_ca: text(value['client_ca'], 'client_ca'),
  };
};

const isCellSpec = (value: unknown): value is CellSpec =>
  isRecord(value) &&
  typeof value['cell_id'] === 'string' &&
  typeof value['users'] === 'number' &&
  typeof value['capacity_mbps'] === 'number' &&
  Array.isArray(value['neighbours']);

const isProfile = (value: unknown): value is ProfileName =>
  typeof value === 'string' && Object.hasOwn(profiles, value);

/**
 * Returns a profile name.
 * @throws RangeError if the profile is unknown
 */
export const profileOf = (value: unknown): ProfileName => {
  if (isProfile(value)) return value;
  throw new RangeError(`profile \`${String(value)}\` is not known`);
};

const cellsOf = (value: unknown, known: DeviceSpec | undefined): readonly CellSpec[] => {
  if (Array.isArray(value) && value.length > 0 && value.every(isCellSpec)) return value;
  if (known === undefined) throw new RangeError('`cells` must be a list of cells');
  return known.cells;
};

const words = (value: unknown, name: string): readonly string[] => {
  if (!Array.isArray(value)) throw new RangeError(`\`${name}\` must be a list`);
  return value.map((one) => text(one, name));
};

const userOf = (value: unknown): DeviceUser => {
  if (!isRecord(value)) throw new RangeError('a user must be an object');
  return {
    username: text(value['username'], 'username'),
    password: text(value['password'], 'password'),
    ...(value['groups'] === undefined ? {} : { groups: words(value['groups'], 'groups') }),
  };
};

/** Returns the models, and the users that may log in. */
const extrasOf = (
  one: Record<string, unknown>,
): Pick<DeviceSpec, 'models' | 'nacm' | 'users' | 'yang_push'> => {
  const { models, nacm, users, yang_push } = one;
  if (nacm !== undefined && typeof nacm !== 'boolean') throw new RangeError('`nacm` must be true or false');
  if (yang_push !== undefined && typeof yang_push !== 'boolean')
    throw new RangeError('`yang_push` must be true or false');
  if (users !== undefined && !Array.isArray(users)) throw new RangeError('`users` must be a list');
  const named = models === undefined ? {} : { models: words(models, 'models') };
  modelsOf(named);
  return {
    ...named,
    ...(nacm === undefined ? {} : { nacm }),
    ...(yang_push === undefined ? {} : { yang_push }),
    ...(users === undefined ? {} : { users: users.map(userOf) }),
  };
};

/**
 * Reads a devices file: a list of `DeviceSpec`, or the whole ready line of an earlier run, which
 * restores its ports. Cells that are missing, or given by name only, are taken from the device of
 * that name in `fleet`.
 * @throws RangeError that names the fault
 */
export const parseDevices = (json: string, fleet: readonly DeviceSpec[]): DeviceSpec[] => {
  const parsed: unknown = JSON.parse(json);
  const list: unknown = isRecord(parsed) ? parsed['devices'] : parsed;
  if (!Array.isArray(list)) throw new RangeError('the devices file must hold a list of devices');
  return list.map((one: unknown) => {
    if (!isRecord(one)) throw new RangeError('a device must be an object');
    const device_id = text(one['device_id'], 'device_id');
    const known = fleet.find((device) => device.device_id === device_id);
    return {
      device_id,
      site_id:
        one['site_id'] === undefined && known !== undefined ? known.site_id : text(one['site_id'], 'site_id'),
      cells: cellsOf(one['cells'], known),
      ...extrasOf(one),
      ...(one['port'] === undefined ? {} : { port: port(one['port']) }),
      ...(one['call_home'] === undefined ? {} : { call_home: callHomeOf(one['call_home']) }),
      ...(one['calls_at_once'] === undefined ? {} : { calls_at_once: callsOf(one['calls_at_once']) }),
      ...(one['tls'] === undefined ? {} : { tls: tlsOf(one['tls']) }),
      ...(one['username'] === undefined ? {} : { username: text(one['username'], 'username') }),
      ...(one['profile'] === undefined ? {} : { profile: profileOf(one['profile']) }),
      ...(one['password'] === undefined ? {} : { password: text(one['password'], 'password') }),
    };
  });
};
