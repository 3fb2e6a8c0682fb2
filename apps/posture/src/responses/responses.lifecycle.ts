import { systemTenant } from '@interlock/contracts';
import { ExecutorPresence } from '@interlock/executor';
import { ProblemError } from '@interlock/kernel';
import { HealthChecks } from '@interlock/platform';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ResponseIndex } from './response-index.js';
import { ResponseRunner } from './response-runner.js';
import { ResponseWork } from './response-work.js';

/**
 * Starts and stops the response runner beside the requests. Runs that a crash interrupted continue.
 */
@Injectable()
export class ResponsesLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly index: ResponseIndex,
    private readonly runner: ResponseRunner,
    private readonly work: ResponseWork,
    private readonly executor: ExecutorPresence,
    private readonly health: HealthChecks,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.index.onChange(
      (tenantId, responseId) => this.runner.wake(tenantId, responseId),
      (change) => this.runner.onLevel(change),
      (evaluation) => this.runner.onEvaluated(evaluation),
      (actionId) => this.work.driver.wake(systemTenant, actionId),
    );
    await Promise.all([this.index.follower.start(), this.executor.start()]);
    for (const actionId of this.index.openWork()) void this.work.driver.run(systemTenant, actionId);
    this.runner.start();
    this.health.add('responses', () =>
      this.index.follower.confirmedWithin(5000)
        ? Promise.resolve()
        : Promise.reject(new ProblemError('not-current', 'the responses have not been confirmed current')),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.runner.stop();
    await this.work.driver.stop();
    await this.executor.stop();
    await this.index.follower.stop();
  }
}
