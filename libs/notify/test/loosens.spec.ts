import { describe, expect, it } from '@jest/globals';
import { channelLoosens, defaultRoutes, rotaLoosens, routesLoosen, type AlertRoute } from '../src/index.js';

const pointers = (found: readonly { readonly pointer: string }[]): readonly string[] =>
  found.map(({ pointer }) => pointer);

describe('what loosens a channel', () => {
  const mail = {
    kind: 'email',
    host: 'mail.example.org',
    port: 587,
    security: 'starttls',
    from: 'a@example.org',
    to: ['ann@example.org'],
    username: null,
    password_ref: null,
  } as const;
  const teams = { kind: 'teams', url_ref: 'env:A' } as const;
  it.each([
    ['a new one', null, teams, []],
    ['the same again', teams, teams, []],
    ['one that is removed', teams, null, ['']],
    ['another address', teams, { ...teams, url_ref: 'env:B' }, ['']],
    ['another kind', teams, mail, ['']],
    ['a further recipient', mail, { ...mail, to: [...mail.to, 'ben@example.org'] }, []],
    ['another recipient', mail, { ...mail, to: ['ben@example.org'] }, ['/to']],
    ['another host', mail, { ...mail, host: 'else.example.org' }, ['']],
  ] as const)('%s', (_, before, after, expected) => {
    expect(pointers(channelLoosens({ settings: before }, { settings: after }))).toEqual(expected);
  });
});

describe('what loosens routes', () => {
  const route: AlertRoute = {
    name: 'duty',
    alerts: ['rollback_failed'],
    severities: ['critical'],
    channels: ['pager'],
    quiet_hours: null,
    escalation: { after_s: 60, route: 'backup' },
  };
  const quiet = { from: '22:00', until: '06:00', time_zone: 'UTC' } as never;
  it.each<[string, readonly AlertRoute[] | null, readonly AlertRoute[], readonly string[]]>([
    ['the same again', [route], [route], []],
    ['a further channel', [route], [{ ...route, channels: ['pager', 'chat'] }], []],
    ['every channel', [route], [{ ...route, channels: ['*'] }], []],
    ['further alerts', [route], [{ ...route, alerts: null }], []],
    ['a channel less', [route], [{ ...route, channels: ['chat'] }], ['/routes/duty/channels']],
    ['an alert less', [route], [{ ...route, alerts: [] }], ['/routes/duty/alerts']],
    ['fewer alerts than all', [{ ...route, alerts: null }], [route], ['/routes/duty/alerts']],
    ['another severity', [route], [{ ...route, severities: ['high'] }], ['/routes/duty/severities']],
    ['quiet hours', [route], [{ ...route, quiet_hours: quiet }], ['/routes/duty/quiet_hours']],
    ['no escalation', [route], [{ ...route, escalation: null }], ['/routes/duty/escalation']],
    ['a route less', [route, { ...route, name: 'other' }], [route], ['/routes/other']],
    ['a new route of low alerts', [], [{ ...route, severities: ['low'] }], []],
    ['a new route to everyone', [], [{ ...route, channels: ['*'] }], []],
    ['a new route of critical alerts', [], [route], ['/routes/duty']],
    ['all those by default', null, defaultRoutes, []],
  ])('%s', (_, before, after, expected) => {
    expect(pointers(routesLoosen({ routes: before }, { routes: after }))).toEqual(expected);
  });

  it('those by default that are left out, and critical alerts that the routes decide on', () => {
    expect(pointers(routesLoosen({ routes: null }, { routes: [], critical_to: 'routes' }))).toEqual([
      ...defaultRoutes.map(({ name }) => `/routes/${name}`),
      '/critical_to',
    ]);
  });
});

describe('what loosens a rota', () => {
  const rota = {
    time_zone: 'Europe/London',
    starts_on: '2026-01-05',
    handover: '09:00',
    weeks: 1,
    members: [{ name: 'ann', channels: ['ann'], external_id: null }],
    source: null,
  };
  const ben = { name: 'ben', channels: ['ben'], external_id: null };
  const of = (one: typeof rota | null) => ({ rota: one, overrides: [], read: null });
  it.each([
    ['a new one', null, rota, ['']],
    ['one that is removed', rota, null, []],
    ['a further member', rota, { ...rota, members: [...rota.members, ben] }, []],
    ['another member', rota, { ...rota, members: [ben] }, ['/members/ann']],
    [
      'a channel less',
      rota,
      { ...rota, members: [{ ...rota.members[0]!, channels: ['x'] }] },
      ['/members/ann/channels'],
    ],
    ['another time', rota, { ...rota, handover: '10:00' }, []],
  ])('%s', (_, before, after, expected) => {
    expect(pointers(rotaLoosens(of(before), of(after)))).toEqual(expected);
  });
});
