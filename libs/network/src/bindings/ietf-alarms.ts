import type { BindingFile } from './binding.js';

const shelf = '/ietf-alarms:alarms/control/alarm-shelving/shelf[name={shelf}]';
const alarm =
  '/ietf-alarms:alarms/alarm-list/alarm[resource={resource}][alarm-type-id={alarm_type}][alarm-type-qualifier={qualifier}]';

/** Alarms and their shelves of RFC 8632. */
export const ietfAlarms: BindingFile = {
  module: 'ietf-alarms',
  modules: {
    'ietf-alarms': {
      revision: '2019-09-11',
      namespace: 'urn:ietf:params:xml:ns:yang:ietf-alarms',
      compatible: [],
    },
  },
  lists: {
    'ietf-alarms:shelf': ['name'],
    'ietf-alarms:alarm-type': ['alarm-type-id', 'alarm-type-qualifier-match'],
    'ietf-alarms:alarm': ['resource', 'alarm-type-id', 'alarm-type-qualifier'],
  },
  classes: {
    alarm: {
      entry: alarm,
      leaves: {
        severity: { path: `${alarm}/perceived-severity`, type: 'enumeration', config: false },
        is_cleared: { path: `${alarm}/is-cleared`, type: 'boolean', config: false },
        text: { path: `${alarm}/alarm-text`, type: 'string', config: false },
      },
    },
    shelf: {
      entry: shelf,
      feature: 'ietf-alarms:alarm-shelving',
      leaves: {
        description: { path: `${shelf}/description`, type: 'string', config: true, max_length: 255 },
      },
    },
  },
  kpis: {},
  evidence: {
    status: 'unverified',
    by: 'checked against the published module by yanglint; no program runs it',
  },
};
