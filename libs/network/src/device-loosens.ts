import type { Loosened } from '@interlock/contracts';
import type { Loosens } from '@interlock/kernel';
import { automaticBindings, bindings } from './bindings/table.js';
import { trustedKeys, type Device } from './device-settings.js';
import type { DeviceState } from './device.js';
import { hasSlices, openPolicies } from './slices.js';

/** A binding that is new to a device loosens, because more of the device may then be changed. */
const newBindings = (before: DeviceState, after: DeviceState): readonly Loosened[] => {
  const had = before.bindings ?? automaticBindings;
  return (after.bindings ?? automaticBindings)
    .filter((name) => after.device !== null && !had.includes(name))
    .map((name) => ({
      pointer: '/bindings',
      detail: `device \`${after.device?.device_id ?? ''}\` may be changed over \`${name}\`, which is ${bindings.get(name)?.file.evidence.status ?? 'unverified'}`,
    }));
};

/** The members that decide where changes and the secret are sent, and how safe the protocol is. */
const endpointMembers = ['host', 'port', 'username', 'credentials_ref', 'profile'] as const;

const nameOf = ({ transport }: Device): string => (transport === undefined ? 'SSH' : 'TLS');

const otherEndpoint = (before: Device, after: Device): readonly Loosened[] => {
  const known = trustedKeys(before);
  const member = (key: string): string =>
    key === after.host_key_fingerprint ? '/host_key_fingerprint' : '/next_host_key_fingerprint';
  return [
    ...endpointMembers
      .filter((name) => before[name] !== after[name])
      .map((name) => ({
        pointer: `/${name}`,
        detail: `device \`${after.device_id}\` has the ${name.replaceAll('_', ' ')} \`${after[name]}\` instead of \`${before[name]}\``,
      })),
    ...(before.call_home === after.call_home
      ? []
      : [
          {
            pointer: '/call_home',
            detail:
              after.call_home === true
                ? `device \`${after.device_id}\` calls home from any address, instead of being called at \`${before.host}:${before.port}\``
                : `device \`${after.device_id}\` is called at \`${after.host}:${after.port}\`, instead of calling home`,
          },
        ]),
    ...(before.transport === after.transport
      ? []
      : [
          {
            pointer: '/transport',
            detail: `device \`${after.device_id}\` is reached over ${nameOf(after)} instead of ${nameOf(before)}`,
          },
        ]),
    ...trustedKeys(after)
      .filter((key) => !known.includes(key))
      .map((key) => ({
        pointer: member(key),
        detail: `device \`${after.device_id}\` may show the host key \`${key}\`, until now \`${known.join('` or `')}\``,
      })),
  ];
};

const openness = [undefined, 'unknown', 'known'] as const;
const opens = {
  known: 'as its slices carry no 5QI of voice or emergency services',
  unknown: 'if the device or its binding excludes 5QIs of voice and emergency services',
} as const;

/** The policies whose shares may be changed because of what is registered for their slices. */
const newlyOpen = (before: Device, after: Device): readonly Loosened[] =>
  after.cells.flatMap((cell, i) => {
    const known = before.cells.find(({ cell_id }) => cell_id === cell.cell_id);
    const open = known === undefined ? new Map<string, never>() : openPolicies(known);
    return [...openPolicies(cell)]
      .filter(([policy, how]) => openness.indexOf(how) > openness.indexOf(open.get(policy)))
      .map(([policy, how]) => ({
        pointer: `/cells/${i}/slices`,
        detail: `the shares of policy \`${policy}\` of cell \`${cell.cell_id}\` may be changed, ${opens[how]}`,
      }));
  });

/** Without slices, a person's yes lets any shares be changed that were refused before. */
const withoutSlices = (before: Device, after: Device): readonly Loosened[] =>
  hasSlices(before) && !hasSlices(after)
    ? [
        {
          pointer: '/cells',
          detail: `the entry of device \`${after.device_id}\` names no slices any longer, so a person may let the shares of any policy be changed`,
        },
      ]
    : [];

/**
 * A device loosens with a binding that is new to it. It also loosens with another address,
 * direction of calls, transport, login, profile or host key. Slices whose shares may be changed
 * from then on loosen, and so does an entry without slices where it had some. The same holds if it
 * is registered again under its id.
 */
export const deviceLoosens: Loosens<DeviceState> = (before, after) => {
  const known = before.device ?? before.removed;
  return known === null || after.device === null
    ? newBindings(before, after)
    : [
        ...otherEndpoint(known, after.device),
        ...newlyOpen(known, after.device),
        ...withoutSlices(known, after.device),
        ...newBindings(before, after),
      ];
};
