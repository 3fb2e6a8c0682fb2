export { signalStream, levelStream, postureConfigStream } from './streams.js';
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
export { worseLevel, isBetter, effectiveAt, noHistory, levelDecider } from './level.js';
export type { LevelHistory, EffectiveLevel, PostureChanged, RecordLevel } from './level.js';
export { assess, recomputePosture } from './assess.js';
export type { SignalStates, AssessInput, PostureAssessment } from './assess.js';
