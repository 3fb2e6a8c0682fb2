import { runnerOf } from '@interlock/platform';
import { analyticsProjection } from './analytics.projection.js';
import { bundlesProjection } from './bundles.projection.js';
import { evaluationsProjection } from './evaluations.projection.js';
import { policiesProjection } from './policies.projection.js';
import { rolloutsProjection } from './rollouts.projection.js';

// The runners of this process, one per projection. Queries inject them by these names.
export class AnalyticsRunner extends runnerOf(analyticsProjection) {}
export class BundlesRunner extends runnerOf(bundlesProjection) {}
export class EvaluationsRunner extends runnerOf(evaluationsProjection) {}
export class PoliciesRunner extends runnerOf(policiesProjection) {}
export class RolloutsRunner extends runnerOf(rolloutsProjection) {}

export const runners = [AnalyticsRunner, BundlesRunner, EvaluationsRunner, PoliciesRunner, RolloutsRunner];
