export { traceStream } from './streams.js';
export { natureOf, totalImpact } from './kpis.js';
export type { KpiNature } from './kpis.js';
export { traceOutcomes, traceEventTypes, outcomeByEvent, outcomeOf, traceOf, judgedTrace } from './trace.js';
export type { TraceOutcome, TraceImpact, TraceV1, TraceEvent, FinishedAction } from './trace.js';
export { twinStreams } from './decided.js';
export { readTraceFile, readTraceEntries, importedTrace } from './trace-file.js';
export type { TraceFileEntry } from './trace-file.js';
export { similarity, recency, halfLifeDays } from './similarity.js';
export type { Features } from './similarity.js';
export { DecisionMemory, traceDay, largeMemory, smallNeighbours, largeNeighbours } from './memory.js';
export type { Errors } from './memory.js';
export {
  predict,
  questionOf,
  recompute,
  riskLevelOf,
  riskCutoffs,
  isRiskScore,
  nominalCoverage,
} from './predict.js';
export { calibrationOf, judgedOutcomes, shareInterval } from './calibration.js';
export type { CalibrationBin, TypeCalibration } from './calibration.js';
