import type { ExecutorPresence } from '@interlock/executor';
import type { HealthChecks } from '@interlock/platform';
import type { BeforeApplicationShutdown, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import type { ProjectionRunner } from '@interlock/postgres';
import type { DriftChecks } from './drift/drift-checks.js';
import type { Gateway } from './gateway.js';

type Started = {
  readonly gateway: Gateway;
  readonly executor: ExecutorPresence;
  /** The read models by their names. */
  readonly readModels: { readonly [name: string]: Pick<ProjectionRunner<never>, 'check' | 'start' | 'stop'> };
  readonly drift: DriftChecks;
};

/** Starts and stops the background work of the service. */
export class Lifecycle implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown {
  constructor(
    private readonly started: Started,
    private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    const { gateway, executor, readModels, drift } = this.started;
    for (const [name, one] of Object.entries(readModels))
      this.health.add(`read model ${name}`, () => one.check());
    await Promise.all([
      executor.start(),
      gateway.start(),
      ...Object.values(readModels).map((one) => one.start()),
    ]);
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
    const { gateway, executor, readModels, drift } = this.started;
    await Promise.all([gateway.stop(), ...Object.values(readModels).map((one) => one.stop())]);
    await Promise.all([drift.stop(), executor.stop()]);
  }
}
