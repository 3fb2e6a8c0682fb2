import type { DecidedStreams, RecalledStreams } from '@interlock/kernel';
import {
  channelDecider,
  checkChannel,
  type ChannelCommand,
  type ChannelEvent,
  type ChannelState,
} from './channel.js';
import { deliveryDecider, type DeliveryCommand, type DeliveryEvent, type DeliveryState } from './delivery.js';
import { checkRoutes, routeDecider, type RouteCommand, type RouteEvent, type RouteState } from './routes.js';

export const channelRecall: RecalledStreams<ChannelCommand, ChannelEvent, ChannelState> = {
  category: 'channel',
  kind: 'channel',
  decider: channelDecider,
  whole: ({ type }) => type !== 'ChannelTested',
  recall: ([{ type, data }], _state, { id }) => {
    if (data.channel_id !== id) return [];
    switch (type) {
      case 'ChannelConfigured':
        return checkChannel(data.settings).length > 0 ? [] : [{ kind: 'configure', ...data }];
      case 'ChannelRemoved':
        return [{ kind: 'remove', ...data }];
      case 'ChannelTested':
        return [{ kind: 'test', ...data }];
    }
  },
};

export const routeRecall: RecalledStreams<RouteCommand, RouteEvent, RouteState> = {
  category: 'route',
  kind: 'routes',
  decider: routeDecider,
  whole: () => true,
  recall: ([{ data }]) => (checkRoutes(data.routes).length > 0 ? [] : [{ kind: 'change', ...data }]),
};

/** Whether a receiver took it nobody can ask again; that each ended once can be. */
export const deliveryRecall: RecalledStreams<DeliveryCommand, DeliveryEvent, DeliveryState> = {
  category: 'delivery',
  kind: 'delivery',
  decider: deliveryDecider,
  recall: ([{ type, data }], _state, { id }) => {
    if (data.alert_id !== id) return [];
    switch (type) {
      case 'NotificationDelivered':
        return [{ kind: 'delivered', data }];
      case 'NotificationFailed':
        return [{ kind: 'failed', data }];
      case 'NotificationEscalated':
        return [{ kind: 'escalate', data }];
    }
  },
};

/** The streams of this context. */
export const notifyStreams: readonly DecidedStreams[] = [channelRecall, routeRecall, deliveryRecall];
