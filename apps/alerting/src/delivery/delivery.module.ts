import {
  changeRpc,
  readConfig,
  SERVICE_CONTEXT,
  settingChanges,
  type ServiceContext,
} from '@interlock/platform';
import { Module, type Provider } from '@nestjs/common';
import {
  AlertHandler,
  ChannelHandler,
  DeliveryHandler,
  LinkHandler,
  RotaHandler,
  RouteHandler,
  WebhookHandler,
} from '../handlers.js';
import { DeliveriesRunner } from '../runners.js';
import { ChannelsController } from './channels/channels.controller.js';
import { DeliveryConfig } from './config.js';
import { DeliveriesQueries } from './deliveries.queries.js';
import { DeliveryLifecycle } from './lifecycle.js';
import { linkKeysOf, linksTo, type LinkKeys, type Links } from './links/link-token.js';
import { LinksController } from './links/links.controller.js';
import { egressOf } from './egress.js';
import { DeliveryQueue } from './queue.js';
import { OnCallReader } from './rotas/on-call-reader.js';
import { ReachWatch } from './rotas/reach-watch.js';
import { RotasController } from './rotas/rotas.controller.js';
import { RotasQueries } from './rotas/rotas.queries.js';
import { RoutesController } from './routes.controller.js';
import { DeliverySettings } from './settings.js';
import { stateDirectoryOf } from './outages/state-directory.js';
import { StateFiles } from './outages/state-files.js';
import { DELIVERY_CONFIG, LINKS, EGRESS, STATE_FILES, WEBHOOK_KEYS } from './tokens.js';
import { Watch } from './outages/watch.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';
import { WebhooksQueries } from './webhooks/webhooks.queries.js';
import { DeliveryWorker } from './worker.js';

const configured: readonly Provider[] = [
  {
    provide: DELIVERY_CONFIG,
    inject: [SERVICE_CONTEXT],
    useFactory: ({ environment }: ServiceContext) => readConfig(DeliveryConfig, environment),
  },
  {
    provide: EGRESS,
    inject: [DELIVERY_CONFIG, SERVICE_CONTEXT],
    useFactory: (config: DeliveryConfig, { environment }: ServiceContext) => egressOf(config, environment),
  },
  {
    provide: STATE_FILES,
    inject: [DELIVERY_CONFIG, SERVICE_CONTEXT],
    useFactory: (config: DeliveryConfig, { environment }: ServiceContext) =>
      new StateFiles(stateDirectoryOf(config, environment)),
  },
  {
    provide: LINKS,
    inject: [DELIVERY_CONFIG, SERVICE_CONTEXT],
    useFactory: (config: DeliveryConfig, { environment, logger }: ServiceContext): Links | null => {
      const { INTERLOCK_PUBLIC_URL: base, ALERTING_LINK_KEY_FILE: file, ALERTING_LINK_S: life } = config;
      const keys = base === undefined ? null : linkKeysOf(file, stateDirectoryOf(config, environment));
      if (base !== undefined && keys !== null) return linksTo(base, keys, life);
      logger.info('messages have no links: INTERLOCK_PUBLIC_URL and a key or ALERTING_STATE_DIR are needed');
      return null;
    },
  },
  {
    provide: WEBHOOK_KEYS,
    inject: [DELIVERY_CONFIG, SERVICE_CONTEXT],
    useFactory: (config: DeliveryConfig, { environment }: ServiceContext): LinkKeys | null =>
      linkKeysOf(config.ALERTING_LINK_KEY_FILE, stateDirectoryOf(config, environment)),
  },
];

/**
 * The module that delivers alerts to people: channels, routes, the queue of notices and its worker.
 */
@Module({
  controllers: [
    ChannelsController,
    changeRpc('alerting'),
    LinksController,
    RotasController,
    RoutesController,
    WebhooksController,
  ],
  providers: [
    ...configured,
    settingChanges,
    DeliverySettings,
    AlertHandler,
    ChannelHandler,
    RouteHandler,
    LinkHandler,
    RotaHandler,
    WebhookHandler,
    WebhooksQueries,
    RotasQueries,
    OnCallReader,
    ReachWatch,
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
