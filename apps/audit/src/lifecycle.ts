import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HealthChecks } from '@interlock/platform';
import { ArchivedLog } from './archive/archived-log.js';
import { Publisher } from './checkpoints/publisher.js';
import { MirrorSet } from './mirrors/mirror-set.js';
import { LogScrub } from './tree/log-scrub.js';
import { Trees } from './tree/trees.js';

/** Starts and stops the background work of the service. */
@Injectable()
export class Lifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly trees: Trees,
    private readonly publisher: Publisher,
    private readonly mirrors: MirrorSet,
    private readonly scrub: LogScrub,
    private readonly log: ArchivedLog,
    private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    this.health.add('read model tree', () => this.trees.runner.check());
    this.health.add('archived log', () => Promise.resolve().then(() => this.log.check()));
    this.health.add('checkpoints', () => this.publisher.check());
    this.health.add('mirrors', () => new Promise((resolve) => resolve(this.mirrors.check())));
    await this.trees.runner.start();
    this.publisher.start();
    this.mirrors.start();
    this.scrub.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.publisher.stop(), this.mirrors.stop(), this.scrub.stop()]);
    await this.trees.runner.stop();
    this.log.close();
  }
}
