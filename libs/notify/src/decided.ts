import type { Decided, DecidedStreams } from '@interlock/kernel';
import {
  channelDecider,
  checkChannel,
  type ChannelCommand,
  type ChannelEvent,
  type ChannelState,
} from './channel.js';
import { checkReport } from './report/content.js';
import { deliveryDecider, type DeliveryCommand, type DeliveryEvent, type DeliveryState } from './delivery.js';
import { linkDecider, type LinkCommand, type LinkEvent, type LinkState } from './link.js';
import { checkRota } from './rota/rota.js';
import { rotaDecider, type RotaCommand, type RotaEvent, type RotaState } from './rota/rota-decider.js';
import { checkRoutes, routeDecider, type RouteCommand, type RouteEvent, type RouteState } from './routes.js';
import {
  webhookDecider,
  webhooksOf,
  type WebhookCommand,
  type WebhookEvent,
  type WebhookState,
} from './webhook.js';

export const channelDecided: Decided<ChannelCommand, ChannelEvent, ChannelState> = {
  category: 'channel',
  kind: 'channel',
  decider: channelDecider,
  whole: ({ type }) => type === 'ChannelConfigured' || type === 'ChannelRemoved',
  holds: ({ type, data }, { id }) =>
    data.channel_id === id &&
    (type !== 'ChannelConfigured' || checkChannel(data.settings).length === 0) &&
    (type !== 'ReportRequested' || checkReport(data.report).length === 0),
};

export const routeDecided: Decided<RouteCommand, RouteEvent, RouteState> = {
  category: 'route',
  kind: 'routes',
  decider: routeDecider,
  whole: () => true,
  holds: ({ data }) => checkRoutes(data.routes).length === 0,
};

/**
 * Nobody can check again whether a receiver accepted a notice. A replay can check that each ended
 * only once.
 */
export const deliveryDecided: Decided<DeliveryCommand, DeliveryEvent, DeliveryState> = {
  category: 'delivery',
  kind: 'delivery',
  decider: deliveryDecider,
  holds: ({ data }, { id }) => data.alert_id === id,
};

export const rotaDecided: Decided<RotaCommand, RotaEvent, RotaState> = {
  category: 'rota',
  kind: 'rota',
  decider: rotaDecider,
  // Nobody can check again what a provider answered.
  holds: ({ type, data }, { id }) =>
    data.rota_id === id && (type !== 'RotaSet' || checkRota(data.rota).length === 0),
};

export const linkDecided: Decided<LinkCommand, LinkEvent, LinkState> = {
  category: 'link',
  kind: 'link',
  decider: linkDecider,
  holds: ({ type, data }, { id }) => type === 'LinkRefused' || data.link_id === id,
};

export const webhookDecided: Decided<WebhookCommand, WebhookEvent, WebhookState> = {
  category: 'webhook',
  kind: 'webhook',
  decider: webhookDecider,
  holds: ({ data }, { id }) => webhooksOf(data.owner) === id,
};

/** The streams of this context. */
export const notifyStreams: readonly DecidedStreams[] = [
  channelDecided,
  routeDecided,
  deliveryDecided,
  linkDecided,
  rotaDecided,
  webhookDecided,
];
