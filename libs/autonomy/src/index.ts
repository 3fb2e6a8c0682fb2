export { modeStream, autoApprovalStream, budgetStream, budgetDayStream } from './streams.js';
export { defaultTimeZone, isTimeZone, dayOf, isDay, addDays, daysBetween } from './days.js';
export { actorName, defaultTarget, listModes, modeDecider, modeKey, targetBounds } from './mode-config.js';
export type { ModeKey, AutonomyModeConfigV1, ModeEvent, ModeCommand, ModeState } from './mode-config.js';
export { resolveMode, explainMode, lookupInStates, lookupInList } from './resolve-mode.js';
export type {
  ModeQuery,
  MatchedLevel,
  ModeLookup,
  ResolvedMode,
  ConfiguredMode,
  ModeExplanation,
} from './resolve-mode.js';
export { modeSources } from './mode-sources.js';
export type { ModeLevel, ModeSources } from './mode-sources.js';
export {
  evaluateAutoApproval,
  checkAutoApprovalInput,
  checkAutoApprovalResult,
  defaultAutoApprovalConfig,
  autoApprovalReasons,
  autoApprovalVersion,
} from './auto-approval.js';
export type {
  AutoApprovalReason,
  AutoApprovalPolicyInputV1,
  AutoApprovalPolicyResultV1,
  AutoApprovalConfig,
} from './auto-approval.js';
export { autoApprovalDecider, autoApprovalView } from './auto-approval-config.js';
export type { AutoApprovalEvent, AutoApprovalCommand, AutoApprovalState } from './auto-approval-config.js';
export { amountNames, amountRefusal, noAmounts, plusAmounts } from './budget-amounts.js';
export type { AmountLimits, AmountName, Amounts } from './budget-amounts.js';
export {
  budgetDecider,
  everyAccount,
  decayedLimit,
  unusedDays,
  limitsOn,
  decayDays,
} from './budget-config.js';
export type {
  BudgetLimits,
  AutonomyBudgetV1,
  BudgetEvent,
  BudgetCommand,
  BudgetState,
  DayLimits,
} from './budget-config.js';
export {
  earnedError,
  goodNeeded,
  halfLifeDays,
  isFailing,
  isShown,
  leastOutcomes,
  successBound,
  successEvidence,
} from './earned-evidence.js';
export type { RecordDay } from './earned-evidence.js';
export {
  earnedCell,
  earnedDecider,
  earnedFigures,
  earnedStream,
  isApprovedEnough,
  leastApproved,
} from './earned.js';
export type {
  EarnedCommand,
  EarnedEvent,
  EarnedFigures,
  EarnedState,
  Outcome,
  Standing,
} from './earned-events.js';
export { effectiveMode, standingNow } from './effective-mode.js';
export type { EffectiveMode } from './effective-mode.js';
export { stepsUnder } from './steps-under.js';
export type { StepCell } from './steps-under.js';
export { afterStep, earnedStep } from './earned-mode.js';
export type { EarnedStep } from './earned-mode.js';
export { automaticChange, thresholdData, withAutomatic } from './threshold-data.js';
export type { AutomaticDay, AutomaticRecord, ThresholdData } from './threshold-data.js';
export {
  explainThreshold,
  leastAutomatic,
  mostShift,
  mostShiftADay,
  shiftedThresholds,
  shiftToward,
  thresholdBounds,
  thresholdDecider,
  thresholdStream,
  thresholdType,
} from './threshold.js';
export type { ThresholdCommand, ThresholdEvent, ThresholdMove, ThresholdState } from './threshold-events.js';
export {
  autoApprovalDecided,
  autonomyStreams,
  earnedDecided,
  thresholdDecided,
  budgetDayDecided,
  budgetDecided,
  modeDecided,
} from './decided.js';
export { budgetDayDecider, answerOf, hasGivenBack, budgetStateRows } from './budget-day.js';
export type {
  BudgetDayEvent,
  BudgetDayCommand,
  BudgetDayState,
  AutonomyBudgetStateV1,
} from './budget-day.js';
export { autoApprovalLoosens, budgetLoosens, modesLoosens } from './loosens.js';
export { shippedBudget, shippedModes } from './shipped.js';
export type { Shipped } from './shipped.js';
export { undoAutoApproval, undoBudget, undoMode } from './undo.js';
