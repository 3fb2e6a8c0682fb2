export { modeStream, autoApprovalStream, budgetStream, budgetDayStream } from './streams.js';
export { defaultTimeZone, isTimeZone, dayOf, isDay, addDays, daysBetween } from './days.js';
export { modeDecider, modeKey, actorName, listModes } from './mode-config.js';
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
export { budgetDecider, decayedLimit, unusedDays, limitsOn, decayDays } from './budget-config.js';
export type {
  BudgetLimits,
  AutonomyBudgetV1,
  BudgetEvent,
  BudgetCommand,
  BudgetState,
  DayLimits,
} from './budget-config.js';
export { autoApprovalRecall, autonomyStreams, budgetDayRecall, budgetRecall, modeRecall } from './recall.js';
export { budgetDayDecider, answerOf, hasGivenBack, budgetStateRows } from './budget-day.js';
export type {
  BudgetDayEvent,
  BudgetDayCommand,
  BudgetDayState,
  AutonomyBudgetStateV1,
} from './budget-day.js';
