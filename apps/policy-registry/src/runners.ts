import { runnerOf } from '@interlock/platform';
import { analyticsProjection } from './analytics/analytics.projection.js';
import { bundlesProjection } from './bundles/bundles.projection.js';
import { evaluationsProjection } from './policies/evaluations.projection.js';
import { policiesProjection } from './policies/policies.projection.js';
import { rolloutsProjection } from './rollout/rollouts.projection.js';

// The projection runners of this process, one per projection. Queries inject them by these names.
export class AnalyticsRunner extends runnerOf(analyticsProjection) {}
export class BundlesRunner extends runnerOf(bundlesProjection) {}
export class EvaluationsRunner extends runnerOf(evaluationsProjection) {}
export class PoliciesRunner extends runnerOf(policiesProjection) {}
export class RolloutsRunner extends runnerOf(rolloutsProjection) {}

export const runners = [AnalyticsRunner, BundlesRunner, EvaluationsRunner, PoliciesRunner, RolloutsRunner];
