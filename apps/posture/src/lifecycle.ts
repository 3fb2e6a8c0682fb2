import { ProblemError } from '@interlock/kernel';
import { HealthChecks } from '@interlock/platform';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Levels } from './levels.js';
import { PostureIndex } from './posture-index.js';

/** Starts and stops what runs beside the requests. */
@Injectable()
export class Lifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    @Inject(PostureIndex) private readonly index: PostureIndex,
    @Inject(Levels) private readonly levels: Levels,
    @Inject(HealthChecks) private readonly health: HealthChecks,
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
