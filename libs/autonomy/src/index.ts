export { modeStream, autoApprovalStream, budgetStream, budgetDayStream } from './streams.js';
export { defaultTimeZone, isTimeZone, dayOf, addDays, daysBetween } from './budget/days.js';
export {
  actorName,
  defaultTarget,
  listModes,
  modeDecider,
  modeKey,
  targetBounds,
} from './mode/mode-config.js';
export type { ModeKey, AutonomyModeConfigV1, ModeEvent, ModeCommand, ModeState } from './mode/mode-config.js';
export { resolveMode, explainMode, lookupInStates, lookupInList } from './mode/resolve-mode.js';
export type {
  ModeQuery,
  MatchedLevel,
  ModeLookup,
  ResolvedMode,
  ConfiguredMode,
  ModeExplanation,
} from './mode/resolve-mode.js';
export { modeSources } from './mode/mode-sources.js';
export type { ModeLevel, ModeSources } from './mode/mode-sources.js';
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
export { amountNames, amountRefusal, noAmounts, plusAmounts } from './budget/budget-amounts.js';
export type { AmountLimits, AmountName, Amounts } from './budget/budget-amounts.js';
export {
  budgetDecider,
  everyAccount,
  decayedLimit,
  unusedDays,
  limitsOn,
  decayDays,
} from './budget/budget-config.js';
export type {
  BudgetLimits,
  AutonomyBudgetV1,
  BudgetEvent,
  BudgetCommand,
  BudgetState,
  DayLimits,
} from './budget/budget-config.js';
export {
  earnedError,
  goodNeeded,
  halfLifeDays,
  isFailing,
  isShown,
  leastOutcomes,
  successBound,
  successEvidence,
} from './earned/earned-evidence.js';
export type { RecordDay } from './earned/earned-evidence.js';
export {
  earnedCell,
  earnedDecider,
  earnedFigures,
  earnedStream,
  isApprovedEnough,
  leastApproved,
} from './earned/earned.js';
export type {
  EarnedCommand,
  EarnedEvent,
  EarnedFigures,
  EarnedState,
  Outcome,
  Standing,
} from './earned/earned-events.js';
export { effectiveMode, standingNow } from './mode/effective-mode.js';
export type { EffectiveMode } from './mode/effective-mode.js';
export { stepsUnder } from './earned/steps-under.js';
export type { StepCell } from './earned/steps-under.js';
export { afterStep, earnedStep } from './earned/earned-mode.js';
export type { EarnedStep } from './earned/earned-mode.js';
export { automaticChange, thresholdData, withAutomatic } from './threshold/threshold-data.js';
export type { AutomaticDay, AutomaticRecord, ThresholdData } from './threshold/threshold-data.js';
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
} from './threshold/threshold.js';
export type {
  ThresholdCommand,
  ThresholdEvent,
  ThresholdMove,
  ThresholdState,
} from './threshold/threshold-events.js';
export {
  autoApprovalDecided,
  autonomyStreams,
  earnedDecided,
  thresholdDecided,
  budgetDayDecided,
  budgetDecided,
  modeDecided,
} from './decided.js';
export { budgetDayDecider, answerOf, hasGivenBack, budgetStateRows } from './budget/budget-day.js';
export type {
  BudgetDayEvent,
  BudgetDayCommand,
  BudgetDayState,
  AutonomyBudgetStateV1,
} from './budget/budget-day.js';
export { autoApprovalLoosens, budgetLoosens, modesLoosens } from './loosens.js';
export { shippedBudget, shippedModes } from './shipped.js';
export type { Shipped } from './shipped.js';
export { undoAutoApproval, undoBudget, undoMode } from './undo.js';
