import { describe, expect, it } from '@jest/globals';
import { testMetadata, type DomainEvent, type RecordedCommand, type RecordedEvent } from '@interlock/kernel';
import { Replay, type ReplayReport } from '../src/index.js';

/** The notice of a test of the channel, which is about no alert. */
const alertId = '00000000-0000-5000-8000-000000000002';
const settings = { kind: 'webhook', url: 'https://hooks.example.org/x', secret_ref: 'file:ops' };
const plain = { alerts: null, severities: null, quiet_hours: null };
const routes = [
  { ...plain, name: 'all', channels: ['ops'], escalation: { after_s: 60, route: 'next' } },
  { ...plain, name: 'next', channels: ['*'], escalation: null },
];
const delivered = {
  channel_id: 'ops',
  dedup_key: `${alertId}:1:trigger`,
  alert_id: alertId,
  episode: 1,
  what: 'trigger',
  attempts: 1,
  detail: 'the receiver answered 200',
  reference: null,
};
const report = {
  title: 'The week of demo',
  text: 'Seven days.',
  sections: [{ heading: 'Days', text: 'All.', table: { head: ['day'], rows: [['Monday']] } }],
};
const reportId = '00000000-0000-7000-8000-000000000003';
const requested = { channel_id: 'ops', report_id: reportId, name: 'weekly', report };
const ofReport = {
  ...delivered,
  dedup_key: `${reportId}:1:report`,
  alert_id: reportId,
  what: 'report',
};
const uneven = { ...report.sections[0], table: { head: ['day'], rows: [['Monday', '1']] } };
const story: readonly (readonly [string, DomainEvent])[] = [
  ['channel-demo:ops', { type: 'ChannelConfigured', data: { channel_id: 'ops', settings } }],
  ['channel-demo:ops', { type: 'ChannelTested', data: { channel_id: 'ops', test_id: alertId } }],
  ['channel-demo:ops', { type: 'ReportRequested', data: requested }],
  ['route-demo:routes', { type: 'AlertRoutesChanged', data: { routes } }],
  [
    `delivery-demo:${alertId}`,
    {
      type: 'NotificationEscalated',
      data: { alert_id: alertId, episode: 1, from_route: 'all', to_route: 'next', detail: 'd' },
    },
  ],
  [`delivery-demo:${alertId}`, { type: 'NotificationDelivered', data: delivered }],
  [`delivery-demo:${alertId}`, { type: 'NotificationFailed', data: { ...delivered, channel_id: 'pager' } }],
  [`delivery-demo:${reportId}`, { type: 'NotificationDelivered', data: ofReport }],
  ['channel-demo:ops', { type: 'ChannelRemoved', data: { channel_id: 'ops' } }],
];

/** The command of each event, as its metadata hold it. */
const commands: { readonly [type: string]: RecordedCommand } = {
  ChannelConfigured: { kind: 'configure', from: ['*'] },
  ChannelTested: { kind: 'test', from: ['*'] },
  ReportRequested: { kind: 'report', from: ['*'] },
  ChannelRemoved: { kind: 'remove', from: ['*'] },
  AlertRoutesChanged: { kind: 'change', from: ['*'] },
  NotificationEscalated: { kind: 'escalate', into: { data: ['*'] } },
  NotificationDelivered: { kind: 'delivered', into: { data: ['*'] } },
  NotificationFailed: { kind: 'failed', into: { data: ['*'] } },
};

/** These loosen, so they name a change request. It is not part of the story. */
const loosening: readonly string[] = ['AlertRoutesChanged', 'ChannelRemoved'];
const change = { id: '00000000-0000-4000-8000-000000000009', digest: 'd'.repeat(64) };

const replayed = (told: typeof story): ReplayReport => {
  const revisions = new Map<string, bigint>();
  const replay = new Replay({ whole: false });
  for (const [place, [stream, { type, data }]] of told.entries()) {
    const revision = (revisions.get(stream) ?? -1n) + 1n;
    revisions.set(stream, revision);
    const position = { commit: BigInt(place + 1), prepare: BigInt(place + 1) };
    const metadata = testMetadata({
      command: commands[type]!,
      ...(loosening.includes(type) ? { change } : {}),
    });
    const event: RecordedEvent = {
      id: `e-${place}`,
      type,
      data,
      stream,
      revision,
      position,
      created: metadata.occurred_at,
      metadata,
    };
    if (!replay.take(event)) break;
  }
  return replay.end();
};
const altered = (type: string, change: object): typeof story =>
  story.map(([stream, event]) =>
    event.type === type ? [stream, { ...event, data: { ...event.data, ...change } }] : [stream, event],
  );

describe('a replay of channels, routes and deliveries', () => {
  it('replays each of their decisions', () => {
    expect(replayed(story)).toMatchObject({
      difference: null,
      checked: { channel: 4, routes: 1, delivery: 4 },
      unknown: {},
    });
  });

  it.each([
    ['ChannelConfigured', { settings: { ...settings, secret_ref: 'whsec_plain' } }, 'channel'],
    ['ChannelConfigured', { channel_id: 'other' }, 'channel'],
    ['ChannelTested', { channel_id: 'other' }, 'channel'],
    ['ReportRequested', { channel_id: 'other' }, 'channel'],
    ['ReportRequested', { report: { ...report, sections: [uneven] } }, 'channel'],
    ['AlertRoutesChanged', { routes: [routes[0]] }, 'routes'],
    ['NotificationDelivered', { alert_id: 'other' }, 'delivery'],
    ['NotificationFailed', { channel_id: 'ops' }, 'delivery'],
  ])('finds a %s that no decider can have written', (type, change, kind) => {
    expect(replayed(altered(type, change)).difference).toMatchObject({ type, kind });
  });

  it('finds a report that was sent through a channel which takes only alerts', () => {
    const pagerduty = {
      kind: 'pagerduty',
      routing_key_ref: 'file:pd',
      url: 'https://events.pagerduty.com/v2/enqueue',
    };
    expect(replayed(altered('ChannelConfigured', { settings: pagerduty })).difference).toMatchObject({
      type: 'ReportRequested',
      kind: 'channel',
    });
  });
});
