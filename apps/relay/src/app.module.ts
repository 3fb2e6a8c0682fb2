import type { DynamicModule } from '@nestjs/common';
import { logBehind, withholds } from '@interlock/kernel';
import { createRelay, RpcClient } from '@interlock/jetstream';
import { HealthChecks, readConfig, type ServiceContext } from '@interlock/platform';
import { RelayConfig } from './config.js';
import { ForgedEvents } from './forged-events.js';
import { RelayMonitor } from './relay-monitor.js';
import { RelayRunner } from './relay-runner.js';
import { StreamGauges } from './stream-gauges.js';

/** All the wiring of the relay. */
export class AppModule {
  static register({ store, nats, logger, metrics, service, environment }: ServiceContext): DynamicModule {
    const config = readConfig(RelayConfig, environment);
    const monitor: RelayMonitor = new RelayMonitor({
      store,
      metrics,
      service,
      stallMs: config.INTERLOCK_RELAY_STALL_S * 1000,
      relay: () => relay,
    });
    const forged = new ForgedEvents(new RpcClient(nats, { caller: service }), service, logger);
    const relay = createRelay({
      store: logBehind(store),
      isLeftOut: async (event) => {
        const isForged = withholds(store, event);
        if (isForged) forged.found(event);
        return isForged;
      },
      connection: nats,
      logger,
      window: config.INTERLOCK_RELAY_WINDOW,
      onRelayed: () => monitor.relayed(),
    });
    const streams = new StreamGauges({ metrics, logger, nats }, relay.active);
    return {
      module: AppModule,
      providers: [
        { provide: RelayMonitor, useValue: monitor },
        {
          provide: RelayRunner,
          useFactory: (health: HealthChecks) => new RelayRunner(relay, monitor, health, forged, streams),
          inject: [HealthChecks],
        },
      ],
    };
  }
}
