import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { HealthChecks } from '@interlock/platform';
import { Catalogue } from './policies/catalogue.js';
import { Deciding } from './policies/deciding.js';
import { PolicyMetrics } from './analytics/policy-metrics.js';
import { RolloutGuard } from './rollout/rollout.guard.js';
import {
  AnalyticsRunner,
  BundlesRunner,
  EvaluationsRunner,
  PoliciesRunner,
  RolloutsRunner,
} from './runners.js';
import { TeamsService } from './teams/teams.service.js';

/** Starts and stops the tasks that follow the log. */
@Injectable()
export class Lifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #runners;
  readonly #acting;

  constructor(
    policies: PoliciesRunner,
    bundles: BundlesRunner,
    evaluations: EvaluationsRunner,
    rollouts: RolloutsRunner,
    analytics: AnalyticsRunner,
    private readonly catalogue: Catalogue,
    private readonly teams: TeamsService,
    private readonly deciding: Deciding,
    private readonly health: HealthChecks,
    guard: RolloutGuard,
    metrics: PolicyMetrics,
  ) {
    this.#runners = { policies, bundles, evaluations, rollouts, analytics };
    this.#acting = [guard, metrics];
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const [name, runner] of Object.entries(this.#runners))
      this.health.add(`read model ${name}`, () => runner.check());
    this.health.add('catalogue', () => this.catalogue.check());
    this.catalogue.start();
    this.teams.start();
    this.deciding.start();
    await Promise.all(Object.values(this.#runners).map((runner) => runner.start()));
    for (const one of this.#acting) one.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.#acting.map((one) => one.stop()));
    await this.catalogue.stop();
    await this.deciding.stop();
    await this.teams.stop();
    await Promise.all(Object.values(this.#runners).map((runner) => runner.stop()));
  }
}
