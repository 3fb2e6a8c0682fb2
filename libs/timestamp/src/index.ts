export { parseCertificates, verifyToken, TimestampFault } from './token.js';
export { timestampRequest, tokenIn, largestToken } from './exchange.js';
