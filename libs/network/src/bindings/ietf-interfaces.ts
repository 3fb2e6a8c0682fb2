import type { BindingFile } from './binding.js';

const entry = '/ietf-interfaces:interfaces/interface[name={interface}]';
const state = '/ietf-interfaces:interfaces-state/interface[name={interface}]';

/** Interfaces of RFC 7223, with the MTU of RFC 7277. */
export const ietfInterfaces: BindingFile = {
  module: 'ietf-interfaces',
  modules: {
    'ietf-interfaces': {
      revision: '2014-05-08',
      namespace: 'urn:ietf:params:xml:ns:yang:ietf-interfaces',
      // RFC 8343 keeps every bound path; it only deprecates `interfaces-state`.
      compatible: ['2018-02-20'],
    },
    'ietf-ip': {
      revision: '2014-06-16',
      namespace: 'urn:ietf:params:xml:ns:yang:ietf-ip',
      compatible: ['2018-02-22'],
    },
  },
  lists: { 'ietf-interfaces:interface': ['name'] },
  classes: {
    interface: {
      entry,
      leaves: {
        enabled: { path: `${entry}/enabled`, type: 'boolean', config: true },
        description: { path: `${entry}/description`, type: 'string', config: true, max_length: 255 },
        mtu: {
          path: `${entry}/ietf-ip:ipv4/mtu`,
          type: 'uint16',
          config: true,
          presence: `${entry}/ietf-ip:ipv4`,
          range: [68, 65_535],
          unit: 'octets',
        },
        oper_status: { path: `${state}/oper-status`, type: 'enumeration', config: false },
      },
    },
  },
  kpis: {},
  evidence: { status: 'run', by: 'netconfd with the modules of Debian, with a candidate and without one' },
};
