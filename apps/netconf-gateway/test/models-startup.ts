import { fileURLToPath } from 'node:url';

/** The folders of our reduced modules. */
export const reducedModules: readonly string[] = ['yang', '../../../fixtures/yang'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

const threeGpp = (name: string): string => `_3gpp-nr-nrm-${name}`;
const ns = (module: string): string => ` xmlns="urn:3gpp:sa5:${module}"`;

/** The modules of the bindings beside interfaces, for a server that others wrote. */
export const loadedModules: readonly string[] = [
  ...['ietf-routing', 'ietf-ipv4-unicast-routing', 'ietf-ipv6-unicast-routing', 'ietf-alarms', 'acme-alarms'],
  '_3gpp-common-managed-element',
  ...['gnbdufunction', 'nrcelldu', 'nrsectorcarrier', 'gnbcucpfunction', 'nrcellcu', 'nrcellrelation'].map(
    threeGpp,
  ),
  ...['openconfig-network-instance-types', 'openconfig-network-instance', 'openconfig-qos'],
  ...['o-ran-fm', 'o-ran-performance-management'],
];

/** The id of a cell in the 3GPP model, with its carrier and its other half. */
export const cellId = (cell: string): string =>
  `ManagedElement=1,GNBDUFunction=1,NRCellDU=${cell},NRSectorCarrier=s${cell},GNBCUCPFunction=1,NRCellCU=${cell}`;

const policies = [
  { id: 'rrc-a', resource: 'RRC', max: 80, min: 0 },
  { id: 'prb-a', resource: 'PRB', max: 70, min: 40 },
  { id: 'prb-b', resource: 'PRB', max: 100, min: 30 },
];
const policy = ({ id, resource, max, min }: (typeof policies)[number]): string =>
  `<RRMPolicyRatio><id>${id}</id><attributes><resourceType>${resource}</resourceType><rRMPolicyMaxRatio>${max}</rRMPolicyMaxRatio><rRMPolicyMinRatio>${min}</rRMPolicyMinRatio></attributes></RRMPolicyRatio>`;

const cells = ['a', 'b'];
const radio = `<ManagedElement${ns('_3gpp-common-managed-element')}><id>1</id><GNBDUFunction${ns(threeGpp('gnbdufunction'))}><id>1</id>${cells
  .map(
    (cell) =>
      `<NRCellDU${ns(threeGpp('nrcelldu'))}><id>${cell}</id><attributes><administrativeState>UNLOCKED</administrativeState></attributes>${cell === 'a' ? policies.map(policy).join('') : ''}</NRCellDU><NRSectorCarrier${ns(threeGpp('nrsectorcarrier'))}><id>s${cell}</id><attributes><configuredMaxTxPower>10000</configuredMaxTxPower></attributes></NRSectorCarrier>`,
  )
  .join('')}</GNBDUFunction><GNBCUCPFunction${ns(threeGpp('gnbcucpfunction'))}><id>1</id>${cells
  .map(
    (cell, i) =>
      `<NRCellCU${ns(threeGpp('nrcellcu'))}><id>${cell}</id><NRCellRelation${ns(threeGpp('nrcellrelation'))}><id>${cells[1 - i]!}</id><attributes><isHOAllowed>false</isHOAllowed><isESCoveredBy>FULL</isESCoveredBy></attributes></NRCellRelation></NRCellCU>`,
  )
  .join('')}</GNBCUCPFunction></ManagedElement>`;

const routes = `<routing xmlns="urn:ietf:params:xml:ns:yang:ietf-routing"><control-plane-protocols><control-plane-protocol><type>static</type><name>main</name><static-routes><ipv4 xmlns="urn:ietf:params:xml:ns:yang:ietf-ipv4-unicast-routing"><route><destination-prefix>10.0.0.0/8</destination-prefix><next-hop><next-hop-address>192.0.2.1</next-hop-address></next-hop></route></ipv4><ipv6 xmlns="urn:ietf:params:xml:ns:yang:ietf-ipv6-unicast-routing"><route><destination-prefix>2001:db8::/32</destination-prefix><next-hop><next-hop-address>2001:db8::1</next-hop-address></next-hop></route></ipv6></static-routes></control-plane-protocol></control-plane-protocols></routing>`;

const instances = `<network-instances xmlns="http://openconfig.net/yang/network-instance"><network-instance><name>blue</name><config><name>blue</name><type xmlns:t="http://openconfig.net/yang/network-instance-types">t:L3VRF</type></config></network-instance></network-instances>`;

const queues = `<qos xmlns="http://openconfig.net/yang/qos"><scheduler-policies><scheduler-policy><name>out</name><config><name>out</name></config><schedulers><scheduler><sequence>1</sequence><config><sequence>1</sequence></config><two-rate-three-color><config><cir>10000000</cir></config></two-rate-three-color></scheduler></schedulers></scheduler-policy></scheduler-policies></qos>`;

const counters = `<performance-measurement-objects xmlns="urn:o-ran:performance-management:1.0"><rx-window-measurement-objects><measurement-object>RX_LATE</measurement-object><active>false</active></rx-window-measurement-objects></performance-measurement-objects>`;

/** What a server with those modules starts with, as the content of `<config>`. */
export const modelsStartup = [radio, routes, instances, queues, counters].join('');
