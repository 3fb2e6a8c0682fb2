export { parseCertificates, verifyToken, TimestampFault, type Timestamp } from './token.js';
export { timestampRequest, tokenIn, largestToken } from './exchange.js';
