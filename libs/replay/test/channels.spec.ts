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
const story: readonly (readonly [string, DomainEvent])[] = [
  ['channel-demo:ops', { type: 'ChannelConfigured', data: { channel_id: 'ops', settings } }],
  ['channel-demo:ops', { type: 'ChannelTested', data: { channel_id: 'ops', test_id: alertId } }],
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
  ['channel-demo:ops', { type: 'ChannelRemoved', data: { channel_id: 'ops' } }],
];

/** The command of each event, as its metadata hold it. */
const commands: { readonly [type: string]: RecordedCommand } = {
  ChannelConfigured: { kind: 'configure', from: ['*'] },
  ChannelTested: { kind: 'test', from: ['*'] },
  ChannelRemoved: { kind: 'remove', from: ['*'] },
  AlertRoutesChanged: { kind: 'change', from: ['*'] },
  NotificationEscalated: { kind: 'escalate', into: { data: ['*'] } },
  NotificationDelivered: { kind: 'delivered', into: { data: ['*'] } },
  NotificationFailed: { kind: 'failed', into: { data: ['*'] } },
};

const replayed = (told: typeof story): ReplayReport => {
  const revisions = new Map<string, bigint>();
  const replay = new Replay({ whole: true });
  for (const [place, [stream, { type, data }]] of told.entries()) {
    const revision = (revisions.get(stream) ?? -1n) + 1n;
    revisions.set(stream, revision);
    const position = { commit: BigInt(place + 1), prepare: BigInt(place + 1) };
    const metadata = testMetadata({ command: commands[type]! });
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
      checked: { channel: 3, routes: 1, delivery: 3 },
      unknown: {},
    });
  });

  it.each([
    ['ChannelConfigured', { settings: { ...settings, secret_ref: 'whsec_plain' } }, 'channel'],
    ['ChannelConfigured', { channel_id: 'other' }, 'channel'],
    ['ChannelTested', { channel_id: 'other' }, 'channel'],
    ['AlertRoutesChanged', { routes: [routes[0]] }, 'routes'],
    ['NotificationDelivered', { alert_id: 'other' }, 'delivery'],
    ['NotificationFailed', { channel_id: 'ops' }, 'delivery'],
  ])('finds a %s that no decider can have written', (type, change, kind) => {
    expect(replayed(altered(type, change)).difference).toMatchObject({ type, kind });
  });
});
