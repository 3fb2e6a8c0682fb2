import type { DynamicModule } from '@nestjs/common';
import { CommandHandler } from '@interlock/kernel';
import { BusPublisher, RpcClient } from '@interlock/jetstream';
import {
  backoff,
  HealthChecks,
  LiveEvents,
  projectionSettings,
  readConfig,
  SERVICE_CONTEXT,
  type ServiceContext,
} from '@interlock/platform';
import { createJobs, ProjectionRunner, type Jobs } from '@interlock/postgres';
import { actionDecider, killSwitchDecider, leaseDecider, tenantDecider } from '@interlock/rails';
import { actionsProjection, type ActionsDatabase } from './actions.projection.js';
import { ActionsController } from './actions.controller.js';
import { ActionsQueries } from './actions.queries.js';
import { ActionTypes } from './action-types.js';
import { RailsConfig } from './config.js';
import { Door, type ActionHandler } from './door.js';
import { Effects } from './effects.js';
import { GateLooks } from './gate-looks.js';
import { IntentsController } from './intents.controller.js';
import { KillSwitchController } from './kill-switch.controller.js';
import { KillSwitchService, type KillSwitchHandler } from './kill-switch.service.js';
import { KillSwitches } from './kill-switches.js';
import { Lifecycle } from './lifecycle.js';
import { railsMetrics } from './metrics.js';
import { OpenActions } from './open-actions.js';
import { Orchestrator } from './orchestrator.js';
import { OutcomesReactor } from './outcomes.reactor.js';
import { RejectedIntents } from './rejected-intents.js';
import { Reservations, type LeaseHandler } from './reservations.js';
import { Sweep } from './sweep.js';
import { TenantConsumers } from './tenant-consumers.js';
import { Tenants } from './tenants.js';
import { TenantsController } from './tenants.controller.js';
import { TenantsLifecycle } from './tenants-lifecycle.js';
import {
  ACTION_HANDLER,
  ACTIONS_RUNNER,
  JOBS,
  KILL_SWITCH_HANDLER,
  LEASE_HANDLER,
  TENANT_HANDLER,
} from './tokens.js';
import { TransactionsReactor } from './transactions.reactor.js';

/** All the wiring of safety-rails. */
export class AppModule {
  static register({ store, nats, logger, people, service, auth }: ServiceContext): DynamicModule {
    const handlerOf = { backoff };
    return {
      module: AppModule,
      controllers: [
        ActionsController,
        IntentsController,
        KillSwitchController,
        OutcomesReactor,
        TenantsController,
        TransactionsReactor,
      ],
      providers: [
        {
          provide: RailsConfig,
          useFactory: (context: ServiceContext) => readConfig(RailsConfig, context.environment),
          inject: [SERVICE_CONTEXT],
        },
        {
          provide: ACTION_HANDLER,
          useFactory: () => new CommandHandler(store, actionDecider, { backoff, cacheSize: 2000 }),
        },
        { provide: LEASE_HANDLER, useFactory: () => new CommandHandler(store, leaseDecider, handlerOf) },
        {
          provide: KILL_SWITCH_HANDLER,
          useFactory: () => new CommandHandler(store, killSwitchDecider, handlerOf),
        },
        { provide: TENANT_HANDLER, useFactory: () => new CommandHandler(store, tenantDecider, handlerOf) },
        { provide: Tenants, useFactory: () => new Tenants(store, auth.may_name ?? null) },
        { provide: TenantConsumers, useFactory: () => new TenantConsumers(nats) },
        {
          provide: TenantsLifecycle,
          useFactory: (tenants: Tenants, consumers: TenantConsumers) =>
            new TenantsLifecycle(tenants, consumers, logger),
          inject: [Tenants, TenantConsumers],
        },
        { provide: RpcClient, useFactory: () => new RpcClient(nats, { caller: service }) },
        { provide: BusPublisher, useFactory: () => new BusPublisher(nats) },
        {
          provide: RejectedIntents,
          useFactory: (publisher: BusPublisher) => new RejectedIntents(publisher, logger),
          inject: [BusPublisher],
        },
        { provide: ActionTypes, useFactory: () => new ActionTypes(store) },
        {
          provide: LiveEvents,
          useFactory: () =>
            new LiveEvents(store, {
              name: 'safety-rails-live',
              prefixes: ['action-'],
              data: (id, event) => ({
                action_id: id,
                at: event.metadata.occurred_at,
                revision: `${event.revision}`,
                data: event.data,
              }),
            }),
        },
        { provide: OpenActions, useFactory: () => new OpenActions(store) },
        { provide: KillSwitches, useFactory: () => new KillSwitches(store) },
        {
          provide: ACTIONS_RUNNER,
          useFactory: (context: ServiceContext) =>
            new ProjectionRunner<ActionsDatabase>({
              ...projectionSettings(context),
              projection: actionsProjection,
            }),
          inject: [SERVICE_CONTEXT],
        },
        {
          provide: JOBS,
          useFactory: (context: ServiceContext) =>
            createJobs({
              pool: context.database,
              service: context.service,
              logger,
              migrate: context.migrate,
            }),
          inject: [SERVICE_CONTEXT],
        },
        {
          provide: ActionsQueries,
          useFactory: (runner: ProjectionRunner<ActionsDatabase>) => new ActionsQueries(runner),
          inject: [ACTIONS_RUNNER],
        },
        {
          provide: GateLooks,
          useFactory: (rpc: RpcClient, switches: KillSwitches) => new GateLooks(rpc, switches),
          inject: [RpcClient, KillSwitches],
        },
        {
          provide: Effects,
          inject: [RpcClient, GateLooks, LEASE_HANDLER, ACTION_HANDLER, KillSwitches, RailsConfig],
          useFactory: (
            rpc: RpcClient,
            looks: GateLooks,
            leases: LeaseHandler,
            actions: ActionHandler,
            switches: KillSwitches,
            config: RailsConfig,
          ) =>
            new Effects({
              rpc,
              looks,
              reservations: new Reservations(leases, actions, store),
              switches,
              config,
            }),
        },
        {
          provide: Orchestrator,
          inject: [ACTION_HANDLER, Effects, RailsConfig, JOBS, SERVICE_CONTEXT],
          useFactory: (
            handler: ActionHandler,
            effects: Effects,
            config: RailsConfig,
            jobs: Jobs,
            context: ServiceContext,
          ) =>
            new Orchestrator({
              handler,
              effects,
              config,
              logger,
              jobs,
              onEvents: railsMetrics(context.metrics),
            }),
        },
        {
          provide: Door,
          useFactory: (
            handler: ActionHandler,
            types: ActionTypes,
            tenants: Tenants,
            orchestrator: Orchestrator,
          ) =>
            new Door(handler, types, tenants, people, (tenant, id, appended) => {
              orchestrator.wake(tenant, id, appended);
            }),
          inject: [ACTION_HANDLER, ActionTypes, Tenants, Orchestrator],
        },
        {
          provide: KillSwitchService,
          inject: [KILL_SWITCH_HANDLER, ACTION_HANDLER, OpenActions, Orchestrator],
          useFactory: (
            handler: KillSwitchHandler,
            actions: ActionHandler,
            open: OpenActions,
            orchestrator: Orchestrator,
          ) => new KillSwitchService({ handler, actions, open, orchestrator, logger }),
        },
        {
          provide: Sweep,
          inject: [OpenActions, Orchestrator, RailsConfig],
          useFactory: (open: OpenActions, orchestrator: Orchestrator, config: RailsConfig) =>
            new Sweep({ open, orchestrator, logger, everyS: config.SAFETY_RAILS_SWEEP_S }),
        },
        {
          provide: Lifecycle,
          inject: [
            ACTIONS_RUNNER,
            ActionTypes,
            KillSwitches,
            OpenActions,
            LiveEvents,
            Orchestrator,
            Sweep,
            JOBS,
            HealthChecks,
          ],
          useFactory: (
            runner: ProjectionRunner<ActionsDatabase>,
            types: ActionTypes,
            switches: KillSwitches,
            open: OpenActions,
            live: LiveEvents,
            orchestrator: Orchestrator,
            sweep: Sweep,
            jobs: Jobs,
            health: HealthChecks,
          ) => new Lifecycle({ runner, types, switches, open, live, orchestrator, sweep, jobs, health }),
        },
      ],
    };
  }
}
