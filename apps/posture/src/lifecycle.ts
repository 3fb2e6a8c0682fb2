import { ProblemError } from '@interlock/kernel';
import type { HealthChecks } from '@interlock/platform';
import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { Levels } from './levels.js';
import type { PostureIndex } from './posture-index.js';

/** Starts and stops what runs beside the requests. */
export class Lifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly index: PostureIndex,
    private readonly levels: Levels,
    private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.index.follower.start();
    this.levels.start();
    this.health.add('signals', () =>
      this.index.follower.confirmedWithin(5000)
        ? Promise.resolve()
        : Promise.reject(new ProblemError('not-current', 'the signals have not been confirmed current')),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.levels.stop();
    await this.index.follower.stop();
  }
}
