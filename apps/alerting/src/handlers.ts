import { alertDecider, incidentDecider } from '@interlock/alerting';
import {
  channelDecider,
  deliveryDecider,
  linkDecider,
  rotaDecider,
  routeDecider,
  webhookDecider,
} from '@interlock/notify';
import { handlerOf } from '@interlock/platform';

// The command handlers of this process, one per decider.
export class AlertHandler extends handlerOf(alertDecider) {}
export class IncidentHandler extends handlerOf(incidentDecider) {}
export class ChannelHandler extends handlerOf(channelDecider) {}
export class RouteHandler extends handlerOf(routeDecider) {}
export class RotaHandler extends handlerOf(rotaDecider) {}
export class LinkHandler extends handlerOf(linkDecider) {}
export class WebhookHandler extends handlerOf(webhookDecider) {}
export class DeliveryHandler extends handlerOf(deliveryDecider) {}
