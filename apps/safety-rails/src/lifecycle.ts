import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { ProblemError } from '@interlock/kernel';
import { HealthChecks, LiveEvents } from '@interlock/platform';
import type { Jobs } from '@interlock/postgres';
import { ActionTypes } from './action-types.js';
import { Executors } from './executors.js';
import { InboxIndex } from './inbox.js';
import { KillSwitches } from './kill-switches.js';
import { KillSwitchStops } from './kill-switch-stops.js';
import { OpenCount } from './open-count.js';
import { Orchestrator } from './orchestrator.js';
import { OpenPlans } from './plans/open-plans.js';
import { PlanRunner } from './plans/plan-runner.js';
import { PeopleTold } from './people-told.js';
import { RailsWork } from './rails-work.js';
import { ActionsRunner, PlansRunner } from './runners.js';
import { Sites } from './sites.js';
import { Sweep } from './sweep.js';
import { JOBS } from './tokens.js';

/** Starts what runs beside the requests, and stops it in the opposite order. */
@Injectable()
export class Lifecycle implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(ActionsRunner) private readonly runner: ActionsRunner,
    @Inject(ActionTypes) private readonly types: ActionTypes,
    @Inject(KillSwitches) private readonly switches: KillSwitches,
    @Inject(KillSwitchStops) private readonly stops: KillSwitchStops,
    @Inject(Executors) private readonly executors: Executors,
    @Inject(InboxIndex) private readonly inbox: InboxIndex,
    @Inject(RailsWork) private readonly work: RailsWork,
    @Inject(OpenCount) private readonly count: OpenCount,
    @Inject(Sites) private readonly sites: Sites,
    @Inject(PeopleTold) private readonly told: PeopleTold,
    @Inject(LiveEvents) private readonly live: LiveEvents,
    @Inject(Orchestrator) private readonly orchestrator: Orchestrator,
    @Inject(Sweep) private readonly sweep: Sweep,
    @Inject(JOBS) private readonly jobs: Jobs,
    @Inject(OpenPlans) private readonly openPlans: OpenPlans,
    @Inject(PlanRunner) private readonly plans: PlanRunner,
    @Inject(PlansRunner) private readonly plansReadModel: PlansRunner,
    @Inject(HealthChecks) private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    const { types, switches, executors, work, told, live, runner, health } = this;
    told.onTold((tenantId, actionId) => {
      this.orchestrator.wake(tenantId, actionId);
    });
    work.onMissed((streams) => {
      void this.stops.stopMissed(streams, switches.uses.goingOn());
    });
    await Promise.all([
      types.follower.start(),
      switches.follower.start(),
      executors.follower.start(),
      this.inbox.follower.start(),
      work.start(),
      this.sites.follower.start(),
      this.openPlans.follower.start(),
      this.plansReadModel.start(),
      told.follower.start(),
      live.start(),
      runner.start(),
    ]);
    health.add('read model actions', () => runner.check());
    health.add('read model plans', () => this.plansReadModel.check());
    health.add('kill-switches', () => {
      if (switches.follower.confirmedWithin(5000)) return Promise.resolve();
      return Promise.reject(
        new ProblemError('not-current', 'the kill switches have not been confirmed current'),
      );
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.jobs.onDue(async (data) => {
      const { tenant_id: tenantId, action_id: actionId } = data as { tenant_id: string; action_id: string };
      this.orchestrator.wake(tenantId, actionId);
      await Promise.resolve();
    });
    this.sweep.start();
    this.count.start();
    this.plans.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const { sweep, orchestrator, jobs, runner, types, switches, executors, work, told, live } = this;
    sweep.stop();
    await this.count.stop();
    await this.plans.stop();
    await orchestrator.stop();
    await Promise.all([
      jobs.stop(),
      runner.stop(),
      types.follower.stop(),
      switches.follower.stop(),
      executors.follower.stop(),
      this.inbox.follower.stop(),
      work.stop(),
      this.sites.follower.stop(),
      this.openPlans.follower.stop(),
      this.plansReadModel.stop(),
      told.follower.stop(),
      live.stop(),
    ]);
  }
}
