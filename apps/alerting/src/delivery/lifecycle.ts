import { HealthChecks } from '@interlock/platform';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DeliveriesRunner } from '../runners.js';
import { Watch } from './watch.js';
import { DeliveryWorker } from './worker.js';

/** Starts and stops the delivery tasks that run beside the requests. */
@Injectable()
export class DeliveryLifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly runner: DeliveriesRunner,
    private readonly worker: DeliveryWorker,
    private readonly watch: Watch,
    private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    this.health.add('read model deliveries', () => this.runner.check());
    await this.runner.start();
    this.worker.start();
    this.watch.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.worker.stop(), this.watch.stop()]);
    await this.runner.stop();
  }
}
