import { ProblemError } from '@interlock/kernel';
import type { HealthChecks } from '@interlock/platform';
import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { AutonomyIndex } from './autonomy-index.js';

/** Starts and stops what runs beside the requests. */
export class Lifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly index: AutonomyIndex,
    private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.index.follower.start();
    this.health.add('autonomy', () =>
      this.index.follower.confirmedWithin(5000)
        ? Promise.resolve()
        : Promise.reject(
            new ProblemError('not-current', 'the autonomy settings have not been confirmed current'),
          ),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.index.follower.stop();
  }
}
