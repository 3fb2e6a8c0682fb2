import { Module } from '@nestjs/common';
import { BusPublisher, RpcClient } from '@interlock/jetstream';
import { foundWork, readConfig, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { createJobs } from '@interlock/postgres';
import { ActionsController } from './actions.controller.js';
import { ActionsQueries } from './actions.queries.js';
import { Admission } from './admission.js';
import { ActionTypes } from './action-types.js';
import { InboxController } from './inbox.controller.js';
import { InboxIndex } from './inbox.js';
import { ApprovalsController } from './approvals.controller.js';
import { RailsConfig } from './config.js';
import { BreakGlass } from './break-glass.js';
import { BreakGlassController } from './break-glass.controller.js';
import { Door } from './door.js';
import { Effects } from './effects.js';
import { FeedbackController } from './feedback.controller.js';
import { GateLooks } from './gate-looks.js';
import { Executors } from './executors.js';
import { ExecutorsRpc } from './executors.rpc.js';
import {
  ActionHandler,
  ExecutorHandler,
  KillSwitchHandler,
  LeaseHandler,
  PlanHandler,
  FeedbackHandler,
  TenantHandler,
} from './handlers.js';
import { IntentsController } from './intents.controller.js';
import { KillSwitchController } from './kill-switch.controller.js';
import { KillSwitchReceipts } from './kill-switch-receipts.js';
import { KillSwitchService } from './kill-switch.service.js';
import { KillSwitchStops } from './kill-switch-stops.js';
import { KillSwitches } from './kill-switches.js';
import { Lifecycle } from './lifecycle.js';
import { liveActions } from './live-actions.js';
import { PeopleTold } from './people-told.js';
import { RailsMetrics } from './metrics.js';
import { OpenActions } from './open-actions.js';
import { OpenCount } from './open-count.js';
import { Orchestrator } from './orchestrator.js';
import { OutcomesController } from './outcomes.controller.js';
import { OutcomesReactor } from './outcomes.reactor.js';
import { OpenPlans } from './plans/open-plans.js';
import { PlanNodes } from './plans/plan-nodes.js';
import { PlanRunner } from './plans/plan-runner.js';
import { PlanStopsReactor } from './plans/plan-stops.reactor.js';
import { PlanSubmission } from './plans/plan-submission.js';
import { PlansController } from './plans/plans.controller.js';
import { PlansQueries } from './plans/plans.queries.js';
import { FOUND_WORK, RailsWork } from './rails-work.js';
import { RejectedController } from './rejected.controller.js';
import { RejectedIntents } from './rejected-intents.js';
import { Reservations } from './reservations.js';
import { ActionsRunner, PlansRunner } from './runners.js';
import { Seen } from './seen.js';
import { SeenRpc } from './seen.rpc.js';
import { Sites } from './sites.js';
import { Sweep } from './sweep.js';
import { TenantConsumers } from './tenant-consumers.js';
import { Tenants } from './tenants.js';
import { TenantsController } from './tenants.controller.js';
import { TenantsLifecycle } from './tenants-lifecycle.js';
import { JOBS } from './tokens.js';
import { TransactionsReactor } from './transactions.reactor.js';

/** All the wiring of safety-rails. */
@Module({
  controllers: [
    ActionsController,
    ApprovalsController,
    InboxController,
    BreakGlassController,
    ExecutorsRpc,
    SeenRpc,
    FeedbackController,
    IntentsController,
    KillSwitchController,
    OutcomesController,
    OutcomesReactor,
    PlansController,
    RejectedController,
    PlanStopsReactor,
    TenantsController,
    TransactionsReactor,
  ],
  providers: [
    ActionHandler,
    ExecutorHandler,
    FeedbackHandler,
    KillSwitchHandler,
    LeaseHandler,
    PlanHandler,
    TenantHandler,
    ActionsRunner,
    PlansRunner,
    PlansQueries,
    OpenPlans,
    PlanNodes,
    PlanRunner,
    PlanSubmission,
    ActionsQueries,
    ActionTypes,
    RailsWork,
    OpenActions,
    OpenCount,
    KillSwitches,
    Executors,
    PeopleTold,
    InboxIndex,
    Tenants,
    TenantConsumers,
    RejectedIntents,
    GateLooks,
    Reservations,
    Effects,
    RailsMetrics,
    Orchestrator,
    Door,
    Admission,
    KillSwitchStops,
    KillSwitchReceipts,
    KillSwitchService,
    Seen,
    Sites,
    BreakGlass,
    Sweep,
    TenantsLifecycle,
    Lifecycle,
    {
      provide: RailsConfig,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ environment }: ServiceContext) => readConfig(RailsConfig, environment),
    },
    {
      provide: RpcClient,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ nats, service }: ServiceContext) => new RpcClient(nats, { caller: service }),
    },
    {
      provide: BusPublisher,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ nats }: ServiceContext) => new BusPublisher(nats),
    },
    {
      provide: FOUND_WORK,
      inject: [SERVICE_CONTEXT],
      useFactory: foundWork,
    },
    {
      provide: JOBS,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ database: pool, service, logger, migrate }: ServiceContext) =>
        createJobs({ pool, service, logger, migrate }),
    },
    liveActions,
  ],
})
export class AppModule {}
