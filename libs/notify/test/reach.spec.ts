import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import {
  onCallOf,
  planEscalated,
  planFired,
  reachFindings,
  rotaDecider,
  routesOf,
  type AlertRoute,
  type Reach,
  type Rota,
  type RotaCommand,
  type RotaState,
} from '../src/index.js';

const at = '2026-03-24T12:00:00.000Z';
const next = '2026-03-31T12:00:00.000Z';
const rota: Rota = {
  time_zone: 'Europe/London',
  starts_on: '2026-03-23',
  handover: '09:00',
  weeks: 1,
  members: [
    { name: 'ann', channels: ['ann-mail'], external_id: 'P1' },
    { name: 'ben', channels: ['ben-mail'], external_id: 'P2' },
  ],
  source: null,
};
const remote: Rota = {
  ...rota,
  source: { kind: 'pagerduty', schedule_id: 'S1', api_url: 'https://api.example.org', token_ref: 'env:X' },
};
const after = (...commands: readonly RotaCommand[]): RotaState =>
  commands.reduce<RotaState>(
    (state, command) => fold(rotaDecider, rotaDecider.decide(command, state), {}, state),
    rotaDecider.initial,
  );
const set = (one: Rota): RotaCommand => ({ kind: 'set', rota_id: 'primary', rota: one });

const plain = { alerts: null, severities: null, quiet_hours: null, escalation: null };
const duty: AlertRoute = {
  ...plain,
  name: 'duty',
  channels: ['@primary'],
  escalation: { after_s: 300, route: 'backup' },
};
const backup: AlertRoute = { ...plain, name: 'backup', alerts: [], channels: ['@secondary'] };
const reach: Reach = {
  routes: [duty, backup],
  channels: ['ann-mail', 'ben-mail', 'cid-mail', 'hook'],
  people: ['ann-mail', 'ben-mail', 'cid-mail'],
  critical_to: 'everyone',
  rotas: {
    primary: after(set(rota)),
    secondary: after(set({ ...rota, members: [{ name: 'cid', channels: ['cid-mail'], external_id: null }] })),
  },
};
const channelsOf = (of: Reach, severity: 'high' | 'critical', when = at): readonly string[] =>
  routesOf(of, { name: 'x', severity, except: null }, when).targets.map(({ channel_id }) => channel_id);

describe('a route to a rota', () => {
  it('leads to whoever is on call at the time, and escalates along the rotas', () => {
    expect(channelsOf(reach, 'high')).toEqual(['ann-mail']);
    expect(channelsOf(reach, 'high', next)).toEqual(['ben-mail']);
    const plan = planFired(
      null,
      'demo',
      { alert_id: 'a', name: 'x', severity: 'high', detail: 'd', cause: { type: 'T', stream: 's-demo:1' } },
      at,
      reach,
    )!;
    expect(plan.escalations).toEqual([
      { from_route: 'duty', to_route: 'backup', due_at: '2026-03-24T12:05:00.000Z' },
    ]);
    const of = { episode: 1, to_route: 'backup', at: '2026-03-24T12:05:00.000Z' };
    expect(planEscalated(plan.alert, of, reach).notices).toMatchObject([{ channel_id: 'cid-mail' }]);
    expect(planEscalated({ ...plan.alert, status: 'acknowledged' }, of, reach).notices).toEqual([]);
  });

  it('asks who is on call when the quiet hours end', () => {
    const quiet = { time_zone: 'Europe/London', from: '22:00', to: '10:00' };
    const night: Reach = { ...reach, routes: [{ ...duty, quiet_hours: quiet }, backup] };
    expect(channelsOf(night, 'high', '2026-03-29T23:00:00.000Z')).toEqual(['ben-mail']);
  });

  it.each([
    ['a rota that does not exist', { ...reach, rotas: {} }],
    [
      'a rota that has not begun',
      { ...reach, rotas: { primary: after(set({ ...rota, starts_on: '2027-01-01' })) } },
    ],
    ['a provider that was not read', { ...reach, rotas: { primary: after(set(remote)) } }],
    [
      'a provider that cannot be read',
      {
        ...reach,
        rotas: {
          primary: after(set(remote), { kind: 'unreadable', rota_id: 'primary', detail: 'it answered 500' }),
        },
      },
    ],
    ['a member without a channel that exists', { ...reach, channels: ['cid-mail'], people: ['cid-mail'] }],
  ] as const)('falls back to everyone by %s', (_, of: Reach) => {
    expect(channelsOf(of, 'high')).toEqual(of.people);
  });
});

describe('a critical alert', () => {
  it('goes to every channel that reaches people, whatever the routes, and to no further program', () => {
    expect(channelsOf(reach, 'critical')).toEqual(['ann-mail', 'ben-mail', 'cid-mail']);
    expect(channelsOf({ ...reach, routes: [] }, 'critical')).toEqual(['ann-mail', 'ben-mail', 'cid-mail']);
    const quiet = { ...duty, quiet_hours: { time_zone: 'UTC', from: '00:00', to: '23:59' } };
    expect(channelsOf({ ...reach, routes: [quiet, backup] }, 'critical')).toHaveLength(3);
  });

  it('goes where the routes lead if the tenant has said so, and to everyone where they lead nowhere', () => {
    expect(channelsOf({ ...reach, critical_to: 'routes' }, 'critical')).toEqual(['ann-mail']);
    expect(channelsOf({ ...reach, critical_to: 'routes', routes: [] }, 'critical')).toEqual([
      ...reach.channels,
    ]);
  });
});

describe('a rota of a provider', () => {
  const read = (...members: readonly string[]): RotaCommand => ({
    kind: 'read',
    rota_id: 'primary',
    members,
  });

  it('says what the provider said last, until it cannot be read', () => {
    expect(onCallOf(after(set(remote), read('ben')), at)).toEqual({
      members: ['ben'],
      channels: ['ben-mail'],
    });
    expect(onCallOf(after(set(remote), read()), at)).toEqual({ unknown: 'nobody is on call' });
    const failed = after(set(remote), read('ben'), {
      kind: 'unreadable',
      rota_id: 'primary',
      detail: 'gone',
    });
    expect(onCallOf(failed, at)).toEqual({ unknown: 'gone' });
    expect(rotaDecider.decide({ kind: 'unreadable', rota_id: 'primary', detail: 'again' }, failed)).toEqual(
      [],
    );
    expect(rotaDecider.decide(read('ben'), after(set(remote), read('ben')))).toEqual([]);
  });

  it('gives way to an override, and is asked anew where its source changes', () => {
    const override = { override_id: 'o', member: 'ann', from: at, until: next };
    const state = after(set(remote), read('ben'), { kind: 'override', rota_id: 'primary', override });
    expect(onCallOf(state, at)).toMatchObject({ members: ['ann'] });
    expect(onCallOf(state, next)).toMatchObject({ members: ['ben'] });
    const other = { ...remote, source: { ...remote.source!, schedule_id: 'S2' } };
    expect(after(set(remote), read('ben'), set(other)).read).toBeNull();
  });

  it('refuses an override of a stranger, of no time, and of a missing rota', () => {
    const of = (over: object, state = after(set(rota))): object =>
      rotaDecider.decide(
        {
          kind: 'override',
          rota_id: 'primary',
          override: { override_id: 'o', member: 'ann', from: at, until: next, ...over },
        },
        state,
      );
    expect(() => of({ member: 'zoe' })).toThrow('validation-failed');
    expect(() => of({ until: at })).toThrow('validation-failed');
    expect(() => of({}, rotaDecider.initial)).toThrow('not-found');
    expect(of({})).toMatchObject([{ type: 'RotaOverridden' }]);
  });
});

describe('where nobody would be notified', () => {
  const codes = (of: Reach, failing: readonly string[] = []): readonly string[] =>
    reachFindings(of, failing, at).map(({ code }) => code);

  it('is found without a channel for people, and where all of them fail', () => {
    expect(codes(reach)).toEqual([]);
    expect(codes({ ...reach, people: [] })).toEqual(['no-channel']);
    expect(codes({ ...reach, routes: [] }, reach.people)).toEqual(['all-failing']);
    expect(codes({ ...reach, routes: [] }, ['ann-mail', 'ben-mail'])).toEqual([]);
  });

  it('is found where a route leads to a rota by which nobody can be reached', () => {
    expect(codes({ ...reach, rotas: { primary: reach.rotas['primary']! } })).toEqual(['no-such-rota']);
    expect(codes(reach, ['ann-mail'])).toEqual(['nobody-on-call']);
    const removed = after(set(rota), { kind: 'remove', rota_id: 'primary' });
    expect(codes({ ...reach, rotas: { ...reach.rotas, primary: removed } })).toEqual(['no-such-rota']);
  });
});
