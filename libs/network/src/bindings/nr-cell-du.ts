import type { BindingFile } from './binding.js';

const element = '/_3gpp-common-managed-element:ManagedElement[id={managed_element}]';
const entry = `${element}/_3gpp-nr-nrm-gnbdufunction:GNBDUFunction[id={gnb_du}]/_3gpp-nr-nrm-nrcelldu:NRCellDU[id={cell}]`;

/**
 * NR cells of a distributed unit, as TS 28.541 shapes them. The revision is that of the reduced
 * module: a device with a published one is read only, until the binding states it as compatible.
 */
export const nrCellDu: BindingFile = {
  module: '_3gpp-nr-nrm-nrcelldu',
  modules: {
    '_3gpp-nr-nrm-nrcelldu': {
      revision: '2026-11-27',
      namespace: 'urn:3gpp:sa5:_3gpp-nr-nrm-nrcelldu',
      compatible: [],
    },
    '_3gpp-nr-nrm-gnbdufunction': {
      revision: '2026-11-27',
      namespace: 'urn:3gpp:sa5:_3gpp-nr-nrm-gnbdufunction',
      compatible: [],
    },
    '_3gpp-common-managed-element': {
      revision: '2026-11-27',
      namespace: 'urn:3gpp:sa5:_3gpp-common-managed-element',
      compatible: [],
    },
  },
  lists: {
    '_3gpp-common-managed-element:ManagedElement': ['id'],
    '_3gpp-nr-nrm-gnbdufunction:GNBDUFunction': ['id'],
    '_3gpp-nr-nrm-nrcelldu:NRCellDU': ['id'],
  },
  classes: {
    cell: {
      entry,
      id: '^ManagedElement=(?<managed_element>[^,=]+),GNBDUFunction=(?<gnb_du>[^,=]+),NRCellDU=(?<cell>[^,=]+)$',
      leaves: {
        administrative_state: {
          path: `${entry}/attributes/administrativeState`,
          type: 'enumeration',
          config: true,
          values: { LOCKED: 'LOCKED', UNLOCKED: 'UNLOCKED' },
        },
        operational_state: {
          path: `${entry}/attributes/operationalState`,
          type: 'enumeration',
          config: false,
          values: { ENABLED: 'ENABLED', DISABLED: 'DISABLED' },
        },
      },
    },
  },
  kpis: {},
  evidence: { status: 'reduced', by: 'fixtures/yang/_3gpp-nr-nrm-nrcelldu.yang' },
};
