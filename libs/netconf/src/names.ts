/** XML namespaces and capability URIs of the protocol, as RFC 6241, 6022 and 5277 spell them. */
export const NETCONF_NS = 'urn:ietf:params:xml:ns:netconf:base:1.0';
/** Namespace of `get-schema` (RFC 6022). */
export const MONITORING_NS = 'urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring';
/** Namespace of `get-data` and `edit-data` (RFC 8526). */
export const NMDA_NS = 'urn:ietf:params:xml:ns:yang:ietf-netconf-nmda';
/** Namespace of the datastore identities that NMDA operations name (RFC 8342). */
export const DATASTORES_NS = 'urn:ietf:params:xml:ns:yang:ietf-datastores';
/** Namespace of `notification` and `create-subscription` (RFC 5277). */
export const NOTIFICATION_NS = 'urn:ietf:params:xml:ns:netconf:notification:1.0';
/** Namespace of `establish-subscription` (RFC 8639). */
export const SUBSCRIBED_NS = 'urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications';
/** Namespace of subscriptions to a datastore, and of their notifications (RFC 8641). */
export const YANG_PUSH_NS = 'urn:ietf:params:xml:ns:yang:ietf-yang-push';
/** The namespace of the `xmlns` attributes themselves. */
export const XMLNS_NS = 'http://www.w3.org/2000/xmlns/';

/** Capability URIs of the base protocol and the optional capabilities that this engine knows. */
export const capability = {
  base10: 'urn:ietf:params:netconf:base:1.0',
  base11: 'urn:ietf:params:netconf:base:1.1',
  writableRunning: 'urn:ietf:params:netconf:capability:writable-running:1.0',
  candidate: 'urn:ietf:params:netconf:capability:candidate:1.0',
  confirmedCommit10: 'urn:ietf:params:netconf:capability:confirmed-commit:1.0',
  confirmedCommit11: 'urn:ietf:params:netconf:capability:confirmed-commit:1.1',
  rollbackOnError: 'urn:ietf:params:netconf:capability:rollback-on-error:1.0',
  validate10: 'urn:ietf:params:netconf:capability:validate:1.0',
  validate11: 'urn:ietf:params:netconf:capability:validate:1.1',
  startup: 'urn:ietf:params:netconf:capability:startup:1.0',
  xpath: 'urn:ietf:params:netconf:capability:xpath:1.0',
  notification: 'urn:ietf:params:netconf:capability:notification:1.0',
  interleave: 'urn:ietf:params:netconf:capability:interleave:1.0',
} as const;
