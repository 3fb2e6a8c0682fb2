import type { EventStore } from '@interlock/kernel';
import { EVENT_STORE, LiveEvents } from '@interlock/platform';
import { Module } from '@nestjs/common';
import { AlertIndex } from './alerts/alert-index.js';
import { AlertMetrics } from './alerts/alert-metrics.js';
import { AlertReports } from './alerts/alert-reports.js';
import { AlertmanagerController } from './alertmanager/alertmanager.controller.js';
import { AlertsController } from './alerts/alerts.controller.js';
import { AlertsRpc } from './alerts/alerts.rpc.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import { IncidentHandler } from './handlers.js';
import { IncidentsController } from './notices/incidents.controller.js';
import { Lifecycle } from './lifecycle.js';
import { NoticesQueries } from './notices/notices.queries.js';
import { Reactions } from './reactions.js';
import { AlertingRunner } from './runners.js';

/** The root module of alerting. */
@Module({
  imports: [DeliveryModule],
  controllers: [AlertmanagerController, AlertsController, IncidentsController, AlertsRpc],
  providers: [
    IncidentHandler,
    AlertIndex,
    AlertMetrics,
    AlertReports,
    AlertingRunner,
    NoticesQueries,
    Reactions,
    {
      provide: LiveEvents,
      inject: [EVENT_STORE],
      useFactory: (store: EventStore) =>
        new LiveEvents(store, {
          name: 'alerting-live',
          prefixes: ['alert-', 'incident-', 'rollout-'],
          data: (id, event) => ({ id, at: event.metadata.occurred_at, ...event.data }),
        }),
    },
    Lifecycle,
  ],
})
export class AppModule {}
