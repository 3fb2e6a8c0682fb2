import { describe, expect, it } from '@jest/globals';
import {
  channelKinds,
  channelMembers,
  keepsEpisodes,
  reachOf,
  type ChannelKind,
  type ChannelMember,
} from '@interlock/contracts';
import { fold } from '@interlock/kernel';
import {
  channelDecider,
  channelDecided,
  checkChannel,
  deliveryDecider,
  referencesOf,
  type ChannelSettings,
} from '../src/index.js';
import { delivered, reportRequest, webhook } from './golden.js';

const email: ChannelSettings = {
  kind: 'email',
  host: 'mail.example.org',
  port: 587,
  security: 'starttls',
  from: 'interlock@example.org',
  to: ['ops@example.org'],
  username: 'interlock',
  password_ref: 'env:CHANNEL_DEMO__MAIL',
};
const slack: ChannelSettings = { kind: 'slack', url_ref: 'file:slack', channel: '#policy-alerts' };
const pagerduty: ChannelSettings = {
  kind: 'pagerduty',
  routing_key_ref: 'env:CHANNEL_DEMO__PD',
  url: 'https://events.pagerduty.com/v2/enqueue',
};
const github: ChannelSettings = {
  kind: 'github',
  repository: 'acme/ran-ops',
  token_ref: 'file:github-token',
  api_url: 'https://api.github.com',
};

const teams: ChannelSettings = { kind: 'teams', url_ref: 'file:teams' };
const everyKind = [webhook, email, slack, teams, pagerduty, github];

describe('settings of channels', () => {
  it('are of every kind in the table', () =>
    expect(everyKind.map(({ kind }) => kind).sort()).toEqual([...channelKinds].sort()));

  it('have the members of the table, no more and no fewer', () => {
    type Has = {
      readonly [K in ChannelKind]: Exclude<keyof Extract<ChannelSettings, { readonly kind: K }>, 'kind'>;
    };
    type Listed = { readonly [K in ChannelKind]: ChannelMember<K> };
    // A difference between the two does not compile.
    const same: readonly [Has extends Listed ? 1 : 0, Listed extends Has ? 1 : 0] = [1, 1];
    expect(same).toEqual([1, 1]);
    for (const settings of everyKind) {
      const given = Object.keys(settings).filter((name) => name !== 'kind');
      const listed = channelMembers(settings.kind).map(({ name }) => name as string);
      expect(listed).toEqual(expect.arrayContaining(given));
    }
  });

  it('reach people, except undeclared webhooks and unknown kinds', () => {
    for (const one of everyKind.filter(({ kind }) => kind !== 'webhook')) expect(reachOf(one)).toBe('people');
    expect(reachOf({ kind: 'slack', reaches: 'programs' })).toBe('people');
    expect(reachOf(webhook)).toBe('programs');
    expect(reachOf({ ...webhook, reaches: 'people' })).toBe('people');
    for (const kind of ['pigeon', 'toString']) {
      expect(reachOf({ kind, reaches: 'people' })).toBe('programs');
      expect(keepsEpisodes(kind)).toBe(false);
    }
  });

  it('keep an episode open where the receiver has a thing to close', () =>
    expect(channelKinds.filter(keepsEpisodes)).toEqual(['pagerduty', 'github', 'webhook']));

  it.each(everyKind)('of kind $kind are accepted', (settings) => expect(checkChannel(settings)).toEqual([]));

  it.each([
    [{ ...webhook, url: 'ftp://example.org' }, ['/url']],
    [{ ...webhook, url: 'example.org' }, ['/url']],
    [{ ...webhook, url: 'https://user:password@example.org' }, ['/url']],
    [{ ...webhook, secret_ref: 'whsec_plain' }, ['/secret_ref']],
    [{ ...slack, channel: 'policy alerts' }, ['/channel']],
    [{ ...slack, url_ref: 'https://hooks.slack.com/services/T/B/x' }, ['/url_ref']],
    [{ ...slack, channel: null }, []],
    [{ ...teams, url_ref: 'https://example.org/hook' }, ['/url_ref']],
    [{ ...pagerduty, routing_key_ref: '' }, ['/routing_key_ref']],
    [{ ...github, repository: 'acme' }, ['/repository']],
    [{ ...github, repository: '../x/y' }, ['/repository']],
    [{ ...github, api_url: 'no' }, ['/api_url']],
    [{ ...email, host: '-x' }, ['/host']],
    [{ ...email, from: 'Interlock' }, ['/from']],
    [{ ...email, from: 'a@b\r\nBcc: c@d' }, ['/from']],
    ...[
      'a,b@c',
      'a@b,c',
      'a@b@c',
      'A <a@b>',
      'all:a@b',
      'a@b;c',
      'a(x)@b',
      'a@b\n',
      'a\0@b',
      'a\\@b',
      '@b',
    ].map((to) => [{ ...email, to: ['a@b', to] }, ['/to/1']] as const),
    [{ ...email, to: ["o'hara+on.call@例え.example"] }, []],
    [{ ...email, to: [] }, ['/to']],
    [{ ...email, to: ['a@b', 'c'] }, ['/to/1']],
    [{ ...email, username: null }, ['/password_ref']],
    [{ ...email, password_ref: null }, ['/password_ref']],
    [{ ...email, username: null, password_ref: null, security: 'none' }, []],
    [{ ...email, security: 'none' }, ['/security']],
  ] as const)('%j have faults at %j', (settings, pointers) =>
    expect(checkChannel(settings).map(({ pointer }) => pointer)).toEqual(pointers),
  );

  it('name their secrets', () => {
    const all = [...everyKind, { ...email, username: null, password_ref: null }];
    expect(all.map((one) => referencesOf(one).map(({ pointer }) => pointer))).toEqual([
      ['/secret_ref'],
      ['/password_ref'],
      ['/url_ref'],
      ['/url_ref'],
      ['/routing_key_ref'],
      ['/token_ref'],
      [],
    ]);
  });
});

describe('a channel', () => {
  const configure = { kind: 'configure', channel_id: 'ops', settings: webhook } as const;
  const there = fold(channelDecider, channelDecider.decide(configure, channelDecider.initial));
  const test = { kind: 'test', channel_id: 'ops', test_id: 't' } as const;

  it('is configured once, and changed by different settings', () => {
    expect(channelDecider.decide(configure, there)).toEqual([]);
    expect(channelDecider.decide({ ...configure, settings: slack }, there)).toHaveLength(1);
  });

  it('is removed once, and may come back', () => {
    const gone = fold(channelDecider, [
      ...channelDecider.decide(configure, channelDecider.initial),
      ...channelDecider.decide({ kind: 'remove', channel_id: 'ops' }, there),
    ]);
    expect(gone.settings).toBeNull();
    expect(channelDecider.decide({ kind: 'remove', channel_id: 'ops' }, gone)).toEqual([]);
    expect(channelDecider.decide(configure, gone)).toHaveLength(1);
    expect(() => channelDecider.decide(test, gone)).toThrow('there is no channel `ops`');
  });

  it('sends a report at each request, unless it is PagerDuty or gone', () => {
    const send = { kind: 'report', ...reportRequest } as const;
    expect(channelDecider.decide(send, there)).toEqual([{ type: 'ReportRequested', data: reportRequest }]);
    for (const settings of [email, slack, teams, github])
      expect(channelDecider.decide(send, { settings })).toHaveLength(1);
    expect(() => channelDecider.decide(send, { settings: pagerduty })).toThrow(
      expect.objectContaining({
        code: 'validation-failed',
        violations: [
          {
            pointer: '/path/id',
            detail: 'must not be a channel of kind pagerduty: PagerDuty takes alerts only',
          },
        ],
      }),
    );
    expect(() => channelDecider.decide(send, channelDecider.initial)).toThrow('there is no channel `ops`');
  });

  it('is tested at each request', () => {
    expect(channelDecider.decide(test, there)).toEqual([
      { type: 'ChannelTested', data: { channel_id: 'ops', test_id: 't' } },
    ]);
  });

  it('belongs to its own stream and has valid settings', () => {
    const holds = (data: object): boolean | undefined =>
      channelDecided.holds?.(
        { type: 'ChannelConfigured', data } as never,
        { tenant: 'demo', id: 'ops' },
        null,
      );
    expect(holds({ channel_id: 'ops', settings: webhook })).toBe(true);
    expect(holds({ channel_id: 'other', settings: webhook })).toBe(false);
    expect(holds({ channel_id: 'ops', settings: { ...webhook, secret_ref: 'plain' } })).toBe(false);
  });
});

describe('the result of a notice', () => {
  const done = fold(
    deliveryDecider,
    deliveryDecider.decide({ kind: 'delivered', data: delivered }, deliveryDecider.initial),
  );
  it('is recorded once, however often and with whatever result it is reported', () => {
    expect(deliveryDecider.decide({ kind: 'delivered', data: { ...delivered, attempts: 3 } }, done)).toEqual(
      [],
    );
    expect(deliveryDecider.decide({ kind: 'failed', data: delivered }, done)).toEqual([]);
    const other = { ...delivered, channel_id: 'pager' };
    expect(deliveryDecider.decide({ kind: 'failed', data: other }, done)).toHaveLength(1);
    const failed = fold(
      deliveryDecider,
      deliveryDecider.decide({ kind: 'failed', data: delivered }, deliveryDecider.initial),
    );
    expect(deliveryDecider.decide({ kind: 'delivered', data: delivered }, failed)).toEqual([]);
  });

  it("keeps the receiver's reference, by episode", () => {
    const named = { ...delivered, reference: '17' };
    const state = fold(
      deliveryDecider,
      deliveryDecider.decide({ kind: 'delivered', data: named }, deliveryDecider.initial),
    );
    expect(state.references).toEqual({ 'ops/1': '17' });
    expect(done.references).toEqual({});
  });

  it('escalates from a route once in an episode', () => {
    const data = { alert_id: delivered.alert_id, episode: 1, from_route: 'a', to_route: 'b', detail: 'd' };
    const first = deliveryDecider.decide({ kind: 'escalate', data }, deliveryDecider.initial);
    const state = fold(deliveryDecider, first);
    expect(first).toHaveLength(1);
    expect(deliveryDecider.decide({ kind: 'escalate', data }, state)).toEqual([]);
    expect(deliveryDecider.decide({ kind: 'escalate', data: { ...data, episode: 2 } }, state)).toHaveLength(
      1,
    );
  });
});
