import { describe, expect, it } from '@jest/globals';
import { elementBuilder, operation, serialiseXml, withOperation, type XmlElement } from '../src/index.js';

const base = 'xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"';
const a = elementBuilder('urn:a');

const cases: readonly (readonly [string, XmlElement, string])[] = [
  ['get', operation.get(), `<get ${base}/>`],
  [
    'get with a subtree',
    operation.get({ subtree: [a('x', a('id', 1))] }),
    `<get ${base}><filter type="subtree"><x xmlns="urn:a"><id>1</id></x></filter></get>`,
  ],
  [
    'get-config with XPath',
    operation.getConfig('candidate', { xpath: "/p:x[p:id='1']", prefixes: { p: 'urn:a' } }),
    `<get-config ${base}><source><candidate/></source><filter xmlns:p="urn:a" type="xpath" select="/p:x[p:id='1']"/></get-config>`,
  ],
  [
    'edit-config',
    operation.editConfig({
      target: 'candidate',
      defaultOperation: 'none',
      testOption: 'test-then-set',
      errorOption: 'rollback-on-error',
      config: [a('x', withOperation(a('y'), 'delete'))],
    }),
    `<edit-config ${base}><target><candidate/></target><default-operation>none</default-operation><test-option>test-then-set</test-option>` +
      `<error-option>rollback-on-error</error-option><config><x xmlns="urn:a"><y xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="delete"/></x></config></edit-config>`,
  ],
  [
    'copy-config',
    operation.copyConfig('startup', 'running'),
    `<copy-config ${base}><target><startup/></target><source><running/></source></copy-config>`,
  ],
  [
    'copy-config from a URL',
    operation.copyConfig('candidate', { url: 'file:///a?b&c' }),
    `<copy-config ${base}><target><candidate/></target><source><url>file:///a?b&amp;c</url></source></copy-config>`,
  ],
  [
    'copy-config of a whole configuration',
    operation.copyConfig('candidate', { config: [a('x')] }),
    `<copy-config ${base}><target><candidate/></target><source><config><x xmlns="urn:a"/></config></source></copy-config>`,
  ],
  ['lock', operation.lock('running'), `<lock ${base}><target><running/></target></lock>`],
  ['unlock', operation.unlock('candidate'), `<unlock ${base}><target><candidate/></target></unlock>`],
  ['validate', operation.validate('candidate'), `<validate ${base}><source><candidate/></source></validate>`],
  ['commit', operation.commit(), `<commit ${base}/>`],
  [
    'confirmed commit',
    operation.commit({ confirmed: { timeoutS: 120, persist: 'p>1' } }),
    `<commit ${base}><confirmed/><confirm-timeout>120</confirm-timeout><persist>p&gt;1</persist></commit>`,
  ],
  [
    'confirmed commit with defaults',
    operation.commit({ confirmed: {} }),
    `<commit ${base}><confirmed/></commit>`,
  ],
  [
    'confirming commit',
    operation.commit({ persistId: 'p' }),
    `<commit ${base}><persist-id>p</persist-id></commit>`,
  ],
  [
    'cancel-commit',
    operation.cancelCommit('p'),
    `<cancel-commit ${base}><persist-id>p</persist-id></cancel-commit>`,
  ],
  ['cancel-commit of the own session', operation.cancelCommit(), `<cancel-commit ${base}/>`],
  ['discard-changes', operation.discardChanges(), `<discard-changes ${base}/>`],
  [
    'kill-session',
    operation.killSession('4'),
    `<kill-session ${base}><session-id>4</session-id></kill-session>`,
  ],
  ['close-session', operation.closeSession(), `<close-session ${base}/>`],
  [
    'get-schema',
    operation.getSchema('m', '2026-01-01', 'yang'),
    '<get-schema xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"><identifier>m</identifier><version>2026-01-01</version><format>yang</format></get-schema>',
  ],
  [
    'get-data',
    operation.getData('operational', [a('x')]),
    '<get-data xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-nmda"><datastore xmlns:ds="urn:ietf:params:xml:ns:yang:ietf-datastores">ds:operational</datastore><subtree-filter><x xmlns="urn:a"/></subtree-filter></get-data>',
  ],
  [
    'edit-data',
    operation.editData('running', [a('x')], 'merge'),
    '<edit-data xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-nmda"><datastore xmlns:ds="urn:ietf:params:xml:ns:yang:ietf-datastores">ds:running</datastore><default-operation>merge</default-operation><config><x xmlns="urn:a"/></config></edit-data>',
  ],
  [
    'create-subscription',
    operation.createSubscription('NETCONF'),
    '<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><stream>NETCONF</stream></create-subscription>',
  ],
];

describe('an operation on the wire', () => {
  it.each(cases)('%s', (_name, element, text) => expect(serialiseXml(element)).toBe(text));
});
