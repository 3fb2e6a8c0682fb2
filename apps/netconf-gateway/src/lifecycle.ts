import { ProblemError } from '@interlock/kernel';
import type { HealthChecks } from '@interlock/platform';
import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { Gateway } from './gateway.js';

/** Starts and stops what runs beside the requests. */
export class Lifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(private readonly gateway: Gateway, private readonly health: HealthChecks) {}

  async onModuleInit(): Promise<void> {
    await this.gateway.start();
    this.health.add('inventory', () => (this.gateway.inventory.confirmedWithin(5000) ? Promise.resolve() : Promise.reject(new ProblemError('not-current', 'the device inventory has not been confirmed current'))));
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.gateway.stop();
  }
}
