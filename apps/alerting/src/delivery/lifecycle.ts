import { HealthChecks } from '@interlock/platform';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DeliveriesRunner } from '../runners.js';
import { OnCallReader } from './rotas/on-call-reader.js';
import { ReachWatch } from './rotas/reach-watch.js';
import { Watch } from './outages/watch.js';
import { DeliveryWorker } from './worker.js';

/** Starts and stops the delivery tasks that run beside the requests. */
@Injectable()
export class DeliveryLifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly runner: DeliveriesRunner,
    private readonly worker: DeliveryWorker,
    private readonly watch: Watch,
    private readonly reader: OnCallReader,
    private readonly reach: ReachWatch,
    private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    this.health.add('read model deliveries', () => this.runner.check());
    this.health.add('people reached', () => Promise.resolve({ unreached: this.reach.count }));
    await this.runner.start();
    this.worker.start();
    this.watch.start();
    this.reader.start();
    this.reach.start();
    void this.reach.refresh();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.worker.stop(), this.watch.stop(), this.reader.stop(), this.reach.stop()]);
    await this.runner.stop();
  }
}
