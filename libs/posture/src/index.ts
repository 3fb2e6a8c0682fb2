export {
  signalStream,
  levelStream,
  postureConfigStream,
  checksStream,
  trustLockStream,
  brakeStream,
  fileBrakeStream,
  responseStream,
  responseWorkStream,
  runsStream,
  isResponseWork,
} from './streams.js';
export { trustLockDecider, maxUnlocksPerDay, unlocksToday } from './responses/trust-lock.js';
export type { TrustLockCommand, TrustLockEvent, TrustLockState } from './responses/trust-lock.js';
export { brakeDecider } from './responses/brake.js';
export type { BrakeCommand, BrakeState } from './responses/brake.js';
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
} from './responses/response-plan.js';
export type {
  ResponseAction,
  ResponseGate,
  ResponseGateState,
  ResponseMode,
} from './responses/response-plan.js';
export { nextResponseStep, responseDecider, resultsOf, undoableOf } from './responses/response.js';
export type {
  Response,
  ResponseCommand,
  ResponseEvent,
  ResponseState,
  ResponseStatus,
  ResponseTrigger,
} from './responses/response.js';
export {
  responseWorkDecider,
  responseWorkStatus,
  workStage,
  workTxState,
} from './responses/response-work.js';
export type { ResponseOutcome, ResponseWorkCommand, ResponseWorkState } from './responses/response-work.js';
export {
  signalNames,
  isSignalName,
  namesOf,
  signalOf,
  defaultInputs,
  checkSignal,
  checkReport,
  signalCommand,
  compareBadness,
  signalDecider,
  signalOrigins,
  lastOf,
} from './level/signals.js';
export type {
  ReportCommand,
  SignalReport,
  SignalEvent,
  SignalCommand,
  SignalState,
  SignalOrigin,
} from './level/signals.js';
export { defaultThresholds, defaultOrange, computePosture } from './level/thresholds.js';
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
export { worseLevel, effectiveAt, noHistory, levelDecider } from './level/level.js';
export type { LevelHistory, PostureChanged, RecordLevel } from './level/level.js';
export { assess } from './level/assess.js';
export type { AssessInput, PostureAssessment } from './level/assess.js';
export type { SignalStates } from './level/signal-views.js';
export { checkIntegrityCsv } from './csv.js';
export type { CsvCheck } from './csv.js';
export { postureRunDecider, isRecorded, lastDue, nextDue } from './responses/runs.js';
export type { PostureRunCommand, PostureRunEvent, PostureRunState, RunTrigger } from './responses/runs.js';
export { reportsSince, trendOf } from './level/trend.js';
export type { LevelChange } from './level/trend.js';
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
} from './responses/response-files.js';
export type { UndoRecord } from './responses/response-files.js';

// The compiler names these in types that other projects infer, such as their command handlers.
/** @public */
export type { PostureConfigCommand, PostureConfigEvent } from './config.js';
/** @public */
export type { ChecksState, IntegrityChecked, RecordCheck } from './checks.js';
/** @public */
export type { BrakeEvent } from './responses/brake.js';
/** @public */
export type { ResponseWorkEvent } from './responses/response-work.js';

export { postureLoosens } from './loosens.js';
