export { signalStream, levelStream, postureConfigStream, runsStream } from './streams.js';
export {
  signalNames,
  isSignalName,
  defaultInputs,
  forecastRisks,
  checkSignal,
  checkReport,
  compareBadness,
  maxSkewS,
  signalDecider,
  signalOrigins,
  lastOf,
} from './signals.js';
export type { SignalReport, SignalEvent, SignalCommand, SignalState, SignalOrigin } from './signals.js';
export { defaultThresholds, defaultOrange, computePosture } from './thresholds.js';
export type { OrangeThresholds, ComputedPosture } from './thresholds.js';
export { defaultPostureConfig, checkPostureConfig, postureConfigDecider, signalSources } from './config.js';
export type {
  SignalSource,
  SignalSources,
  PostureConfig,
  PostureConfigEvent,
  PostureConfigCommand,
  PostureConfigState,
} from './config.js';
export { postureConfigRecall, postureRunRecall, postureStreams, signalRecall } from './recall.js';
export { worseLevel, isBetter, effectiveAt, noHistory, levelDecider } from './level.js';
export type { LevelHistory, EffectiveLevel, PostureChanged, RecordLevel } from './level.js';
export { assess, recomputePosture } from './assess.js';
export type { AssessInput, PostureAssessment } from './assess.js';
export type { SignalStates } from './signal-views.js';
export { postureRunDecider, runTriggers, lastDue, nextDue } from './runs.js';
export type { PostureRunCommand, PostureRunEvent, PostureRunState, RunTrigger } from './runs.js';
export { trendOf, flappingFrom } from './trend.js';
export type { LevelChange, LevelTransition, PostureTrend, SignalSlope } from './trend.js';
export {
  stateFiles,
  stateFile,
  stateLogLine,
  fileTime,
  updatedMarker,
  failedMarker,
  withMarker,
  fixBranch,
  retryAfterS,
} from './state-files.js';
export {
  inputFiles,
  brakeFile,
  thresholdsFile,
  readInputFile,
  readBrakeFile,
  readThresholdsFile,
} from './input-files.js';
export type { ReadInput } from './input-files.js';
export {
  withEnded,
  stillCounts,
  scoreOf,
  reputationScore,
  scoredActions,
  scoredWithinMs,
} from './measures/reputation.js';
export type { Scored } from './measures/reputation.js';
export {
  withSlice,
  hourAndDay,
  trendProbability,
  forecastRisk,
  riskLimits,
  sliceMs,
} from './measures/forecast.js';
export type { Ended, EndedSlice } from './measures/forecast.js';
export { recentResponses, responsesWithinMs } from './measures/responses.js';
export type { AppliedRuns } from './measures/responses.js';
export { withCheck, integrityScore, noIntegrity, integrityKinds } from './measures/integrity.js';
export type { IntegrityCheck, IntegrityKind, IntegrityState, CheckedRange } from './measures/integrity.js';
export { consensusOf } from './measures/consensus.js';
export type { Consensus, Vote } from './measures/consensus.js';
export { ActionMeasures, endedAsPredicted } from './measures/action-measures.js';
export type { ActionFact } from './measures/action-measures.js';
