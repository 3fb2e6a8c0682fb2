import { fold, type DomainEvent } from '@interlock/kernel';
import {
  channelDecider,
  deliveryDecider,
  routeDecider,
  type AlertRoute,
  type ChannelSettings,
  type Delivered,
} from '../src/index.js';

export const webhook: ChannelSettings = {
  kind: 'webhook',
  url: 'https://hooks.example.org/interlock',
  secret_ref: 'env:CHANNEL_DEMO__OPS',
};
export const route: AlertRoute = {
  name: 'night',
  alerts: null,
  severities: ['high', 'critical'],
  channels: ['ops'],
  quiet_hours: { time_zone: 'Europe/London', from: '22:00', to: '07:00' },
  escalation: { after_s: 900, route: 'second' },
};
export const second: AlertRoute = {
  name: 'second',
  alerts: [],
  severities: null,
  channels: ['pager'],
  quiet_hours: null,
  escalation: null,
};
export const alertId = '00000000-0000-5000-8000-000000000002';
export const delivered: Delivered = {
  channel_id: 'ops',
  dedup_key: `${alertId}:1:trigger`,
  alert_id: alertId,
  episode: 1,
  what: 'trigger',
  attempts: 2,
  detail: 'the receiver answered 200',
  reference: null,
};

/** One example of each event of this context, as the deciders write it now. */
export const exampleEvents = (): { readonly [type: string]: object } => {
  const configured = channelDecider.decide(
    { kind: 'configure', channel_id: 'ops', settings: webhook },
    channelDecider.initial,
  );
  const there = fold(channelDecider, configured);
  const events: readonly DomainEvent[] = [
    ...configured,
    ...channelDecider.decide(
      { kind: 'test', channel_id: 'ops', test_id: '00000000-0000-7000-8000-000000000001' },
      there,
    ),
    ...channelDecider.decide({ kind: 'remove', channel_id: 'ops' }, there),
    ...routeDecider.decide({ kind: 'change', routes: [route, second] }, routeDecider.initial),
    ...deliveryDecider.decide({ kind: 'delivered', data: delivered }, deliveryDecider.initial),
    ...deliveryDecider.decide(
      { kind: 'failed', data: { ...delivered, detail: 'the receiver answered 410' } },
      deliveryDecider.initial,
    ),
    ...deliveryDecider.decide(
      {
        kind: 'escalate',
        data: {
          alert_id: alertId,
          episode: 1,
          from_route: 'night',
          to_route: 'second',
          detail: 'nobody acknowledged it in time: route `second` is told',
        },
      },
      deliveryDecider.initial,
    ),
  ];
  return Object.fromEntries(events.map(({ type, data }) => [type, data]));
};
