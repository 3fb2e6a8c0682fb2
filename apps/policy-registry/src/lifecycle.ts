import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { HealthChecks, type HealthFacts } from '@interlock/platform';
import { Catalogue } from './catalogue.js';
import type { TeamsService } from './teams.service.js';

type Acting = { start(): void; stop(): Promise<void> };
type Runner = { start(): Promise<void>; stop(): Promise<void>; check(): Promise<HealthFacts> };

/** Starts and stops what follows the log. */
export class Lifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly runners: { readonly [name: string]: Runner },
    private readonly catalogue: Catalogue,
    private readonly teams: TeamsService,
    private readonly health: HealthChecks,
    private readonly acting: readonly Acting[],
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const [name, runner] of Object.entries(this.runners))
      this.health.add(`read model ${name}`, () => runner.check());
    this.health.add('catalogue', () => this.catalogue.check());
    this.catalogue.start();
    this.teams.start();
    await Promise.all(Object.values(this.runners).map((runner) => runner.start()));
    for (const one of this.acting) one.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.acting.map((one) => one.stop()));
    await this.catalogue.stop();
    await this.teams.stop();
    await Promise.all(Object.values(this.runners).map((runner) => runner.stop()));
  }
}
