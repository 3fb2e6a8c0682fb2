export { exportedEvent, readExportedLine, inOrder } from './exported.js';
export type { ExportedEvent, ReadLine } from './exported.js';
export { Replay } from './replay.js';
export type { Difference, ReplayReport } from './replay.js';
export type { Finding } from './finding.js';
