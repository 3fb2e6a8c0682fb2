import type { EntityClass, LeafValue } from '@interlock/network';

/** The keys of a list entry by the names in a binding's templates: `{ cell: 'c1' }`. */
export type Names = { readonly [name: string]: string };
export type Values = { readonly [leaf: string]: LeafValue };

/** A list entry of a new device, with the values of its leaves by our names. */
export type Thing = { readonly names: Names; readonly values: Values };

/** What a new device has, so that a binding that only changes existing entries has some. */
export const newThings: { readonly [entity in EntityClass]?: readonly Thing[] } = {
  interface: ['eth0', 'eth1'].map((name) => ({
    names: { interface: name },
    values: { enabled: true, mtu: 1500 },
  })),
  route: [
    {
      names: { protocol: 'static', instance: 'main', prefix: '10.0.0.0/8' },
      values: { next_hop: '192.0.2.1', outgoing_interface: 'eth0' },
    },
  ],
  ipv6_route: [
    {
      names: { protocol: 'static', instance: 'main', prefix: '2001:db8::/32' },
      values: { next_hop: '2001:db8::1', outgoing_interface: 'eth0' },
    },
  ],
  queue: [{ names: { policy: 'out', sequence: '1' }, values: { cir: 10, pir: 20 } }],
  network_instance: [{ names: { network_instance: 'blue' }, values: { type: 'L3VRF' } }],
  counter: [{ names: { counter: 'RX_LATE' }, values: { active: false, object_unit: 'RU' } }],
};

/** The slices of each cell of a new device. */
export const newSlices: readonly Thing[] = [
  { names: { policy: 'rrc-1' }, values: { resource_type: 'RRC', max_ratio: 100, min_ratio: 0 } },
  { names: { policy: 'prb-1' }, values: { resource_type: 'PRB', max_ratio: 80, min_ratio: 40 } },
];

/** The type of the alarm that a cell raises when it drops calls. */
export const alarmType = 'calls-dropped';

/** The identities that keys of a device name, where a binding leaves them open. */
export const openIdentities: Names = { protocol: 'static', alarm_type: alarmType };
