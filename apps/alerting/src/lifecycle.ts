import { HealthChecks, LiveEvents } from '@interlock/platform';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AlertingRunner } from './runners.js';

/** What runs beside the requests. */
@Injectable()
export class Lifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    @Inject(AlertingRunner) private readonly runner: AlertingRunner,
    @Inject(LiveEvents) private readonly live: LiveEvents,
    @Inject(HealthChecks) private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    this.health.add('read model alerting', () => this.runner.check());
    await Promise.all([this.runner.start(), this.live.start()]);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.runner.stop(), this.live.stop()]);
  }
}
