import type { BeforeApplicationShutdown, DynamicModule, OnModuleInit } from '@nestjs/common';
import { alertDecider, incidentDecider } from '@interlock/alerting';
import { CommandHandler } from '@interlock/kernel';
import {
  backoff,
  HealthChecks,
  LiveEvents,
  projectionSettings,
  type ServiceContext,
} from '@interlock/platform';
import { ProjectionRunner } from '@interlock/postgres';
import { alertingProjection, type AlertingDatabase } from './alerting.projection.js';
import { AlertsRpc } from './alerts.rpc.js';
import { ALERTS, INCIDENTS } from './handlers.js';
import { AlertsController, IncidentsController } from './notices.controller.js';
import { NoticesQueries } from './notices.queries.js';
import { AlertingReactor } from './reactor.js';

/** What runs beside the requests. */
export class Lifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly runner: ProjectionRunner<AlertingDatabase>,
    private readonly live: LiveEvents,
    private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    this.health.add('read model alerting', () => this.runner.check());
    await Promise.all([this.runner.start(), this.live.start()]);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.runner.stop(), this.live.stop()]);
  }
}

/** All the wiring of alerting. */
export class AppModule {
  static register(context: ServiceContext): DynamicModule {
    const { store } = context;
    const runner = new ProjectionRunner<AlertingDatabase>({
      ...projectionSettings(context),
      projection: alertingProjection,
    });
    return {
      module: AppModule,
      controllers: [AlertsController, IncidentsController, AlertingReactor, AlertsRpc],
      providers: [
        { provide: ALERTS, useFactory: () => new CommandHandler(store, alertDecider, { backoff }) },
        { provide: INCIDENTS, useFactory: () => new CommandHandler(store, incidentDecider, { backoff }) },
        { provide: NoticesQueries, useValue: new NoticesQueries(runner) },
        {
          provide: LiveEvents,
          useFactory: () =>
            new LiveEvents(store, {
              name: 'alerting-live',
              prefixes: ['alert-', 'incident-', 'rollout-'],
              data: (id, event) => ({ id, at: event.metadata.occurred_at, ...event.data }),
            }),
        },
        {
          provide: Lifecycle,
          useFactory: (live: LiveEvents, health: HealthChecks) => new Lifecycle(runner, live, health),
          inject: [LiveEvents, HealthChecks],
        },
      ],
    };
  }
}
