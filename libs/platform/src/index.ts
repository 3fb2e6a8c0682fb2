export type {
  AuthSettings,
  ServiceContext,
  RunningService,
  StartService,
  MigrateService,
  StartFailed,
} from './base/context.js';
export { buildOf, runningRelease } from './release.js';
export { startService } from './start-service.js';
export { bodyLimit, takeLines } from './auth/request-rules.js';
export { bearerIn, callerIn } from './auth/bearer.js';
export { OpenAtOnce } from './request/open-at-once.js';
export type { OpenLimits } from './request/open-at-once.js';
export { addRateLimit, defaultRateLimit, rateLimitIn } from './auth/rate-limit.js';
export { streamLimits } from './request/sse.js';
export {
  depthLimit,
  inputFaults,
  isDeeperThan,
  readInput,
  refusedInput,
  withoutRefusedNames,
} from './input/input.js';
export type { Input } from './input/input.js';
export { sealedLooking } from './input/storable-text.js';
export { EVENT_STORE, LOGGER, SERVICE_CONTEXT } from './module/platform-module.js';
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
export { handlerOf } from './module/handler-of.js';
export { runnerOf } from './module/runner-of.js';
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
  LastEventId,
  MinPosition,
  IfMatch,
  principalOf,
} from './openapi/decorators.js';
export { answerIn, anyObject, mapOf, nullable, time } from './openapi/answers.js';
export {
  callerKey,
  requireMetrics,
  requireTenant,
  requirePerson,
  requireScope,
  principalIn,
} from './request/principal.js';
export type { Principal, Caller } from './request/principal.js';
export { AuthGuard } from './auth/auth-guard.js';
export { problemComponents, problemResponses } from './openapi/declared-problems.js';
export { Answers } from './openapi/answer-schemas.js';
/** @public The generated answers of the services import it. */
export type { AnswerSchemas } from './openapi/answer-schemas.js';
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
} from './openapi/answers.js';
export { openApiDocument } from './openapi/openapi.js';
export { declareEffects } from './openapi/declared-effects.js';
export { routesOf } from './openapi/route-check.js';
export type { Route } from './openapi/route-check.js';
export { callerOf, rolesIn } from './auth/token-claims.js';
export { personClaimIn } from './auth/token-kind.js';
export { readPublicJwk } from './auth/public-jwk.js';
export { readProof } from './auth/dpop.js';
export type { Proof } from './auth/dpop.js';
export { AgentRegistry } from './auth/agent-registry.js';
export { createTokenVerifier, tokenAlgorithms } from './auth/token-verifier.js';
export type { TokenVerifier } from './auth/token-verifier.js';
export { sealed } from './auth/sealed.js';
export { openTexts } from './request/opening.js';
export { bindingEnd, destinationOf, destinationText } from './secrets/secret-binding.js';
export type { SecretDestination } from './secrets/secret-binding.js';
export { referenceFault, tenantSecrets, variablesOf } from './secrets/tenant-secrets.js';
export type { OwnAddress, TenantSecrets, TenantSecretsOptions } from './secrets/tenant-secrets.js';
export { approverOf, commandContext, serviceCommandContext } from './request/command-context.js';
export { newId, nowText, effectiveBy, backoff } from './base/ids.js';
export { LOG_RETENTION } from './module/retention.js';
export type { LogRetention } from './module/retention.js';
export { problemStatus } from './problems/problem-status.js';
export { problemDocument, problemTypePrefix, toProblem } from './problems/problem-document.js';
export { sendProblem, wrongMethod } from './problems/problem-filter.js';
export { trackMethods } from './problems/methods-at.js';
export { serverOptions } from './problems/framework-problems.js';
export { createValidationPipe, faultsOf } from './input/validation.js';
export { IfGiven } from './input/if-given.js';
export { PageQuery, TenantScoped, WholeNumber } from './input/page-query.js';
export { IntentMember, type IntentMemberName } from './input/intent-member.js';
export { readConfig } from './input/config.js';
export { projectionSettings } from './module/projection-settings.js';
export { ConditionAlerts } from './module/condition-alerts.js';
export { foundWork } from './module/missed-work.js';
export { handlerRpc } from './module/handler-rpc.js';
export type { CommandedHandler } from './module/handler-rpc.js';
export { IsEntity, IsName, IsTenant, IsTime, IsTimestamp } from './base/names.js';
export { makeFolders } from './base/folders.js';
export { isAlive } from './base/process.js';
export { HealthChecks } from './observe/health.js';
export type { Readiness } from './observe/health.js';
export { RefreshedGauges } from './observe/refreshed-gauges.js';
export {
  addDefaultMetrics,
  histogramOf,
  counterOf,
  gaugeOf,
  gaugeAtScrape,
  limitedLabel,
} from './observe/metrics.js';
export { createTelemetry, ensureTelemetry, stopTelemetry } from './observe/telemetry.js';
export { createLogger } from './request/logging.js';
export { LiveEvents, openedEvent } from './request/live-events.js';
export { sse } from './request/sse.js';
export type { SseEvent } from './request/sse.js';
export { placedSecrets, SecretWatch } from './secrets/secret-watch.js';
export { createDevIssuer } from './auth/dev-issuer.js';
export {
  keysAfter,
  loadSigningKeys,
  publicKeysOf,
  signingKeysAfter,
  type KeyStep,
  type SigningKeys,
} from './auth/signing-keys.js';
export type { DevIssuer } from './auth/dev-issuer.js';
export { addRequestHooks } from './request/request-hooks.js';
export { arrivalHeader, arrivalText, requestArrivedAt } from './request/arrival.js';
export { watchLoop } from './observe/loop-watch.js';
export { checkReadModels } from './module/read-models.js';
