export {
  signalStream,
  levelStream,
  postureConfigStream,
  checksStream,
  trustLockStream,
  brakeStream,
  responseStream,
  responseWorkStream,
  runsStream,
  isResponseWork,
} from './streams.js';
export { trustLockDecider, maxUnlocksPerDay, unlocksToday } from './trust-lock.js';
export type { TrustLockCommand, TrustLockEvent, TrustLockState } from './trust-lock.js';
export { brakeDecider } from './brake.js';
export type { BrakeCommand, BrakeState } from './brake.js';
export { checksDecider } from './checks.js';
export {
  failingGates,
  isCheckingResponse,
  isResponseAction,
  planResponses,
  responseGates,
  responseMode,
  undoInstruction,
  withinDay,
} from './response-plan.js';
export type { ResponseAction, ResponseGate, ResponseGateState, ResponseMode } from './response-plan.js';
export { nextResponseStep, responseDecider, resultsOf, undoableOf } from './response.js';
export type {
  Response,
  ResponseCommand,
  ResponseEvent,
  ResponseState,
  ResponseStatus,
  ResponseTrigger,
} from './response.js';
export { responseWorkDecider, responseWorkStatus, workStage, workTxState } from './response-work.js';
export type { ResponseOutcome, ResponseWorkCommand, ResponseWorkState } from './response-work.js';
export {
  signalNames,
  isSignalName,
  defaultInputs,
  checkSignal,
  checkReport,
  signalCommand,
  compareBadness,
  signalDecider,
  signalOrigins,
  lastOf,
} from './signals.js';
export type {
  ReportCommand,
  SignalReport,
  SignalEvent,
  SignalCommand,
  SignalState,
  SignalOrigin,
} from './signals.js';
export { defaultThresholds, defaultOrange, computePosture } from './thresholds.js';
export { defaultPostureConfig, checkPostureConfig, postureConfigDecider, signalSources } from './config.js';
export type { SignalSource, SignalSources, PostureConfig, PostureConfigState } from './config.js';
export {
  levelDecided,
  postureConfigDecided,
  postureRunDecided,
  postureStreams,
  signalDecided,
} from './decided.js';
export {
  brakeDecided,
  checksDecided,
  responseDecided,
  responseWorkDecided,
  trustLockDecided,
} from './decided.js';
export { worseLevel, effectiveAt, noHistory, levelDecider } from './level.js';
export type { LevelHistory, PostureChanged, RecordLevel } from './level.js';
export { assess } from './assess.js';
export type { AssessInput, PostureAssessment } from './assess.js';
export type { SignalStates } from './signal-views.js';
export { checkIntegrityCsv } from './csv.js';
export type { CsvCheck } from './csv.js';
export { postureRunDecider, isRecorded, lastDue, nextDue } from './runs.js';
export type { PostureRunCommand, PostureRunEvent, PostureRunState, RunTrigger } from './runs.js';
export { trendOf } from './trend.js';
export type { LevelChange } from './trend.js';
export {
  stateFiles,
  stateFile,
  stateLogLine,
  fileTime,
  updatedMarker,
  failedMarker,
  evaluationFiles,
  fixBranch,
  retryAfterS,
} from './state-files.js';
export type { RunFile } from './state-files.js';
export {
  inputFiles,
  brakeFile,
  thresholdsFile,
  readInputFile,
  readBrakeFile,
  readThresholdsFile,
} from './input-files.js';
export type { ReadInput } from './input-files.js';
export { withEnded, scoreOf, reputationScore } from './measures/reputation.js';
export type { Scored } from './measures/reputation.js';
export { withSlice, hourAndDay, trendProbability, forecastRisk } from './measures/forecast.js';
export type { EndedSlice } from './measures/forecast.js';
export { recentResponses, responsesWithinMs } from './measures/responses.js';
export { withCheck, integrityScore, noIntegrity } from './measures/integrity.js';
export type { IntegrityCheck, IntegrityState } from './measures/integrity.js';
export { consensusOf } from './measures/consensus.js';
export type { Consensus } from './measures/consensus.js';
export { ActionMeasures, endedAsPredicted } from './measures/action-measures.js';
export type { ActionFact } from './measures/action-measures.js';
export {
  responseFiles,
  responseRunFiles,
  outcomeText,
  undoFile,
  undoFiles,
  undoRecord,
} from './response-files.js';
export type { UndoRecord } from './response-files.js';

// The compiler names these in types that other projects infer, such as their command handlers.
/** @public */
export type { PostureConfigCommand, PostureConfigEvent } from './config.js';
/** @public */
export type { ChecksState, IntegrityChecked, RecordCheck } from './checks.js';
/** @public */
export type { BrakeEvent } from './brake.js';
/** @public */
export type { ResponseWorkEvent } from './response-work.js';

export { postureLoosens } from './loosens.js';
