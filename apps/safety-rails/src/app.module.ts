import { Module } from '@nestjs/common';
import { BusPublisher, RpcClient } from '@interlock/jetstream';
import {
  EVENT_STORE,
  foundWork,
  readConfig,
  SERVICE_CONTEXT,
  SettingChanges,
  type ServiceContext,
} from '@interlock/platform';
import type { EventStore } from '@interlock/kernel';
import { createJobs } from '@interlock/postgres';
import { ActionsController } from './actions/actions.controller.js';
import { ActionsQueries } from './actions/actions.queries.js';
import { Admission } from './intents/admission.js';
import { ActionTypes } from './actions/action-types.js';
import { AgentsController } from './agents/agents.controller.js';
import { AgentStops } from './agents/agent-stops.js';
import { OwnEvents } from './agents/own.js';
import { InboxController } from './approvals/inbox.controller.js';
import { InboxIndex } from './approvals/inbox.js';
import { ApprovalsController } from './approvals/approvals.controller.js';
import { RailsConfig } from './config.js';
import { BreakGlass } from './approvals/break-glass.js';
import { BreakGlassController } from './approvals/break-glass.controller.js';
import { ChangeRequests } from './changes/change-requests.js';
import { Changes } from './changes/changes.js';
import { ChangesController } from './changes/changes.controller.js';
import { ChangesRpc } from './changes/changes.rpc.js';
import { FirstRequiredPeople } from './changes/first-required-people.js';
import { Invitations } from './changes/invitations.js';
import { RequiredPeopleSetting } from './changes/required-people.js';
import { RequiredPeopleController } from './changes/required-people.controller.js';
import { IntentIntake } from './intents/intent-intake.js';
import { Effects } from './actions/effects.js';
import { FeedbackController } from './outcomes/feedback.controller.js';
import { GateLooks } from './gates/gate-looks.js';
import { Executors } from './executors/executors.js';
import { ExecutorsRpc } from './executors/executors.rpc.js';
import {
  ActionHandler,
  ChangeHandler,
  ExecutorHandler,
  RequiredPeopleHandler,
  KillSwitchHandler,
  LeaseHandler,
  PlanHandler,
  FeedbackHandler,
  RetentionHandler,
  TenantHandler,
} from './handlers.js';
import { IntentsController } from './intents/intents.controller.js';
import { KillSwitchController } from './kill-switch/kill-switch.controller.js';
import { KillSwitchReceipts } from './kill-switch/kill-switch-receipts.js';
import { KillSwitchService } from './kill-switch/kill-switch.service.js';
import { KillSwitchStops } from './kill-switch/kill-switch-stops.js';
import { KillSwitches } from './kill-switch/kill-switches.js';
import { Lifecycle } from './lifecycle.js';
import { liveActions } from './actions/live-actions.js';
import { NotifiedPeople } from './actions/notified-people.js';
import { RailsMetrics } from './metrics.js';
import { OpenMetrics } from './open-metrics.js';
import { OpenActions } from './actions/open-actions.js';
import { OpenCount } from './actions/open-count.js';
import { Orchestrator } from './actions/orchestrator.js';
import { FiguresQueries } from './outcomes/figures.queries.js';
import { OutcomesController } from './outcomes/outcomes.controller.js';
import { OutcomesReactor } from './outcomes/outcomes.reactor.js';
import { OpenPlans } from './plans/open-plans.js';
import { PlanNodes } from './plans/plan-nodes.js';
import { PlanRunner } from './plans/plan-runner.js';
import { PlanStopsReactor } from './plans/plan-stops.reactor.js';
import { PlanSubmission } from './plans/plan-submission.js';
import { PlansController } from './plans/plans.controller.js';
import { PlansQueries } from './plans/plans.queries.js';
import { FOUND_WORK, RailsWork } from './rails-work.js';
import { RejectedController } from './intents/rejected.controller.js';
import { RejectedIntents } from './intents/rejected-intents.js';
import { Reservations } from './actions/reservations.js';
import { RetentionController } from './retention/retention.controller.js';
import { RetentionSetting } from './retention/retention-setting.js';
import { ActionsRunner, PlansRunner } from './runners.js';
import { Seen } from './intents/seen.js';
import { SeenRpc } from './intents/seen.rpc.js';
import { Sites } from './tenants/sites.js';
import { Sweep } from './actions/sweep.js';
import { TenantConsumers } from './intents/tenant-consumers.js';
import { Tenants } from './tenants/tenants.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { TenantSetting } from './tenants/tenant-setting.js';
import { TenantsLifecycle } from './tenants/tenants-lifecycle.js';
import { JOBS } from './tokens.js';
import { TransactionsReactor } from './outcomes/transactions.reactor.js';

/** The root module of safety-rails. */
@Module({
  controllers: [
    ActionsController,
    AgentsController,
    ApprovalsController,
    InboxController,
    BreakGlassController,
    RequiredPeopleController,
    ChangesController,
    ChangesRpc,
    ExecutorsRpc,
    SeenRpc,
    FeedbackController,
    IntentsController,
    KillSwitchController,
    OutcomesController,
    OutcomesReactor,
    PlansController,
    RejectedController,
    RetentionController,
    PlanStopsReactor,
    TenantsController,
    TransactionsReactor,
  ],
  providers: [
    ActionHandler,
    ChangeHandler,
    RequiredPeopleHandler,
    ChangeRequests,
    Changes,
    FirstRequiredPeople,
    TenantSetting,
    RequiredPeopleSetting,
    RetentionHandler,
    RetentionSetting,
    Invitations,
    {
      provide: SettingChanges,
      inject: [EVENT_STORE, ChangeRequests],
      useFactory: (store: EventStore, requests: ChangeRequests) =>
        new SettingChanges(store, (request) => requests.request(request)),
    },
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
    FiguresQueries,
    ActionTypes,
    RailsWork,
    OpenActions,
    OpenCount,
    KillSwitches,
    Executors,
    NotifiedPeople,
    InboxIndex,
    Tenants,
    TenantConsumers,
    RejectedIntents,
    GateLooks,
    Reservations,
    Effects,
    RailsMetrics,
    OpenMetrics,
    Orchestrator,
    IntentIntake,
    Admission,
    KillSwitchStops,
    KillSwitchReceipts,
    KillSwitchService,
    Seen,
    Sites,
    BreakGlass,
    Sweep,
    OwnEvents,
    AgentStops,
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
