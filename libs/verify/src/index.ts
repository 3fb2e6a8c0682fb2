export { verifyLog } from './verify.js';
export type { VerifyOptions } from './verify.js';
export type { LogSource } from './file.js';
export type { KnownCheckpoint } from './checkpoints.js';
export { eventText, verdictOf } from './report.js';
export type { EventName, Fault, FaultKind, SealReport, Verdict, Verification } from './report.js';
export { SealedReader, signedCheckpoint } from './sealed-reader.js';
export { HashList, LineSplitter } from './lines.js';
export type { SealFault, SealedExport } from './sealed-reader.js';
