export { operators, holds, truthOf, conditionText } from './condition/condition.js';
export type { Scalar, EvaluationContext, Operator, Condition, Truth } from './condition/condition.js';
export { contextFields, schemaFields, fieldCatalogue, type ContextField } from './condition/field.js';
export type { FieldCatalogue } from './condition/field.js';
export { schemaViolations } from './condition/json-schema.js';
export type { Schema } from './condition/json-schema.js';
export { bundleSchema } from './bundle/schema.js';
export { bundleViolations, checkBundle } from './bundle/check.js';
export { ruleEffects, normalBundle, normalRule, bundleHash, compareRules } from './rules/rule.js';
export type { RuleV1, RuleInput, BundleInput, BundleContent } from './rules/rule.js';
export { bundleDecider } from './bundle/bundle.js';
export { bundleIdOf } from './bundle/state.js';
export { refuseUnread } from './bundle/approval.js';
export type { BundleCreated, BundleUpdated, BundleEvent, BundleOrigin } from './bundle/events.js';
export type { BundleState, BundleCommand } from './bundle/state.js';
export { bundleApprovalIn, contentIn } from './bundle/parts.js';
export type { BundleApproval } from './bundle/parts.js';
export { rolloutDecider } from './rollout.js';
export type { BundleActivated, BundleRolledBack, CanaryPromoted, RolloutEvent } from './rollout/events.js';
export { dwellEnd, isHeld } from './rollout/state.js';
export type { RolloutState } from './rollout/state.js';
export {
  afterActivation,
  afterPromotion,
  afterRollback,
  bypassIn,
  holdIn,
  noStandings,
  ofCanary,
  pageKey,
  scheduleIn,
  withPage,
} from './rollout/standing.js';
export type { ActiveBundle, BundleStandings, CanaryBundle, PolicyBypass } from './rollout/standing.js';
export { decideActivation } from './rollout/activation.js';
export type { ActivationFacts, AskedActivation } from './rollout/activation.js';
export { mostBypassMinutes, usualBypassMinutes } from './rollout/decide.js';
export type { RolloutCommand } from './rollout/decide.js';
export { bucketOf, routeForTeam, routeRequest } from './evaluation/routing.js';
export type { BundleVariant, RolloutFloor, Routing } from './evaluation/routing.js';
export { defaultRolloutSettings, incidentAnswer, settingsViolations } from './rollout/settings.js';
export type { RolloutSettings } from './rollout/settings.js';
export {
  policyStatuses,
  guardrailDecisions,
  policyHash,
  checkPolicy,
  checkPolicyChange,
} from './policy/content.js';
export type { PolicyStatus, PolicyContent, PolicyV1, PolicyChange } from './policy/content.js';
export { policyDecider, presentPolicy, changedContent, comparePolicies } from './policy/policy.js';
export type { PolicyEvent, PolicyState } from './policy/policy.js';
export { actionTypeDecider } from './action-type.js';
export type { ActionTypeEvent, ActionTypeRegistered, ActionTypeState } from './action-type.js';
export { buildContext, higherRisk } from './condition/context.js';
export { isRecipe, recipeCases, recipeContext } from './recipe.js';
export type { Recipe, RecipeRequest } from './recipe.js';
export type { DerivedInputs, EvaluationRequest } from './condition/context.js';
export { DeviceFacts } from './history/device-facts.js';
export { HistoryIndex } from './history/history-index.js';
export { RuleIndex } from './rules/rule-index.js';
export { referenceDecision } from './rules/reference.js';
export { compilePolicies, evaluatePolicies, stricter } from './policy/evaluation.js';
export type { CompiledPolicies } from './policy/evaluation.js';
export { evaluate, evaluableBundle, noPolicies, shadowOf } from './evaluation/evaluate.js';
export type { EvaluableBundle, EvaluationInput } from './evaluation/evaluate.js';
export {
  evaluateRecorded,
  evaluationEvents,
  evaluationOf,
  evaluationsIn,
  RecordedCache,
} from './evaluation/recorded.js';
export type {
  RecordedInput,
  RecordedDecision,
  RecordedEvaluation,
  EvaluationRecorded,
  RecordedBundle,
} from './evaluation/recorded.js';
export { policyStream, bundleStream, rolloutStream, actionTypeStream, evaluationStream } from './stream.js';
export { Space } from './analysis/space.js';
export type { Witness, World } from './analysis/space.js';
export { RuleAnalysis } from './analysis/rule-analysis.js';
export { changedDecisions } from './analysis/difference.js';
export { lintBundle } from './lint/lint.js';
export type { LintOptions, LintReport, Invariant } from './lint/lint.js';
export { lintChecks } from './lint/finding.js';
export type { LintCheck, LintSeverity, LintFinding, PatchStep } from './lint/finding.js';
export { gatedRates, defaultGateSettings, checkGateSettings } from './rollout/gate-settings.js';
export type { GatedRate } from './rollout/gate-settings.js';
export { stickyBuckets, emptyCounts, addDecision, addExecution } from './rollout/stage-counts.js';
export type { StageCounts, StageDecision } from './rollout/stage-counts.js';
export { thresholdVerdict } from './rollout/threshold.js';
export type { ThresholdVerdict } from './rollout/threshold.js';
export { judgeStage, stageOutcome, costBounds, timeNeeded } from './rollout/gates.js';
export type { GateReading, GateReport } from './rollout/gates.js';
export { measured, percentage, quantile, targetNames } from './analytics/targets.js';
export type { TargetName } from './analytics/targets.js';
export { lifecyclesOf, within, onsetOf, msToRollback } from './analytics/bundle-lifecycles.js';
export type { BundleChange, BundleLifecycle, Ended, Period } from './analytics/bundle-lifecycles.js';
export { suggestRules, suggestionThresholds, versionForSuggestion } from './analytics/suggest.js';
export type { ObservedAction, Suggestion, SuggestionKind } from './analytics/suggest.js';
export {
  signatureAlgorithms,
  envelopeFormat,
  envelopeSchema,
  readEnvelope,
  sourceSignatureOf,
  envelopeText,
} from './signing/envelope.js';
export type {
  SignatureAlgorithm,
  UnsignedEnvelope,
  BundleEnvelope,
  SourceSignature,
} from './signing/envelope.js';
export {
  parseBundleKeys,
  secretKey,
  firstBundleKeys,
  publicBundleKey,
  publicKeyPem,
  privateKeyPem,
  readPublicKey,
  readPrivateKey,
} from './signing/keys.js';
export type { BundleKey, PublicBundleKey } from './signing/keys.js';
export { signingKeys, signEnvelope, verifyEnvelope, sameBytes } from './signing/signature.js';
export type { VerifyOptions } from './signing/signature.js';
export {
  signingDecider,
  exportsDecider,
  refusalsDecider,
  mostRefusals,
  signingStream,
  exportsStream,
  refusalsStream,
} from './signing/exchange.js';
export { unmetDemands } from './lint/demands.js';
export { noLintSettings, lintStream, checkLintSettings, lintSettingsDecider } from './lint/settings.js';
export type { LintSettings } from './lint/settings.js';
export { teamDecider, teamStream, checkTeam, isTeamId } from './teams/team.js';
export type { TeamV1, TeamDefined } from './teams/team.js';
export { TeamIndex } from './teams/team-index.js';
export { TeamMembers } from './teams/team-members.js';
export { diffBundles, semanticDiff } from './analysis/bundle-diff.js';
export type { BundleDiff, FieldChange, SemanticDiff } from './analysis/bundle-diff.js';
export { compareVersions, nextVersion, isMajorStep, versionSteps } from './rules/semver.js';
export type { VersionStep } from './rules/semver.js';
export { contextDomains, worldOf } from './analysis/field-domains.js';
export { DecisionPair, isLooser } from './analysis/decision-search.js';
export { Questions, readQuestions, questionKinds } from './lint/questions.js';
export type { Question, QuestionContext, Answer, Shown } from './lint/questions.js';
export { FlipCollector } from './simulation/flips.js';
export { flipListHash, loosensDenial, refuseStaleApproval, shownFlips } from './bundle/flips.js';
export type { FlipList } from './bundle/flips.js';
export { caseViolations, namedCases } from './simulation/case.js';
export type { CaseInput, SimulationCase } from './simulation/case.js';
export { simulationFixtures } from './simulation/fixtures.js';
export { syntheticCases, syntheticCount } from './simulation/synthetic.js';
export { caseEffects, defaultLimits, Simulation } from './simulation/simulation.js';
export type {
  CaseEffect,
  SimulatedCase,
  SimulationLimits,
  SimulationReport,
} from './simulation/simulation.js';
export { Comparison } from './simulation/comparison.js';
export type { ChangedCase, ComparisonReport } from './simulation/comparison.js';
export {
  casePage,
  checkComparison,
  checkSimulation,
  comparisonSchema,
  replayEvaluations,
  simulationSchema,
} from './simulation/request.js';
export type { BundleRef, ComparisonRequest, DatasetRef, SimulationRequest } from './simulation/request.js';
export { ColumnsWriter, fieldsLookedAt, readColumns, recordedDownload } from './simulation/columns.js';
export type { RecordedColumns } from './simulation/columns.js';
export { WhatIf } from './simulation/what-if.js';
export type { WhatIfReport } from './simulation/what-if.js';
export { decideFully } from './simulation/decide.js';
export { bundleDecided, policyDecided } from './decided.js';
export { exportsDecided, refusalsDecided, signingDecided } from './decided.js';
export { rolloutDecided } from './decided.js';
export { actionTypeDecided, lintDecided, teamDecided } from './decided.js';
export { policyStreams } from './decided.js';

// The compiler names these in types that other projects infer, such as their command handlers.
/** @public */
export type { PolicyCommand } from './policy/policy.js';
/** @public */
export type { ActionTypeCommand } from './action-type.js';
/** @public */
export type { TeamCommand, TeamState } from './teams/team.js';
/** @public */
export type {
  BundleExported,
  BundleImportRefused,
  ExportsCommand,
  ExportsState,
  RefusalsCommand,
  RefusalsState,
  SigningCommand,
  SigningConfigured,
  SigningState,
} from './signing/exchange.js';
/** @public */
export type { LintConfigured, LintSettingsCommand } from './lint/settings.js';
export { policyLoosens, policyMayLoosen } from './loosening/policy-loosens.js';
export { shippedPolicy } from './policy/shipped.js';
export type { BesidePolicy } from './loosening/policy-loosens.js';
export { lintLoosens, rolloutLoosens, signingLoosens, teamLoosens } from './loosening/settings-loosens.js';
