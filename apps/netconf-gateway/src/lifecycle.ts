import type { ExecutorPresence } from '@interlock/executor';
import type { HealthChecks } from '@interlock/platform';
import type { BeforeApplicationShutdown, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import type { ProjectionRunner } from '@interlock/postgres';
import type { Gateway } from './gateway.js';
import type { GatewayDatabase } from './transactions.projection.js';

/** Starts and stops what runs beside the requests. */
export class Lifecycle implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown {
  constructor(
    private readonly gateway: Gateway,
    private readonly executor: ExecutorPresence,
    private readonly runner: ProjectionRunner<GatewayDatabase>,
    private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    this.health.add('read model transactions', () => this.runner.check());
    await Promise.all([this.executor.start(), this.gateway.start(), this.runner.start()]);
    this.health.addFollower(
      'inventory',
      this.gateway.inventory,
      'the device inventory has not been confirmed current',
    );
  }

  onModuleDestroy(): void {
    this.gateway.halt();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.gateway.stop(), this.runner.stop()]);
    await this.executor.stop();
  }
}
