import type { ExecutorPresence } from '@interlock/executor';
import type { HealthChecks } from '@interlock/platform';
import type { BeforeApplicationShutdown, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import type { ProjectionRunner } from '@interlock/postgres';
import type { DriftChecks } from './drift/drift-checks.js';
import type { ExpectedDatabase } from './drift/expected-leaves.projection.js';
import type { Gateway } from './gateway.js';
import type { GatewayDatabase } from './tx/transactions.projection.js';

type Started = {
  readonly gateway: Gateway;
  readonly executor: ExecutorPresence;
  readonly runner: ProjectionRunner<GatewayDatabase>;
  readonly expected: ProjectionRunner<ExpectedDatabase>;
  readonly drift: DriftChecks;
};

/** Starts and stops the background work of the service. */
export class Lifecycle implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown {
  constructor(
    private readonly started: Started,
    private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    const { gateway, executor, runner, expected, drift } = this.started;
    this.health.add('read model transactions', () => runner.check());
    this.health.add('read model expected_leaves', () => expected.check());
    await Promise.all([executor.start(), gateway.start(), runner.start(), expected.start()]);
    this.health.addFollower(
      'inventory',
      gateway.inventory,
      'the device inventory has not been confirmed current',
    );
    drift.start();
  }

  onModuleDestroy(): void {
    this.started.drift.halt();
    this.started.gateway.halt();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const { gateway, executor, runner, expected, drift } = this.started;
    await Promise.all([gateway.stop(), runner.stop(), expected.stop()]);
    await Promise.all([drift.stop(), executor.stop()]);
  }
}
