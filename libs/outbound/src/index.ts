export { judgeAddress, networkFaults } from './address.js';
export type { AddressRules } from './address.js';
export { createOutbound } from './outbound.js';
export type { OutboundOptions, Resolve } from './connection.js';
export { OutboundError } from './outbound-error.js';
export type { OutboundFault } from './outbound-error.js';
export type { Outbound, OutboundAnswer, OutboundMethod, OutboundPlace, OutboundRequest } from './outbound.js';
