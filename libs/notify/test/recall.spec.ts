import { describe, expect, it } from '@jest/globals';
import { parseStream } from '@interlock/contracts';
import { fold, type DomainEvent } from '@interlock/kernel';
import {
  channelDecider,
  channelRecall,
  deliveryDecider,
  deliveryRecall,
  routeDecider,
  routeRecall,
} from '../src/index.js';
import { alertId, delivered, exampleEvents, route, second, webhook } from './golden.js';

const events = exampleEvents();
const event = (type: string, data?: object): DomainEvent => ({ type, data: data ?? events[type] ?? {} });
/** The decision that wrote an event, made again. */
const again = (
  recall: typeof channelRecall | typeof routeRecall | typeof deliveryRecall,
  stream: string,
  before: readonly DomainEvent[],
  { type, data }: DomainEvent,
): readonly DomainEvent[] => {
  const of = parseStream(stream);
  const state = fold(recall.decider as never, before as never);
  const commands = recall.recall([{ type, data }] as never, state as never, of!) ?? [];
  return commands.flatMap(
    (command) => recall.decider.decide(command as never, state as never) as readonly DomainEvent[],
  );
};

describe('each event of notify is decided again from itself', () => {
  const configured = event('ChannelConfigured');
  it.each([
    ['ChannelConfigured', channelRecall, 'channel-demo:ops', []],
    ['ChannelTested', channelRecall, 'channel-demo:ops', [configured]],
    ['ChannelRemoved', channelRecall, 'channel-demo:ops', [configured]],
    ['AlertRoutesChanged', routeRecall, 'route-demo:routes', []],
    ['NotificationDelivered', deliveryRecall, `delivery-demo:${alertId}`, []],
    ['NotificationFailed', deliveryRecall, `delivery-demo:${alertId}`, []],
    ['NotificationEscalated', deliveryRecall, `delivery-demo:${alertId}`, []],
  ] as const)('%s', (type, recall, stream, before) => {
    expect(again(recall, stream, before, event(type))).toEqual([event(type)]);
  });

  it('and there is no other', () => {
    const types = [...channelDecider.types, ...routeDecider.types, ...deliveryDecider.types];
    expect(Object.keys(events).sort()).toEqual([...types].sort());
  });
});

describe('what nobody can have decided is not decided again', () => {
  it.each([
    [
      'a channel that is configured as it is',
      channelRecall,
      'channel-demo:ops',
      [event('ChannelConfigured')],
      event('ChannelConfigured'),
    ],
    [
      'the removal of a channel that is not there',
      channelRecall,
      'channel-demo:ops',
      [],
      event('ChannelRemoved'),
    ],
    ['an event of another channel', channelRecall, 'channel-demo:other', [], event('ChannelConfigured')],
    [
      'a secret in the settings',
      channelRecall,
      'channel-demo:ops',
      [],
      event('ChannelConfigured', { channel_id: 'ops', settings: { ...webhook, secret_ref: 'whsec_plain' } }),
    ],
    [
      'routes in a circle',
      routeRecall,
      'route-demo:routes',
      [],
      event('AlertRoutesChanged', {
        routes: [route, { ...second, escalation: { after_s: 60, route: route.name } }],
      }),
    ],
    [
      'a notice that ended before',
      deliveryRecall,
      `delivery-demo:${alertId}`,
      [event('NotificationDelivered')],
      event('NotificationFailed'),
    ],
    [
      'a notice of another alert',
      deliveryRecall,
      'delivery-demo:other',
      [],
      event('NotificationDelivered', delivered),
    ],
  ] as const)('%s', (_, recall, stream, before, one) => {
    expect(again(recall, stream, before, one)).toEqual([]);
  });
});
