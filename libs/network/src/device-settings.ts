import { entityPattern, namePattern, type Violation } from '@interlock/contracts';
import { profiles } from './profiles.js';
import { sliceViolations, type CellSlice } from './slices.js';

/** How far a neighbour covers a cell that is switched off (TS 28.541 isESCoveredBy). */
export type Coverage = 'FULL' | 'PARTIAL' | 'NO';
export type CellNeighbour = { readonly cell_id: string; readonly coverage: Coverage };
type DeviceCell = {
  readonly cell_id: string;
  readonly neighbours: readonly CellNeighbour[];
  /** The slices that the cell serves; absent if nobody has registered them. */
  readonly slices?: readonly CellSlice[];
};

/**
 * A device of the inventory. It contains no secret: `credentials_ref` is `env:NAME` or `file:PATH`
 * among its own tenant's secrets.
 */
export type Device = {
  readonly device_id: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly credentials_ref: string;
  /** The fingerprint as `SHA256:…`, in the form that `ssh-keygen -l` prints. */
  readonly host_key_fingerprint: string;
  /**
   * The key that the device changes to. It is trusted beside the other key, until the device first
   * shows it. Absent unless a rotation is under way.
   */
  readonly next_host_key_fingerprint?: string;
  /**
   * The device opens the connections (RFC 8071), and is known by its host key. Nothing is sent to
   * `host` and `port`, which then only name it. Absent: Interlock opens them.
   */
  readonly call_home?: true;
  /**
   * NETCONF runs over TLS (RFC 7589). The host key is then the public key of the device's
   * certificate, and the secret is a client certificate with its key. Absent: SSH.
   */
  readonly transport?: 'tls';
  readonly profile: string;
  readonly site_id: string;
  readonly cells: readonly DeviceCell[];
};
type DeviceSettings = Omit<Device, 'device_id'>;
/**
 * Changed settings. Null ends a rotation of the host key; false ends calling home; `ssh` ends TLS.
 */
export type DeviceChanges = Partial<
  Omit<DeviceSettings, 'next_host_key_fingerprint' | 'call_home' | 'transport'>
> & {
  readonly next_host_key_fingerprint?: string | null;
  readonly call_home?: boolean;
  readonly transport?: DeviceTransport;
};

/** The protocols that NETCONF can run over. */
export const deviceTransports = ['ssh', 'tls'] as const;
export type DeviceTransport = (typeof deviceTransports)[number];

/** Returns a device with changed settings. */
export const changedDevice = (before: Device, changes: DeviceChanges): Device => {
  const { next_host_key_fingerprint: next, call_home, transport, ...settings } = { ...before, ...changes };
  return {
    ...settings,
    ...(next === undefined || next === null ? {} : { next_host_key_fingerprint: next }),
    ...(call_home === true ? { call_home } : {}),
    ...(transport === 'tls' ? { transport } : {}),
  };
};

/**
 * The part of a device that a transaction is bound to from beginning to end: its address, login,
 * host key and profile.
 */
export type DeviceEndpoint = Pick<
  Device,
  | 'host'
  | 'port'
  | 'username'
  | 'credentials_ref'
  | 'host_key_fingerprint'
  | 'next_host_key_fingerprint'
  | 'call_home'
  | 'transport'
  | 'profile'
>;

/** Returns the endpoint among a device's settings. */
export const endpointOf = ({
  host,
  port,
  username,
  credentials_ref,
  host_key_fingerprint,
  next_host_key_fingerprint: next,
  call_home,
  transport,
  profile,
}: DeviceEndpoint): DeviceEndpoint => ({
  host,
  port,
  username,
  credentials_ref,
  host_key_fingerprint,
  ...(next === undefined ? {} : { next_host_key_fingerprint: next }),
  ...(call_home === undefined ? {} : { call_home }),
  ...(transport === undefined ? {} : { transport }),
  profile,
});

/** Returns the host keys that a device may show. */
export const trustedKeys = (
  device: Pick<Device, 'host_key_fingerprint' | 'next_host_key_fingerprint'>,
): readonly string[] => [
  device.host_key_fingerprint,
  ...(device.next_host_key_fingerprint === undefined ? [] : [device.next_host_key_fingerprint]),
];

/** Returns settings in which the device shows its next host key, and no longer the other one. */
export const rotated = <D extends Pick<Device, 'host_key_fingerprint' | 'next_host_key_fingerprint'>>({
  next_host_key_fingerprint: next,
  ...device
}: D): Omit<D, 'next_host_key_fingerprint'> =>
  next === undefined ? device : { ...device, host_key_fingerprint: next };

const secretReference = /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/?[^\p{C}]+)$/u;
const fingerprint = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** Returns every fault of a device's settings, by JSON pointer. */
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
  const { next_host_key_fingerprint: next } = device;
  check(
    next === undefined || fingerprint.test(next),
    '/next_host_key_fingerprint',
    'is `SHA256:` and 43 characters of base64',
  );
  check(
    next !== device.host_key_fingerprint,
    '/next_host_key_fingerprint',
    'is another key than `host_key_fingerprint`',
  );
  check(
    device.call_home === undefined || (device.call_home as unknown) === true,
    '/call_home',
    'is true, or absent',
  );
  check(
    device.transport === undefined || (device.transport as unknown) === 'tls',
    '/transport',
    'is `tls`, or absent for SSH',
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
    faults.push(...sliceViolations(cell.slices ?? [], `/cells/${i}/slices`));
  });
  return faults;
};
