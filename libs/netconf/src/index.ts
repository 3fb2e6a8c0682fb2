export {
  capability,
  DATASTORES_NS,
  MONITORING_NS,
  NETCONF_NS,
  NMDA_NS,
  NOTIFICATION_NS,
  SUBSCRIBED_NS,
  YANG_PUSH_NS,
} from './names.js';
export { defaultLimits, type NetconfLimits } from './limits.js';
export {
  parseXml,
  XmlError,
  type XmlAttribute,
  type XmlElement,
  type XmlErrorCode,
  type XmlNode,
} from './xml/parse.js';
export { resolveIdentities } from './xml/identities.js';
export { serialiseXml } from './xml/serialise.js';
export {
  attributeOf,
  childElement,
  childElements,
  childText,
  elementAt,
  elementBuilder,
  isElement,
  textOf,
  withAttribute,
  withChildren,
  type ElementBuilder,
} from './xml/tree.js';
export { diffConfig, type ConfigDifference, type ListKeys } from './diff.js';
export {
  classifyError,
  needsPerson,
  NetconfAbortedError,
  NetconfCapabilityError,
  NetconfClosedError,
  NetconfConnectError,
  NetconfDataError,
  NetconfError,
  NetconfFramingError,
  NetconfHostKeyError,
  NetconfRpcError,
  NetconfTimeoutError,
  saysNothingPending,
  type ErrorClass,
  type NetconfPhase,
} from './errors.js';
export { lockHolder, parseRpcError, rpcErrorElement, type RpcError } from './rpc-error.js';
export { frame, frameChunked, FrameDecoder, frameEom, type Framing } from './session/framing.js';
export { type Hello, type ParsedReply, type ParsedRpc, type RpcReply } from './session/messages.js';
export { NetconfSession, type RpcOptions, type SessionOptions } from './session/session.js';
export {
  operation,
  withOperation,
  type Commit,
  type Datastore,
  type EditConfig,
  type EditOperation,
  type Filter,
} from './operations.js';
export { NetconfClient, type Exchange } from './client.js';
export { joinWrites } from './join-writes.js';
export { checkHostKey, hostKeyFingerprint, parseKnownHosts, type HostKeyPolicy } from './host-key.js';
export {
  acceptCallHome,
  acceptCallHomeTls,
  type CalledConnection,
  type CallHomeOptions,
  type CallHomeTlsOptions,
} from './call-home.js';
export {
  connectNetconf,
  connectNetconfTls,
  type ConnectOptions,
  type OpenSessionOptions,
} from './connect.js';
export {
  certificateFingerprint,
  readClientCertificate,
  tlsPolicy,
  weakKeyBits,
  type ClientCertificate,
} from './tls-transport.js';
export { defaultAlgorithms, type Credentials, type Login } from './ssh-transport.js';
export {
  NetconfServerSession,
  okReply,
  rpcFault,
  type ServerReply,
  type ServerSessionOptions,
} from './session/server-session.js';
