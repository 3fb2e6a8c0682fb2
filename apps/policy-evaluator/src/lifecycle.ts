import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { LogFollower } from '@interlock/eventstore';
import { ProblemError } from '@interlock/kernel';
import { HealthChecks, LOGGER, type ServiceContext } from '@interlock/platform';
import { currentWithinMs } from './evaluator.js';
import { FOLLOWER } from './tokens.js';

/**
 * Follows the log from start to stop. It starts in the background, because the log may become
 * available later.
 */
@Injectable()
export class Lifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #starting: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    @Inject(FOLLOWER) private readonly follower: LogFollower,
    private readonly health: HealthChecks,
    @Inject(LOGGER) private readonly logger: ServiceContext['logger'],
  ) {}

  onApplicationBootstrap(): void {
    this.health.add('policies', () =>
      this.follower.confirmedWithin(currentWithinMs)
        ? Promise.resolve()
        : Promise.reject(new ProblemError('not-current', 'the evaluator is not known to be current')),
    );
    this.#starting = this.follower.start().catch((error: unknown) => {
      if (!this.#stopped) this.logger.error({ err: error }, 'the log could not be followed');
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    await this.follower.stop();
    await this.#starting;
  }
}
