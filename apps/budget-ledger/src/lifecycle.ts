import { HealthChecks } from '@interlock/platform';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AutonomyIndex } from './autonomy-index.js';
import { SystemSettings } from './system-settings.js';

/** Starts and stops the background work of the service. */
@Injectable()
export class Lifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly index: AutonomyIndex,
    private readonly settings: SystemSettings,
    private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.index.follower.start();
    await this.settings.ensure();
    this.health.addFollower(
      'autonomy',
      this.index.follower,
      'the autonomy settings have not been confirmed current',
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.index.follower.stop();
  }
}
