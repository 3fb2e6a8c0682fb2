import type { AdapterLogger } from '@interlock/eventstore';
import { HealthChecks, LiveEvents, LOGGER } from '@interlock/platform';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AlertIndex } from './alerts/alert-index.js';
import { AlertMetrics } from './alerts/alert-metrics.js';
import { AlertReports } from './alerts/alert-reports.js';
import { Reactions } from './reactions.js';
import { AlertingRunner } from './runners.js';

/** Starts and stops the tasks that run beside the requests. */
@Injectable()
export class Lifecycle implements OnModuleInit, BeforeApplicationShutdown {
  #starting: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(
    private readonly runner: AlertingRunner,
    private readonly live: LiveEvents,
    private readonly index: AlertIndex,
    private readonly reactions: Reactions,
    private readonly reports: AlertReports,
    private readonly metrics: AlertMetrics,
    private readonly health: HealthChecks,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.health.add('read model alerting', () => this.runner.check());
    this.health.addFollower('alert rules', this.index.follower, 'the rules have not been confirmed current');
    await Promise.all([this.runner.start(), this.live.start()]);
    this.#starting = this.#react();
  }

  /**
   * Starts the reactions. The rules read the log from its beginning, and only the alerts wait for
   * that.
   */
  async #react(): Promise<void> {
    try {
      await this.index.start();
    } catch (error) {
      if (!this.#isStopped) this.logger.error({ err: error }, 'the rules could not read the log');
      return;
    }
    if (this.#isStopped) return;
    this.reactions.start();
    this.reports.start();
    this.metrics.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopped = true;
    await this.index.follower.stop();
    await this.#starting;
    await Promise.all([this.reactions.stop(), this.reports.stop(), this.metrics.stop()]);
    await Promise.all([this.runner.stop(), this.live.stop()]);
  }
}
