export {
  signalStream,
  levelStream,
  postureConfigStream,
  checksStream,
  trustLockStream,
  brakeStream,
  responseStream,
  responseWorkStream,
  isResponseWork,
} from './streams.js';
export { trustLockDecider, maxUnlocksPerDay, unlocksToday } from './trust-lock.js';
export type { TrustLockCommand, TrustLockEvent, TrustLockState } from './trust-lock.js';
export { brakeDecider } from './brake.js';
export type { BrakeCommand, BrakeEvent, BrakeState } from './brake.js';
export { checksDecider } from './checks.js';
export type { CheckResult, ChecksState, IntegrityChecked, RecordCheck } from './checks.js';
export {
  failingGates,
  isCheckingResponse,
  isResponseAction,
  planResponses,
  responseActions,
  responseGates,
  responseLimits,
  responseMode,
  undoInstruction,
  withinDay,
} from './response-plan.js';
export type {
  CheckingResponse,
  PlannedResponse,
  ResponseAction,
  ResponseGate,
  ResponseGateState,
  ResponseMode,
} from './response-plan.js';
export { nextResponseStep, responseDecider, responseStatuses, resultsOf, undoableOf } from './response.js';
export type {
  Response,
  ResponseCommand,
  ResponseEvent,
  ResponseResult,
  ResponseRun,
  ResponseState,
  ResponseStatus,
  ResponseStep,
  ResponseTrigger,
} from './response.js';
export { responseWorkDecider, workTxState } from './response-work.js';
export type {
  ResponseOutcome,
  ResponseWorkCommand,
  ResponseWorkEvent,
  ResponseWorkState,
} from './response-work.js';
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
} from './signals.js';
export type { SignalReport, SignalEvent, SignalCommand, SignalState } from './signals.js';
export { defaultThresholds, defaultOrange, computePosture } from './thresholds.js';
export type { OrangeThresholds, ComputedPosture } from './thresholds.js';
export { defaultPostureConfig, checkPostureConfig, postureConfigDecider } from './config.js';
export type {
  PostureConfig,
  PostureConfigEvent,
  PostureConfigCommand,
  PostureConfigState,
} from './config.js';
export { postureConfigRecall, postureStreams, signalRecall } from './recall.js';
export {
  brakeRecall,
  checksRecall,
  responseRecall,
  responseWorkRecall,
  trustLockRecall,
} from './response-recall.js';
export { worseLevel, isBetter, effectiveAt, noHistory, levelDecider } from './level.js';
export type { LevelHistory, EffectiveLevel, PostureChanged, RecordLevel } from './level.js';
export { assess, recomputePosture } from './assess.js';
export type { SignalStates, AssessInput, PostureAssessment } from './assess.js';
export {
  blockedMarker,
  responseFiles,
  responseRecord,
  toldOutcome,
  undoFile,
  undoRecord,
  withBlockedMarker,
} from './response-files.js';
export type { UndoRecord } from './response-files.js';
