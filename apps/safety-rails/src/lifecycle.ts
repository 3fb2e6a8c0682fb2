import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { HealthChecks, LiveEvents } from '@interlock/platform';
import type { Jobs } from '@interlock/postgres';
import { Changes } from './changes/changes.js';
import { FirstRequiredPeople } from './changes/first-required-people.js';
import { Invitations } from './changes/invitations.js';
import { RailsConfig } from './config.js';
import { ActionTypes } from './actions/action-types.js';
import { Executors } from './executors/executors.js';
import { InboxIndex } from './approvals/inbox.js';
import { KillSwitches } from './kill-switch/kill-switches.js';
import { KillSwitchStops } from './kill-switch/kill-switch-stops.js';
import { OpenCount } from './actions/open-count.js';
import { Orchestrator } from './actions/orchestrator.js';
import { OpenPlans } from './plans/open-plans.js';
import { PlanRunner } from './plans/plan-runner.js';
import { NotifiedPeople } from './actions/notified-people.js';
import { RailsWork } from './rails-work.js';
import { ActionsRunner, PlansRunner } from './runners.js';
import { Sites } from './tenants/sites.js';
import { Sweep } from './actions/sweep.js';
import { JOBS } from './tokens.js';

/** Starts the background work of the service, and stops it in the opposite order. */
@Injectable()
export class Lifecycle implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly runner: ActionsRunner,
    private readonly types: ActionTypes,
    private readonly switches: KillSwitches,
    private readonly stops: KillSwitchStops,
    private readonly executors: Executors,
    private readonly inbox: InboxIndex,
    private readonly work: RailsWork,
    private readonly count: OpenCount,
    private readonly sites: Sites,
    private readonly notified: NotifiedPeople,
    private readonly live: LiveEvents,
    private readonly orchestrator: Orchestrator,
    private readonly sweep: Sweep,
    @Inject(JOBS) private readonly jobs: Jobs,
    private readonly openPlans: OpenPlans,
    private readonly plans: PlanRunner,
    private readonly plansReadModel: PlansRunner,
    private readonly health: HealthChecks,
    private readonly changes: Changes,
    private readonly invitations: Invitations,
    private readonly firstPeople: FirstRequiredPeople,
    private readonly config: RailsConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    const { types, switches, executors, work, notified, live, runner, health } = this;
    notified.onNotified((tenantId, actionId) => this.orchestrator.wake(tenantId, actionId));
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
      notified.follower.start(),
      live.start(),
      runner.start(),
      this.changes.follower.start(),
      this.invitations.follower.start(),
      this.firstPeople.ensure(),
    ]);
    health.add('read model actions', () => runner.check());
    health.add('read model plans', () => this.plansReadModel.check());
    health.addFollower(
      'kill-switches',
      switches.follower,
      'the kill switches have not been confirmed current',
    );
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
    this.changes.start(this.config.SAFETY_RAILS_SWEEP_S * 1000);
  }

  async beforeApplicationShutdown(): Promise<void> {
    const { sweep, orchestrator, jobs, runner, types, switches, executors, work, notified, live } = this;
    sweep.stop();
    this.changes.stop();
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
      notified.follower.stop(),
      live.stop(),
      this.changes.follower.stop(),
      this.invitations.follower.stop(),
    ]);
  }
}
