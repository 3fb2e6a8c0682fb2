import type { Decided, DecidedStreams } from '@interlock/kernel';
import {
  channelDecider,
  checkChannel,
  type ChannelCommand,
  type ChannelEvent,
  type ChannelState,
} from './channel.js';
import { deliveryDecider, type DeliveryCommand, type DeliveryEvent, type DeliveryState } from './delivery.js';
import { checkRoutes, routeDecider, type RouteCommand, type RouteEvent, type RouteState } from './routes.js';

export const channelDecided: Decided<ChannelCommand, ChannelEvent, ChannelState> = {
  category: 'channel',
  kind: 'channel',
  decider: channelDecider,
  whole: ({ type }) => type !== 'ChannelTested',
  holds: ({ type, data }, { id }) =>
    data.channel_id === id && (type !== 'ChannelConfigured' || checkChannel(data.settings).length === 0),
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

/** The streams of this context. */
export const notifyStreams: readonly DecidedStreams[] = [channelDecided, routeDecided, deliveryDecided];
