export {
  namePattern,
  tenantPattern,
  anyTenantPattern,
  systemTenant,
  entityPattern,
  intentIdPattern,
  modelPattern,
  riskLevels,
  postureLevels,
  autonomyModes,
  policyDecisions,
  autoApprovalDecisions,
  severities,
} from './values/names.js';
export type {
  Timestamp,
  JsonValue,
  JsonObject,
  RiskLevel,
  PostureLevel,
  AutonomyMode,
  PolicyDecision,
  AutoApprovalDecision,
  Severity,
  Reason,
} from './values/names.js';
export { sealedMembers } from './values/sealed-members.js';
export { judgedOutcomes, leastCoverage, mostMisses, rememberedOutcomes } from './values/twin-vote.js';
export {
  earnedLevels,
  endingWays,
  heldLocks,
  levelNumber,
  qualificationStates,
} from './values/qualification.js';
export type {
  EarnedLevel,
  EndingWay,
  HeldLocks,
  QualificationCell,
  QualificationState,
} from './values/qualification.js';
export { sealedBy, sealedForm } from './values/sealed-text.js';
export { routeEffect, routeEffectNames, routeEffects } from './access/route-effects.js';
export type { RouteEffect, RouteEffects } from './access/route-effects.js';
export { scopes, actorKey, breakGlassPrefix, refusalKeys, isSamePerson } from './access/scopes.js';
export {
  agentAlgorithms,
  agentClientId,
  agentCredential,
  agentPrefix,
  agentSubject,
  registryStream,
  validKeys,
} from './access/agent-keys.js';
export type { AgentKey, PublicJwk } from './access/agent-keys.js';
export { agentScopes, liveTopics, roles, rolesNamed, roleScopes, scopesOfRoles } from './access/roles.js';
export type {
  ConsolePersonRecord,
  LiveNote,
  LiveTopic,
  LoginMethods,
  PersonLink,
  Role,
  SessionRecord,
  SessionView,
} from './access/roles.js';
export type {
  AccessEvent,
  CommandRefused,
  DataExported,
  IntentRefused,
  LogRead,
  SecretBound,
  SecretEvent,
  SecretRemoved,
  SecretStored,
  SecretUse,
} from './people/access-events.js';
export type {
  InvitationUsed,
  PersonAccessEvent,
  PersonInvited,
  RoleGranted,
  RoleRevoked,
  SessionEnded,
  SessionRevoked,
  SessionStarted,
} from './people/person-events.js';
export { refusalLimits } from './rpc/person-rpc.js';
export type { RecordAccessAnswer, RecordAccessRequest, RecordRefusalRequest } from './rpc/person-rpc.js';
export { mostSecrets, secretUses } from './rpc/secret-rpc.js';
export type { PlacedSecret, RecordSecretsAnswer, RecordSecretsRequest } from './rpc/secret-rpc.js';
export type {
  PersonChange,
  RecordPersonAnswer,
  RecordPersonRequest,
  RequestedForPerson,
} from './rpc/person-rpc.js';
export { returnAddress } from './values/return-address.js';
export { nameKeys } from './access/same-name.js';
export type { Scope, PrincipalKind, Actor } from './access/scopes.js';
export { subject, parseSubject, busStreams } from './bus/subjects.js';
export type { Subject, BusStream } from './bus/subjects.js';
export {
  busServices,
  busOperator,
  busServicesAccount,
  busTenantAccount,
  rpcCallers,
  busConsumers,
  tenantOfUser,
  mayCall,
  inboxOf,
  repliesOf,
  busAccess,
  noBusGrants,
  tenantConsumers,
  tenantReceives as tenantHears,
  tenantImports,
} from './bus/bus-access.js';
export type { BusGrants, BusService, BusPermissions } from './bus/bus-access.js';
export { servicesAccount, tenantAccount, busAccounts } from './bus/bus-config.js';
export type { BusUser } from './bus/bus-config.js';
export { logReader, logRights, logUnion } from './values/log-access.js';
export type { LogRights } from './values/log-access.js';
export {
  cutCategories,
  ownCategories,
  ownerOf,
  fileBrakeId,
  streamOwners,
  streamName,
  actionOfTx,
  parseStream,
} from './values/streams.js';
export type { StreamCategory } from './values/streams.js';
export { answeredActionType, answeredEntry, answeredOnly } from './values/action-type-answer.js';
export type { AnsweredActionType, AnsweredHandler } from './values/action-type-answer.js';
export { problemCodes, unreachableCodes } from './values/problems.js';
export type { ProblemCode, Violation, ProblemDetails } from './values/problems.js';
export { defaults } from './values/defaults.js';
export {
  actionStates,
  endStates,
  actionEndTypes,
  driftRestoreIntent,
  executedEndTypes,
  handlerSteps,
} from './values/intent.js';
export { policyContentFields } from './values/policy-content.js';
export type {
  ActionIntentV1,
  CloudEvent,
  IntentCloudEvent,
  ActionStateName,
  IntentAcceptedV1,
  IntentRejectedV1,
  WebhookTestV1,
  ActionEffect,
  ActionOutcomeV1,
  ActionTypeV1,
  AcceptedActionType,
  ActionTypeTerms,
  HandlerEndpoint,
  HandlerStep,
} from './values/intent.js';
export { requestedCells } from './values/requested-cells.js';
export { schemaFaultText } from './values/schema-fault.js';
export type {
  ModeRequest,
  ModeAnswer,
  SeenMode,
  ConsumeRequest,
  ConsumeAnswer,
  GiveBackRequest,
  GiveBackAnswer,
} from './rpc/budget-rpc.js';
export { txStates } from './rpc/handler-rpc.js';
export { raisedAlerts } from './rpc/rpc.js';
export { requestedChange, throughChange } from './rpc/through-change.js';
export { changeOwners, changeScopes } from './rpc/change-rpc.js';
export type {
  ApplyChangeAnswer,
  EndChangeAnswer,
  ApplyChangeRequest,
  ChangeAnswer,
  ChangeOwner,
  Loosened,
  RequestChangeRequest,
} from './rpc/change-rpc.js';
export { leastRetention, retained, retentionBounds, retentionKinds } from './values/retention.js';
export type {
  PlannedRemoval,
  LogHold,
  PlannedCut,
  PlanRetentionAnswer,
  PlanRetentionRequest,
  RetentionDays,
  RetentionKind,
  RetentionOwner,
} from './values/retention.js';
export { checkKinds, readModelServices } from './rpc/check-rpc.js';
export type {
  AuditCheckAnswer,
  AuditCheckRequest,
  CheckFinding,
  CheckKind,
  CheckRange,
  CheckReadModelsAnswer,
  CheckReadModelsRequest,
} from './rpc/check-rpc.js';
export { targetKinds } from './rpc/seen-rpc.js';
export type { NamedTarget, SeenAnswer, SeenRequest, TargetKind, UnseenTarget } from './rpc/seen-rpc.js';
export type {
  PostureInputs,
  PostureSignalName,
  PostureThresholds,
  PostureSignalView,
  PostureGateTable,
  ConsensusVote,
  VoteAnswer,
  PostureAnswer,
  SeenPosture,
} from './rpc/posture-rpc.js';
export type {
  EstimateImpactRequest,
  ExpectedChange,
  ImpactEstimate,
  PlanRequest,
  LeafChange,
  PlanAnswer,
  DeviceDiff,
  PlanPart,
  HandlerEnvelope,
  ApplyAnswer,
  KpiSample,
  Observation,
  TxState,
  TxStatus,
  HandlerService,
} from './rpc/handler-rpc.js';
export type {
  ThresholdShift,
  PredictRequest,
  SeenPrediction,
  TraceWeight,
  LostVote,
  PredictionV1,
  EvaluateRequest,
  MatchedPolicy,
  EvaluationLimits,
  EvaluationV1,
  AutoApproveRequest,
  AutoApproveAnswer,
  DefineToolAnswer,
  DefineToolRequest,
  RaiseAlertRequest,
  ResolveAlertRequest,
  RaisedAlertAnswer,
  CalledName,
  RpcName,
  RpcRequest,
  RpcAnswer,
} from './rpc/rpc.js';
export { postureAccount, readOnlyResponses, readOnlyResponsesPerDay } from './values/system-responses.js';
export { actionLimits, limitsInForce, tenantLimitBounds, tenantLimitNames } from './values/tenant-limits.js';
export type { TenantLimits } from './values/tenant-limits.js';
export { whyWindowAsked, windowOutcome } from './values/window-outcome.js';
export type { WindowOutcome, WindowTerms } from './values/window-outcome.js';
export {
  channelKinds,
  channelMembers,
  channelReaches,
  keepsEpisodes,
  reachOf,
} from './values/channel-kinds.js';
export type { ChannelKind, ChannelMember, ChannelReach, ReachSettings } from './values/channel-kinds.js';
export {
  matchedPolicies,
  predictedContext,
  seenEvaluation,
  usualMembers,
  wholeContext,
} from './rpc/seen-evaluation.js';
export type {
  ContextInRecord,
  EvaluatedInput,
  EvaluationAnswer,
  SeenEvaluation,
  ShadowEvaluation,
} from './rpc/seen-evaluation.js';
export { metricFamilies } from './values/metrics.js';
export type { MetricLabel, MetricName, MetricOf } from './values/metrics.js';
