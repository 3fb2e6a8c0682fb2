import type { EventStore } from '@interlock/kernel';
import { EVENT_STORE, LiveEvents } from '@interlock/platform';
import { Module } from '@nestjs/common';
import { AlertsRpc } from './alerts.rpc.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import { IncidentHandler } from './handlers.js';
import { Lifecycle } from './lifecycle.js';
import { AlertsController, IncidentsController } from './notices.controller.js';
import { NoticesQueries } from './notices.queries.js';
import { AlertingReactor } from './reactor.js';
import { AlertingRunner } from './runners.js';

/** All the wiring of alerting. */
@Module({
  imports: [DeliveryModule],
  controllers: [AlertsController, IncidentsController, AlertingReactor, AlertsRpc],
  providers: [
    IncidentHandler,
    AlertingRunner,
    NoticesQueries,
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
