export type {
  AuthSettings,
  ServiceContext,
  RunningService,
  StartService,
  MigrateService,
  StartFailed,
} from './context.js';
export { runningRelease } from './release.js';
export { startService } from './start-service.js';
export { bodyLimit } from './door.js';
export { bearerIn, callerIn } from './bearer.js';
export { OpenAtOnce } from './open-at-once.js';
export type { OpenLimits } from './open-at-once.js';
export { addRateLimit, defaultRateLimit, rateLimitIn } from './rate-limit.js';
export { streamLimits } from './sse.js';
export {
  depthLimit,
  inputFaults,
  isDeeperThan,
  readInput,
  refusedInput,
  withoutRefusedNames,
} from './input.js';
export type { Input } from './input.js';
export { sealedLooking } from './storable-text.js';
export { EVENT_STORE, LOGGER, SERVICE_CONTEXT } from './platform-module.js';
export {
  ChangeRequestedDto,
  isChangeRequested,
  MayLoosen,
  MayLoosenCreating,
} from './changes/change-answers.js';
export type { LoosenedDto } from './changes/change-answers.js';
export { changeRpc, settingChanges } from './changes/change-rpc.js';
export { SettingChanges } from './changes/setting-changes.js';
export type { Setting } from './changes/setting-changes.js';
export { handlerOf } from './handler-of.js';
export { runnerOf } from './runner-of.js';
export {
  AnswersFaults,
  AnswersProblems,
  BodyFaults,
  BodyText,
  RequireScope,
  Public,
  JudgesBodyTenant,
  CurrentPrincipal,
  Tenant,
  MinPosition,
  IfMatch,
  principalOf,
} from './decorators.js';
export { answerIn, anyObject, mapOf, nullable, time } from './answers.js';
export {
  callerKey,
  requireMetrics,
  requireTenant,
  requirePerson,
  requireScope,
  principalIn,
} from './principal.js';
export type { Principal, Caller } from './principal.js';
export { AuthGuard } from './auth-guard.js';
export { problemComponents, problemResponses } from './declared-problems.js';
export { Answers } from './answer-schemas.js';
/** @public The generated answers of the services import it. */
export type { AnswerSchemas } from './answer-schemas.js';
export type {
  KpiObservationDto,
  PersonActorDto,
  ServiceActorDto,
  WrittenDto,
  Day,
  DescribedNumber,
  Integer,
  LogPosition,
  PageOf,
  StreamRevision,
  Time,
  Uuid,
  WholeListOf,
} from './answers.js';
export { openApiDocument } from './openapi.js';
export { declareEffects } from './declared-effects.js';
export { routesOf } from './route-check.js';
export type { Route } from './route-check.js';
export { callerOf, rolesIn } from './token-claims.js';
export { personClaimIn } from './token-kind.js';
export { readPublicJwk } from './public-jwk.js';
export { readProof } from './dpop.js';
export type { Proof } from './dpop.js';
export { AgentRegistry } from './agent-registry.js';
export { createTokenVerifier, tokenAlgorithms } from './token-verifier.js';
export type { TokenVerifier } from './token-verifier.js';
export { sealed } from './sealed.js';
export { openTexts } from './opening.js';
export { bindingEnd, destinationOf, destinationText } from './secret-binding.js';
export type { SecretDestination } from './secret-binding.js';
export { tenantSecrets, variablesOf } from './tenant-secrets.js';
export type { OwnAddress, TenantSecrets, TenantSecretsOptions } from './tenant-secrets.js';
export { approverOf, commandContext, serviceCommandContext, activeTraceparent } from './command-context.js';
export { newId, nowText, effectiveBy, backoff } from './ids.js';
export { LOG_RETENTION } from './retention.js';
export type { LogRetention } from './retention.js';
export { problemStatus } from './problem-status.js';
export { problemDocument, problemTypePrefix, toProblem } from './problem-document.js';
export { sendProblem } from './problem-filter.js';
export { serverOptions } from './framework-problems.js';
export { createValidationPipe, faultsOf } from './validation.js';
export { pointerPart } from './pointer.js';
export { IfGiven } from './if-given.js';
export { negativeZero } from './json-text.js';
export { readConfig } from './config.js';
export { projectionSettings } from './projection-settings.js';
export { ConditionAlerts } from './condition-alerts.js';
export { foundWork } from './missed-work.js';
export { handlerRpc } from './handler-rpc.js';
export type { CommandedHandler } from './handler-rpc.js';
export { IsEntity, IsName, IsTenant } from './names.js';
export { HealthChecks } from './health.js';
export type { Readiness } from './health.js';
export { RefreshedGauges } from './refreshed-gauges.js';
export { addDefaultMetrics, histogramOf, counterOf, gaugeOf } from './metrics.js';
export { createTelemetry, ensureTelemetry } from './telemetry.js';
export { createLogger } from './logging.js';
export { LiveEvents } from './live-events.js';
export { sse } from './sse.js';
export type { SseEvent } from './sse.js';
export { placedSecrets, SecretWatch } from './secret-watch.js';
export { createDevIssuer, loadSigningKey } from './dev-issuer.js';
export type { DevIssuer } from './dev-issuer.js';
export { addRequestHooks } from './request-hooks.js';
export { arrivalHeader, arrivalText, requestArrivedAt } from './arrival.js';
export { watchLoop } from './loop-watch.js';
export { checkReadModels } from './read-models.js';
