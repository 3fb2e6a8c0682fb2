export { traceStream } from './streams.js';
export { totalImpact } from './kpis.js';
export { traceEventTypes, outcomeByEvent, outcomeOf, traceOf, judgedTrace } from './trace.js';
export type { TraceOutcome, TraceV1, TraceEvent, KeptTraceEvent, FinishedAction } from './trace.js';
export {
  forgottenTraceDecider,
  forgottenTraceLoosens,
  forgottenTraceStream,
  isForgottenId,
} from './forgotten.js';
export type { ForgottenTraceCommand, ForgottenTraceEvent, ForgottenTraceState } from './forgotten.js';
export { forgottenTraceDecided, twinStreams } from './decided.js';
export { readTraceFile, readTraceEntries, importedTrace } from './trace-file.js';
export type { TraceFileEntry } from './trace-file.js';
export { similarity, recency } from './similarity.js';
export type { Features } from './similarity.js';
export { DecisionMemory, traceDay, largeMemory } from './memory.js';
export { isExpectedChange } from './expected.js';
export { methodIn, twinMethods } from './method.js';
export type { TwinMethod } from './method.js';
export { predict, recompute, statedIn } from './predict.js';
export { isNetworkState, kpiEmbedding } from './embedding.js';
export type { Embedding, NetworkState } from './embedding.js';
export { isRiskScore } from './risk-score.js';
export { readCalibration } from './risk-calibration.js';
export { calibrationOf, shareInterval } from './calibration.js';
export { nominalCoverage } from './vote.js';
export { evaluate, evaluatedMethods, leastEarlier } from './evaluation/evaluate.js';
export type { EvaluatedMethod, Evaluation } from './evaluation/evaluate.js';
