import { fold, type DomainEvent } from '@interlock/kernel';
import {
  channelDecider,
  deliveryDecider,
  linkDecider,
  rotaDecider,
  routeDecider,
  webhookDecider,
  type AlertRoute,
  type ChannelSettings,
  type Delivered,
  type Report,
  type Rota,
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

export const report: Report = {
  title: 'The week of demo',
  text: 'From 2026-11-16 to 2026-11-23.',
  sections: [
    {
      heading: 'Outcomes by day',
      text: 'Actions that ended.',
      none: 'No action ended.',
      table: { head: ['day', 'COMPLETED'], rows: [['2026-11-20', '12']] },
    },
    {
      heading: 'Incidents',
      text: 'Incidents that were opened.',
      none: 'No incident was opened.',
      table: { head: ['title'], rows: [] },
    },
  ],
};
export const reportRequest = {
  channel_id: 'ops',
  report_id: '00000000-0000-7000-8000-000000000008',
  name: 'weekly',
  report,
} as const;

const rota: Rota = {
  time_zone: 'Europe/London',
  starts_on: '2026-11-30',
  handover: '09:00',
  weeks: 1,
  members: [{ name: 'ann', channels: ['ann-mail'], external_id: 'PABC123' }],
  source: {
    kind: 'pagerduty',
    schedule_id: 'PSCHED1',
    api_url: 'https://api.pagerduty.com',
    token_ref: 'file:pagerduty-api',
  },
};
const rotaExamples = (): readonly DomainEvent[] => {
  const rota_id = 'primary';
  const override = {
    override_id: '00000000-0000-7000-8000-000000000003',
    member: 'ann',
    from: '2026-12-24T09:00:00.000Z',
    until: '2026-12-27T09:00:00.000Z',
  };
  const set = rotaDecider.decide({ kind: 'set', rota_id, rota }, rotaDecider.initial);
  const there = fold(rotaDecider, set);
  const overridden = rotaDecider.decide({ kind: 'override', rota_id, override }, there);
  const { override_id } = override;
  return [
    ...set,
    ...overridden,
    ...rotaDecider.decide({ kind: 'lift', rota_id, override_id }, fold(rotaDecider, overridden, {}, there)),
    ...rotaDecider.decide({ kind: 'read', rota_id, members: ['ann'] }, there),
    ...rotaDecider.decide({ kind: 'unreadable', rota_id, detail: 'pagerduty answered 500' }, there),
    ...rotaDecider.decide({ kind: 'remove', rota_id }, there),
  ];
};
const linkExamples = (): readonly DomainEvent[] => {
  const link_id = '00000000-0000-5000-8000-000000000004';
  const by = 'person:00000000-0000-7000-8000-000000000005';
  const open = {
    kind: 'open' as const,
    link_id,
    alert_id: alertId,
    channel_id: 'ops',
    page: '/plans/p-1?digest=d',
    by,
    expires_at: '2026-11-21T10:00:00.000Z',
    now: '2026-11-20T10:00:00.000Z',
  };
  const opened = linkDecider.decide(open, linkDecider.initial);
  return [...opened, ...linkDecider.decide(open, fold(linkDecider, opened))];
};

const webhookExamples = (): readonly DomainEvent[] => {
  const of = { webhook_id: '00000000-0000-7000-8000-000000000006', owner: 'service:agent.inbox' };
  const registered = webhookDecider.decide(
    {
      kind: 'register',
      ...of,
      requesters: ['service:agent.inbox', 'service:nats.demo.inbox'],
      url: 'https://agents.example.org/outcomes',
    },
    webhookDecider.initial,
  );
  const there = fold(webhookDecider, registered);
  return [
    ...registered,
    ...webhookDecider.decide(
      {
        kind: 'tested',
        ...of,
        test_id: '00000000-0000-7000-8000-000000000007',
        delivered: true,
        detail: 'the receiver answered 204',
      },
      there,
    ),
    ...webhookDecider.decide({ kind: 'stop', ...of, detail: 'the receiver answered 410' }, there),
    ...webhookDecider.decide({ kind: 'remove', ...of }, there),
  ];
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
    ...channelDecider.decide({ kind: 'report', ...reportRequest }, there),
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
    ...deliveryDecider.decide(
      { kind: 'replay', data: { channel_id: 'ops', dedup_key: delivered.dedup_key, alert_id: alertId } },
      fold(
        deliveryDecider,
        deliveryDecider.decide({ kind: 'delivered', data: delivered }, deliveryDecider.initial),
      ),
    ),
    ...rotaExamples(),
    ...webhookExamples(),
    ...linkExamples(),
  ];
  return Object.fromEntries(events.map(({ type, data }) => [type, data]));
};
