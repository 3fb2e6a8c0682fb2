import type { DynamicModule } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import {
  HealthChecks,
  principalOf,
  projectionSettings,
  readConfig,
  type ServiceContext,
} from '@interlock/platform';
import { ProjectionRunner, type Projection } from '@interlock/postgres';
import { ActionTypesController } from './action-types.controller.js';
import { AnalysisController } from './analysis.controller.js';
import { AnalysisService } from './analysis.service.js';
import { AnalyticsController } from './analytics.controller.js';
import { analyticsProjection, type AnalyticsDatabase } from './analytics.projection.js';
import { AnalyticsQueries } from './analytics.queries.js';
import { AnalyticsService } from './analytics.service.js';
import { ApprovalsController } from './approvals.controller.js';
import { ApprovalsService } from './approvals.service.js';
import { BundlesController } from './bundles.controller.js';
import { readBundleKeys } from './bundle-keys.js';
import { bundlesProjection, type BundlesDatabase } from './bundles.projection.js';
import { BundlesQueries } from './bundles.queries.js';
import { BundlesService } from './bundles.service.js';
import { Catalogue } from './catalogue.js';
import { RegistryConfig } from './config.js';
import { evaluationsProjection, type EvaluationsDatabase } from './evaluations.projection.js';
import { ExchangeController } from './exchange.controller.js';
import { ExchangeService } from './exchange.service.js';
import { Lifecycle } from './lifecycle.js';
import { LintController } from './lint.controller.js';
import { LintService } from './lint.service.js';
import { PoliciesController } from './policies.controller.js';
import { policiesProjection, type PoliciesDatabase } from './policies.projection.js';
import { PoliciesQueries } from './policies.queries.js';
import { PoliciesService } from './policies.service.js';
import { PolicyMetrics } from './policy-metrics.js';
import { RolloutController } from './rollout.controller.js';
import { RolloutGuard } from './rollout.guard.js';
import { RolloutJudge } from './rollout.judge.js';
import { RolloutService } from './rollout.service.js';
import { rolloutsProjection, type RolloutsDatabase } from './rollouts.projection.js';
import { RolloutsQueries } from './rollouts.queries.js';
import { SimulateController } from './simulate.controller.js';
import { SimulateService } from './simulate.service.js';
import { SimulationRuns } from './simulation/runs.js';
import { TenantRules } from './simulation/tenant-rules.js';
import { TeamsController } from './teams.controller.js';
import { TeamsService } from './teams.service.js';
import {
  ANALYTICS_RUNNER,
  BUNDLES_RUNNER,
  EVALUATIONS_RUNNER,
  POLICIES_RUNNER,
  ROLLOUTS_RUNNER,
} from './tokens.js';
import { TeamBoundary } from './visibility.js';

/** All the wiring of the policy registry. */
export class AppModule {
  static register(context: ServiceContext): DynamicModule {
    const { store, logger, environment } = context;
    const bundleKeys = readBundleKeys(readConfig(RegistryConfig, environment));
    const settings = projectionSettings(context);
    const runner =
      <DB>(projection: Projection<DB>) =>
      () =>
        new ProjectionRunner<DB>({ ...settings, projection });
    return {
      module: AppModule,
      controllers: [
        PoliciesController,
        BundlesController,
        LintController,
        AnalysisController,
        TeamsController,
        ActionTypesController,
        RolloutController,
        AnalyticsController,
        ApprovalsController,
        SimulateController,
        ExchangeController,
      ],
      providers: [
        { provide: POLICIES_RUNNER, useFactory: runner(policiesProjection) },
        { provide: BUNDLES_RUNNER, useFactory: runner(bundlesProjection) },
        { provide: EVALUATIONS_RUNNER, useFactory: runner(evaluationsProjection) },
        { provide: ROLLOUTS_RUNNER, useFactory: runner(rolloutsProjection) },
        { provide: ANALYTICS_RUNNER, useFactory: runner(analyticsProjection) },
        { provide: Catalogue, useFactory: () => new Catalogue(store, logger) },
        {
          provide: PoliciesService,
          useFactory: (catalogue: Catalogue) => new PoliciesService(store, catalogue),
          inject: [Catalogue],
        },
        { provide: TeamsService, useFactory: () => new TeamsService(store, logger) },
        {
          provide: BundlesService,
          useFactory: (catalogue: Catalogue, teams: TeamsService) =>
            new BundlesService(store, catalogue, teams),
          inject: [Catalogue, TeamsService],
        },
        {
          provide: LintService,
          useFactory: (catalogue: Catalogue, bundles: BundlesService) =>
            new LintService(store, catalogue, bundles),
          inject: [Catalogue, BundlesService],
        },
        {
          provide: AnalysisService,
          useFactory: (bundles: BundlesService, catalogue: Catalogue, lints: LintService) =>
            new AnalysisService(bundles, catalogue, lints),
          inject: [BundlesService, Catalogue, LintService],
        },
        {
          provide: APP_INTERCEPTOR,
          useFactory: (bundles: BundlesService) => new TeamBoundary(bundles, principalOf),
          inject: [BundlesService],
        },
        {
          provide: ExchangeService,
          inject: [BundlesService, TeamsService, Catalogue, LintService],
          useFactory: (
            bundles: BundlesService,
            teams: TeamsService,
            catalogue: Catalogue,
            lints: LintService,
          ) => new ExchangeService(store, bundles, teams, catalogue, lints, bundleKeys),
        },
        {
          provide: PoliciesQueries,
          inject: [POLICIES_RUNNER, EVALUATIONS_RUNNER],
          useFactory: (
            policies: ProjectionRunner<PoliciesDatabase>,
            evaluations: ProjectionRunner<EvaluationsDatabase>,
          ) => new PoliciesQueries(policies, evaluations),
        },
        {
          provide: BundlesQueries,
          useFactory: (bundles: ProjectionRunner<BundlesDatabase>) => new BundlesQueries(bundles),
          inject: [BUNDLES_RUNNER],
        },
        {
          provide: TenantRules,
          useFactory: (policies: PoliciesQueries, teams: TeamsService) =>
            new TenantRules(store, policies, teams),
          inject: [PoliciesQueries, TeamsService],
        },
        { provide: SimulationRuns, useFactory: () => new SimulationRuns() },
        {
          provide: SimulateService,
          inject: [Catalogue, BundlesQueries, TenantRules],
          useFactory: (catalogue: Catalogue, bundles: BundlesQueries, tenant: TenantRules) =>
            new SimulateService(store, catalogue, bundles, tenant),
        },
        {
          provide: ApprovalsService,
          useFactory: (tenant: TenantRules) => new ApprovalsService(store, tenant),
          inject: [TenantRules],
        },
        {
          provide: RolloutsQueries,
          useFactory: (rollouts: ProjectionRunner<RolloutsDatabase>) => new RolloutsQueries(rollouts, store),
          inject: [ROLLOUTS_RUNNER],
        },
        { provide: RolloutJudge, useFactory: () => new RolloutJudge(store) },
        {
          provide: RolloutService,
          useFactory: (queries: RolloutsQueries, judge: RolloutJudge, tenant: TenantRules) =>
            new RolloutService(store, queries, judge, tenant),
          inject: [RolloutsQueries, RolloutJudge, TenantRules],
        },
        {
          provide: RolloutGuard,
          useFactory: (queries: RolloutsQueries, judge: RolloutJudge) =>
            new RolloutGuard(store, queries, judge, logger),
          inject: [RolloutsQueries, RolloutJudge],
        },
        {
          provide: AnalyticsQueries,
          useFactory: (analytics: ProjectionRunner<AnalyticsDatabase>) => new AnalyticsQueries(analytics),
          inject: [ANALYTICS_RUNNER],
        },
        {
          provide: AnalyticsService,
          inject: [AnalyticsQueries, RolloutsQueries, BundlesService],
          useFactory: (queries: AnalyticsQueries, rollouts: RolloutsQueries, bundles: BundlesService) =>
            new AnalyticsService(store, queries, rollouts, bundles),
        },
        {
          provide: PolicyMetrics,
          inject: [AnalyticsQueries, RolloutsQueries, RolloutJudge],
          useFactory: (queries: AnalyticsQueries, rollouts: RolloutsQueries, judge: RolloutJudge) =>
            new PolicyMetrics(context, queries, rollouts, judge),
        },
        {
          provide: Lifecycle,
          inject: [
            POLICIES_RUNNER,
            BUNDLES_RUNNER,
            EVALUATIONS_RUNNER,
            ROLLOUTS_RUNNER,
            ANALYTICS_RUNNER,
            Catalogue,
            TeamsService,
            HealthChecks,
            RolloutGuard,
            PolicyMetrics,
          ],
          useFactory: (
            policies: ProjectionRunner<PoliciesDatabase>,
            bundles: ProjectionRunner<BundlesDatabase>,
            evaluations: ProjectionRunner<EvaluationsDatabase>,
            rollouts: ProjectionRunner<RolloutsDatabase>,
            analytics: ProjectionRunner<AnalyticsDatabase>,
            catalogue: Catalogue,
            teams: TeamsService,
            health: HealthChecks,
            guard: RolloutGuard,
            metrics: PolicyMetrics,
          ) =>
            new Lifecycle({ policies, bundles, evaluations, rollouts, analytics }, catalogue, teams, health, [
              guard,
              metrics,
            ]),
        },
      ],
    };
  }
}
