export { builtInActionTypes, checkParameters, compileParameters } from './catalogue/catalogue.js';
export { addressFault, checkActionType } from './catalogue/registration.js';
export { acceptedContent, acceptedContentAgain, intentHash, referenceTo } from './intent/intent-content.js';
export { withStatedAmounts } from './intent/stated-amounts.js';
export type { ActionTypeContent } from './catalogue/registration.js';
export { checkToolType, toolSchemaFaults } from './catalogue/mcp-tool.js';
export { schemaLimits, schemaViolations } from './catalogue/parameters-schema.js';
export {
  isEngagedAfter,
  isKillSwitchEvent,
  killSwitchDecider,
  killSwitchEpoch,
  killSwitchScopes,
  killSwitchStream,
  killSwitchStreams,
  listedAfter,
  listedStreams,
  listsSites,
  streamOfTarget,
} from './stop/kill-switch.js';
export { automaticIf } from './action-views/automatic-if.js';
export type { AutomaticIf } from './action-views/automatic-if.js';
export { keptOutcomeHours, OutcomeHours } from './action-views/outcome-hours.js';
export type { OutcomeHour } from './action-views/outcome-hours.js';
export { approvalFigures, isRubberStamp } from './action-views/approval-figures.js';
export type {
  AnswerFigures,
  ApprovalAnswer,
  ApprovalFigures,
  WaitingApproval,
} from './action-views/approval-figures.js';
export { executorDecider, executorsAsked, executorsStream } from './execution/executors.js';
export type {
  AnsweredUse,
  ExecutorCommand,
  ExecutorEvent,
  ExecutorName,
  ExecutorsState,
  RegisteredExecutor,
} from './execution/executors.js';
export { boundedReceipt, receiptActionsAtMost } from './stop/kill-switch-receipt.js';
export type { AskedExecutor, Completeness, ReceiptData, StoppedAction } from './stop/kill-switch-receipt.js';
export type {
  KillSwitchScope,
  KillSwitchSubject,
  KillSwitchTarget,
  ReleaseRequest,
  KillSwitchEvent,
  KillSwitchCommand,
  KillSwitchState,
  KillSwitchHead,
} from './stop/kill-switch.js';
export { leaseDecider, leaseOf } from './execution/lease.js';
export type {
  BlastUnits,
  HourlyRoom,
  LeaseEvent,
  LeaseCommand,
  Lease,
  LeaseState,
} from './execution/lease.js';
export { blastRadiusOf } from './gates/blast-radius.js';
export { gateNames, lookedAtGates } from './gates/table.js';
export type {
  GateName,
  GateAnswer,
  GateSight,
  Look,
  LookedAtGate,
  SeenGate,
  GateRecord,
  RecordedGate,
} from './gates/table.js';
export {
  seeGate,
  judge,
  lookOf,
  refusalOf,
  lookAgain,
  askAgain,
  tellGate,
  looksToRecord,
  recordedGate,
  isRefused,
  summaryOf,
  stops,
  wholeGate,
} from './gates/record.js';
export { need } from './gates/gate.js';
export type { Hold, HoldContent, GateContext, GateWitnesses } from './gates/gate.js';
export { effectiveRisk } from './gates/confidence.js';
export { autoApprovalQuestion } from './gates/auto-approval.js';
export { actionEventTypes, endEventTypes } from './action-events/events.js';
export type {
  HoldRecord,
  DigestParts,
  KpiVerdict,
  ValidationResult,
  FinishedData,
  IntentAcceptedData,
  PartOfPlan,
  PlanApproval as PlanYes,
  ActionEvent,
} from './action-events/events.js';
export { initialAction, limitsOf, sawOf, beforeOf, holdsOf } from './action-events/state.js';
export { isInFlight, isOpen, isTakingBack } from './action-events/stages.js';
export { rollbackGates, requireUndoable } from './action/rollback.js';
export {
  foldRollback,
  isRollbackEnd,
  isRollbackEvent,
  isRollbackPending,
  rollbackEventTypes,
} from './action-events/rollback-events.js';
export type { RollbackEvent, RollbackParts, RollbackState } from './action-events/rollback-events.js';
export type {
  AcceptedAction,
  ActionInFlight,
  ActionState,
  EndedAction,
  ExecutingAction,
  OpenAction,
  RollingBackAction,
  ValidatingAction,
} from './action-events/stages.js';
export {
  approvalIn,
  approvalOfPlan,
  approvedBy,
  awaitedIn,
  consentOfApproval,
  consentOfWindow,
  executionIn,
  reservationGranted,
  reservationHeldUp,
  reservationIn,
  turnIn,
  unasked,
  windowIn,
  windowUntil,
  withComment,
  withJudged,
} from './action-events/parts.js';
export type {
  ApprovalState,
  Comment,
  Consent,
  Execution,
  JudgedGates,
  Reservation,
  Turn,
  Waiting,
  WindowState,
} from './action-events/parts.js';
export { effectOf, endStatusOf, isActionEnd } from './action-events/end-types.js';
export { acceptedMessage, outcomeMessage, refusedMessage } from './action-events/upstream.js';
export type { OutcomeIntent, UpstreamEvent } from './action-events/upstream.js';
export type { ActionEndEvent } from './action-events/end-types.js';
export type { ActionCommand, AwaitedService, TxAnswer } from './action/commands.js';
export { nextGate } from './action/walk.js';
export { digestParts, digestOf, differenceOf } from './action-events/approval-digest.js';
export { releaseDigest } from './stop/release-digest.js';
export { validateOutcome } from './action-events/validation.js';
export { actionDecider } from './action/action.js';
export { modeReasons, seenMode } from './gates/autonomy-mode.js';
export { postureTableOf, seenPosture } from './gates/posture.js';
export { followsLoad, predictionQuestion, seenPrediction } from './gates/prediction.js';
export { actionDecided } from './decided.js';
export { executorDecided } from './decided.js';
export {
  changeDecided,
  firstRequiredPeopleId,
  killSwitchDecided,
  requiredPeopleDecided,
  requiredPeopleStream,
  retentionDecided,
} from './decided.js';
export { leaseDecided } from './decided.js';
export { railsStreams } from './decided.js';
export { executedOutcome } from './action-views/executed-outcome.js';
export type { ExecutedOutcome } from './action-views/executed-outcome.js';
export { feedbackDecided } from './decided.js';
export { tenantDecided } from './decided.js';
export {
  feedbackDecider,
  feedbackStream,
  feedbackVerdicts,
  isRequester,
  judgedAction,
} from './action-views/feedback.js';
export type {
  Feedback,
  FeedbackCommand,
  FeedbackEvent,
  FeedbackState,
  FeedbackVerdict,
  JudgedAction,
} from './action-views/feedback.js';
export { actionRow, actionView } from './action-views/action-view.js';
export type {
  ActionRow,
  ActionView,
  GateView,
  StepView,
  ShownAction,
  ShownWindow,
} from './action-views/action-view.js';
export { dueAt, nextEffect } from './action-views/next-effect.js';
export type { Effect } from './action-views/next-effect.js';
export {
  tenantDecider,
  tenantStream,
  grantsOf,
  keyedUsers,
  nkeyUsers,
  mayName,
  mayReport,
} from './tenant/tenant.js';
export { busCredential } from './tenant/credential.js';
export type { Credential, Names, TenantEvent } from './tenant/credential.js';
export type { KeyedUser, TenantCommand, TenantStatus, TenantState } from './tenant/tenant.js';
export { planDecider } from './plan/plan.js';
export type { PlanCommand } from './plan/plan-commands.js';
export {
  failureRules,
  isPlanEnd,
  isPlanEndType,
  planApprovals,
  planEnds,
  planEventTypes,
  planStates,
} from './plan/plan-events.js';
export type {
  ApprovedNode,
  FailureRule,
  NodeEnd,
  NodeIntent,
  NodePreview,
  PlanApprovalRule,
  PlanEvent,
  PlanNode,
  PlanStateName,
  PlanSubmittedData,
} from './plan/plan-events.js';
export { affectedBy } from './plan/plan-next.js';
export { previewOf } from './plan/plan-preview.js';
export { nodeActionId, nodeIntentId, planIdOf, shapeViolations, sumViolations } from './plan/plan-shape.js';
export type { NodeRole } from './plan/plan-shape.js';
export { evolvePlan, isHalted } from './plan/plan-state.js';
export type { KnownPlan, NodeState, PlanApproval, PlanHalt, PlanState } from './plan/plan-state.js';
export { planWork } from './plan/plan-work.js';
export type { PlanWork } from './plan/plan-work.js';
export { planDecided } from './decided.js';
export { inboxKinds } from './inbox/inbox-item.js';
export type { InboxEntry, InboxItem, InboxKind } from './inbox/inbox-item.js';
export { inboxCategories, inboxKey, inboxScopes, waitingAfter, whyNotTheirs } from './inbox/inbox.js';
export type { Viewer as Looker } from './inbox/inbox.js';
export type { ListedAction } from './open-work/open-actions.js';
export type { OpenPlan } from './open-work/open-plans.js';
export { RailsHistory } from './open-work/rails-history.js';
export type { NamedKind } from './open-work/rails-history.js';
export { RailsOpenWork, railsWorkCategories } from './open-work/rails-open-work.js';
export { WaitingFold } from './open-work/waiting.js';
export { wrongAgent } from './tenant/wrong-agent.js';
export { agentRequesters, agentsIn, needsRegistration, ownRequesters } from './tenant/agent-credential.js';
export type { AgentCommand, RegisteredAgent } from './tenant/agent-credential.js';
export { actionTypeLoosens, credentialLoosens, tenantLoosens } from './catalogue/registration-loosens.js';
export { isFounderAlone, noneSignedIn, withSignIn, type SignedIn } from './tenant/founders.js';
