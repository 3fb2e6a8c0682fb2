import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnModuleInit } from '@nestjs/common';
import { ProblemError } from '@interlock/kernel';
import type { HealthChecks, LiveEvents } from '@interlock/platform';
import type { Jobs, ProjectionRunner } from '@interlock/postgres';
import type { ActionTypes } from './action-types.js';
import type { ActionsDatabase } from './actions.projection.js';
import type { KillSwitches } from './kill-switches.js';
import type { OpenActions } from './open-actions.js';
import type { Orchestrator } from './orchestrator.js';
import type { Sweep } from './sweep.js';

/** What runs beside the requests: started in order, stopped in the other. */
export class Lifecycle implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly parts: {
      readonly runner: ProjectionRunner<ActionsDatabase>;
      readonly types: ActionTypes;
      readonly switches: KillSwitches;
      readonly open: OpenActions;
      readonly live: LiveEvents;
      readonly orchestrator: Orchestrator;
      readonly sweep: Sweep;
      readonly jobs: Jobs;
      readonly health: HealthChecks;
    },
  ) {}

  async onModuleInit(): Promise<void> {
    const { types, switches, open, live, runner, health } = this.parts;
    await Promise.all([
      types.follower.start(),
      switches.follower.start(),
      open.follower.start(),
      live.start(),
      runner.start(),
    ]);
    health.add('read model actions', () => runner.check());
    health.add('kill-switches', () => {
      if (switches.follower.confirmedWithin(5000)) return Promise.resolve();
      return Promise.reject(
        new ProblemError('not-current', 'the kill switches have not been confirmed current'),
      );
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.parts.jobs.onDue(async (data) => {
      const { tenant_id: tenantId, action_id: actionId } = data as { tenant_id: string; action_id: string };
      this.parts.orchestrator.wake(tenantId, actionId);
      await Promise.resolve();
    });
    this.parts.sweep.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const { sweep, orchestrator, jobs, runner, types, switches, open, live } = this.parts;
    sweep.stop();
    await orchestrator.stop();
    await Promise.all([
      jobs.stop(),
      runner.stop(),
      types.follower.stop(),
      switches.follower.stop(),
      open.follower.stop(),
      live.stop(),
    ]);
  }
}
