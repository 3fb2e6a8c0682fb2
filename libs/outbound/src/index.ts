export { judgeAddress, networkFaults } from './address.js';
export type { AddressRules, AddressVerdict } from './address.js';
export { createOutbound, OutboundError } from './outbound.js';
export type {
  Outbound,
  OutboundAnswer,
  OutboundFault,
  OutboundOptions,
  OutboundRequest,
  Resolve,
} from './outbound.js';
