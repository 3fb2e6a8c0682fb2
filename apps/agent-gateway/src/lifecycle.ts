import type { ExecutorPresence } from '@interlock/executor';
import type { HealthChecks } from '@interlock/platform';
import type { BeforeApplicationShutdown, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import type { AgentGateway } from './gateway.js';

/** Starts and stops the background work of the service. */
export class Lifecycle implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown {
  constructor(
    private readonly gateway: AgentGateway,
    private readonly executor: ExecutorPresence,
    private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    await Promise.all([this.executor.start(), this.gateway.start()]);
    this.health.add('action types', () => this.gateway.check());
  }

  onModuleDestroy(): void {
    this.gateway.halt();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.gateway.stop();
    await this.executor.stop();
  }
}
