import type { EventStore } from '@interlock/kernel';
import { EVENT_STORE, LiveEvents } from '@interlock/platform';
import { Module } from '@nestjs/common';
import { AlertIndex } from './alert-index.js';
import { AlertMetrics } from './alert-metrics.js';
import { AlertReports } from './alert-reports.js';
import { AlertmanagerController } from './alertmanager/alertmanager.controller.js';
import { AlertsController } from './alerts.controller.js';
import { AlertsRpc } from './alerts.rpc.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import { IncidentHandler } from './handlers.js';
import { IncidentsController } from './incidents.controller.js';
import { Lifecycle } from './lifecycle.js';
import { NoticesQueries } from './notices.queries.js';
import { Reactions } from './reactions.js';
import { AlertingRunner } from './runners.js';

/** All the wiring of alerting. */
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
