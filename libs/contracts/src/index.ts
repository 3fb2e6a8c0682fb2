export {
  namePattern,
  tenantPattern,
  anyTenantPattern,
  systemTenant,
  entityPattern,
  intentIdPattern,
  riskLevels,
  postureLevels,
  autonomyModes,
  policyDecisions,
  autoApprovalDecisions,
  severities,
} from './names.js';
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
} from './names.js';
export { sealedMembers } from './sealed-members.js';
export { sealedBy, sealedForm } from './sealed-text.js';
export { routeEffect, routeEffectNames, routeEffects } from './route-effects.js';
export type { RouteEffect, RouteEffects } from './route-effects.js';
export { scopes, actorKey, breakGlassPrefix, refusalKeys, isSamePerson } from './scopes.js';
export {
  agentAlgorithms,
  agentClientId,
  agentCredential,
  agentPrefix,
  agentSubject,
  registryStream,
  validKeys,
} from './agent-keys.js';
export type { AgentKey, PublicJwk } from './agent-keys.js';
export { agentScopes, liveTopics, roles, rolesNamed, roleScopes, scopesOfRoles } from './roles.js';
export type {
  ConsolePersonRecord,
  LiveNote,
  LiveTopic,
  LoginMethods,
  PersonLink,
  Role,
  SessionRecord,
  SessionView,
} from './roles.js';
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
} from './access-events.js';
export type {
  InvitationUsed,
  PersonAccessEvent,
  PersonInvited,
  RoleGranted,
  RoleRevoked,
  SessionEnded,
  SessionRevoked,
  SessionStarted,
} from './person-events.js';
export type { RecordAccessAnswer, RecordAccessRequest, RecordRefusalRequest } from './person-rpc.js';
export { mostSecrets, secretUses } from './secret-rpc.js';
export type { PlacedSecret, RecordSecretsAnswer, RecordSecretsRequest } from './secret-rpc.js';
export type {
  PersonChange,
  RecordPersonAnswer,
  RecordPersonRequest,
  RequestedForPerson,
} from './person-rpc.js';
export { returnAddress } from './return-address.js';
export { nameKeys } from './same-name.js';
export type { Scope, PrincipalKind, Actor } from './scopes.js';
export { subject, parseSubject, busStreams } from './subjects.js';
export type { Subject, BusStream } from './subjects.js';
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
  tenantHears,
  tenantImports,
} from './bus-access.js';
export type { BusGrants, BusService, BusPermissions } from './bus-access.js';
export { servicesAccount, tenantAccount, busAccounts } from './bus-config.js';
export type { BusUser } from './bus-config.js';
export { logReader, logRights, logUnion } from './log-access.js';
export type { LogRights } from './log-access.js';
export { cutCategories, ownCategories, ownerOf, streamOwners, streamName, parseStream } from './streams.js';
export type { StreamCategory } from './streams.js';
export { problemCodes, unreachableCodes } from './problems.js';
export type { ProblemCode, Violation, ProblemDetails } from './problems.js';
export { defaults } from './defaults.js';
export { actionStates, endStates, actionEndTypes, executedEndTypes, handlerSteps } from './intent.js';
export type {
  ActionIntentV1,
  IntentCloudEvent,
  ActionStateName,
  IntentAcceptedV1,
  IntentRejectedV1,
  ActionEffect,
  ActionOutcomeV1,
  ActionTypeV1,
  AcceptedActionType,
  ActionTypeTerms,
  HandlerEndpoint,
  HandlerStep,
} from './intent.js';
export { txStates } from './handler-rpc.js';
export { raisedAlerts } from './rpc.js';
export { requestedChange, throughChange } from './through-change.js';
export { changeOwners, changeScopes } from './change-rpc.js';
export type {
  ApplyChangeAnswer,
  EndChangeAnswer,
  ApplyChangeRequest,
  ChangeAnswer,
  ChangeOwner,
  Loosened,
  RequestChangeRequest,
} from './change-rpc.js';
export { leastRetention, retained, retentionBounds, retentionKinds } from './retention.js';
export type {
  PlannedRemoval,
  LogHold,
  PlannedCut,
  PlanRetentionAnswer,
  PlanRetentionRequest,
  RetentionDays,
  RetentionKind,
  RetentionOwner,
} from './retention.js';
export { checkKinds, readModelServices } from './check-rpc.js';
export type {
  AuditCheckAnswer,
  AuditCheckRequest,
  CheckFinding,
  CheckKind,
  CheckRange,
  CheckReadModelsAnswer,
  CheckReadModelsRequest,
} from './check-rpc.js';
export { targetKinds } from './seen-rpc.js';
export type { NamedTarget, SeenAnswer, SeenRequest, TargetKind, UnseenTarget } from './seen-rpc.js';
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
} from './posture-rpc.js';
export type {
  EstimateImpactRequest,
  ImpactEstimate,
  PlanRequest,
  LeafChange,
  PlanAnswer,
  HandlerEnvelope,
  ApplyAnswer,
  KpiSample,
  Observation,
  TxState,
  TxStatus,
  HandlerService,
} from './handler-rpc.js';
export type {
  ThresholdShift,
  ModeRequest,
  ModeAnswer,
  SeenMode,
  ConsumeRequest,
  ConsumeAnswer,
  GiveBackRequest,
  GiveBackAnswer,
  PredictRequest,
  SeenPrediction,
  TraceWeight,
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
} from './rpc.js';
export { postureAccount, readOnlyResponses, readOnlyResponsesPerDay } from './system-responses.js';
export { actionLimits, limitsInForce, tenantLimitBounds, tenantLimitNames } from './tenant-limits.js';
export type { TenantLimits } from './tenant-limits.js';
export { whyWindowAsked, windowOutcome } from './window-outcome.js';
export type { WindowOutcome, WindowTerms } from './window-outcome.js';
export { channelReaches, reachOf } from './channel-reach.js';
export type { ChannelReach, ReachSettings } from './channel-reach.js';
export {
  matchedPolicies,
  predictedContext,
  seenEvaluation,
  usualMembers,
  wholeContext,
} from './seen-evaluation.js';
export type {
  ContextInRecord,
  EvaluatedInput,
  EvaluationAnswer,
  SeenEvaluation,
  ShadowEvaluation,
} from './seen-evaluation.js';
