import { ProblemError } from '@interlock/kernel';
import { HealthChecks, LiveEvents } from '@interlock/platform';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AlertIndex } from './alert-index.js';
import { AlertMetrics } from './alert-metrics.js';
import { AlertReports } from './alert-reports.js';
import { Reactions } from './reactions.js';
import { AlertingRunner } from './runners.js';

/** What runs beside the requests. */
@Injectable()
export class Lifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    @Inject(AlertingRunner) private readonly runner: AlertingRunner,
    @Inject(LiveEvents) private readonly live: LiveEvents,
    @Inject(AlertIndex) private readonly index: AlertIndex,
    @Inject(Reactions) private readonly reactions: Reactions,
    @Inject(AlertReports) private readonly reports: AlertReports,
    @Inject(AlertMetrics) private readonly metrics: AlertMetrics,
    @Inject(HealthChecks) private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    this.health.add('read model alerting', () => this.runner.check());
    this.health.add('alert rules', () =>
      this.index.follower.confirmedWithin(5000)
        ? Promise.resolve()
        : Promise.reject(new ProblemError('not-current', 'the rules have not been confirmed current')),
    );
    await Promise.all([this.runner.start(), this.live.start(), this.index.start()]);
    this.reactions.start();
    this.reports.start();
    this.metrics.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.reactions.stop(), this.reports.stop(), this.metrics.stop()]);
    await Promise.all([this.runner.stop(), this.live.stop(), this.index.follower.stop()]);
  }
}
