import { readConfig, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { Module, type Provider } from '@nestjs/common';
import { AlertHandler, ChannelHandler, DeliveryHandler, RouteHandler } from '../handlers.js';
import { DeliveriesRunner } from '../runners.js';
import { ChannelsController } from './channels.controller.js';
import { DeliveryConfig } from './config.js';
import { DeliveriesQueries } from './deliveries.queries.js';
import { DeliveryLifecycle } from './lifecycle.js';
import { outsideOf } from './outside.js';
import { DeliveryQueue } from './queue.js';
import { RoutesController } from './routes.controller.js';
import { stateDirectoryOf } from './state-directory.js';
import { StateFiles } from './state-files.js';
import { DELIVERY_CONFIG, OUTSIDE, STATE_FILES } from './tokens.js';
import { Watch } from './watch.js';
import { DeliveryWorker } from './worker.js';

const configured: readonly Provider[] = [
  {
    provide: DELIVERY_CONFIG,
    inject: [SERVICE_CONTEXT],
    useFactory: ({ environment }: ServiceContext) => readConfig(DeliveryConfig, environment),
  },
  {
    provide: OUTSIDE,
    inject: [DELIVERY_CONFIG, SERVICE_CONTEXT],
    useFactory: (config: DeliveryConfig, { environment }: ServiceContext) => outsideOf(config, environment),
  },
  {
    provide: STATE_FILES,
    inject: [DELIVERY_CONFIG, SERVICE_CONTEXT],
    useFactory: (config: DeliveryConfig, { environment }: ServiceContext) =>
      new StateFiles(stateDirectoryOf(config, environment)),
  },
];

/** How alerts reach people: channels, routes, the queue of notices and its worker. */
@Module({
  controllers: [ChannelsController, RoutesController],
  providers: [
    ...configured,
    AlertHandler,
    ChannelHandler,
    RouteHandler,
    DeliveryHandler,
    DeliveriesRunner,
    DeliveriesQueries,
    DeliveryQueue,
    DeliveryWorker,
    Watch,
    DeliveryLifecycle,
  ],
  exports: [AlertHandler],
})
export class DeliveryModule {}
