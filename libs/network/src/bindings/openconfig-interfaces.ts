import type { BindingFile } from './binding.js';

const entry = '/openconfig-interfaces:interfaces/interface[name={interface}]';

/** Interfaces of OpenConfig. */
export const openconfigInterfaces: BindingFile = {
  module: 'openconfig-interfaces',
  modules: {
    'openconfig-interfaces': {
      revision: '2021-04-06',
      namespace: 'http://openconfig.net/yang/interfaces',
      compatible: [],
    },
  },
  lists: { 'openconfig-interfaces:interface': ['name'] },
  classes: {
    interface: {
      entry,
      leaves: {
        enabled: { path: `${entry}/config/enabled`, type: 'boolean', config: true },
        description: { path: `${entry}/config/description`, type: 'string', config: true, max_length: 255 },
        mtu: {
          path: `${entry}/config/mtu`,
          type: 'uint16',
          config: true,
          range: [0, 65_535],
          unit: 'octets',
        },
        oper_status: { path: `${entry}/state/oper-status`, type: 'enumeration', config: false },
      },
    },
  },
  kpis: {},
  evidence: { status: 'reduced', by: 'fixtures/yang/openconfig-interfaces@2021-04-06.yang' },
};
