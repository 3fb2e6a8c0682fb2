import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { axisOf } from '../src/action/axis.js';
import { askedOf, deadlineOf, intervalsOf, leafName, riskOf, summaryOf, whyOf } from '../src/action/words.js';
import { ApiProblem, problemOf } from '../src/api/client.js';
import { createOwnWrites } from '../src/api/own-writes.js';
import { reconnectMs, staleKeys } from '../src/api/stale.js';
import {
  clockText,
  countdownText,
  counted,
  durationText,
  momentText,
  numberText,
  percentText,
  plainValue,
  rangeText,
  sentence,
  shortId,
} from '../src/format.js';
import { invitationIn, nextIn } from '../src/login/addresses.js';
import { readLines } from '../src/audit/lines.js';
import { keyName } from '../src/shell/key-name.js';
import {
  actorText,
  askedRelease,
  broadStops,
  isStopped,
  narrowStops,
  readAskedAs,
  stopText,
  type Use,
} from '../src/shell/stops.js';
import { holdRows } from '../src/ui/hold.js';
import { announcementAt } from '../src/ui/announcement.js';
import { faultAt } from '../src/ui/forms/faults.js';

describe('times and numbers', () => {
  it.each([
    [0, '0 ms'],
    [126, '126 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [59_999, '59 s'],
    [186_000, '3 min 6 s'],
    [3_600_000, '1 h'],
    [16_260_000, '4 h 31 min'],
    [183_600_000, '2 d 3 h'],
    [-5, '0 ms'],
    [Number.NaN, '–'],
  ])('%d ms is %s', (ms, text) => expect(durationText(ms)).toBe(text));

  it.each([
    [21_000, '0:21'],
    [20_001, '0:21'],
    [1_633_000, '27:13'],
    [3_723_000, '1:02:03'],
    [0, '0:00'],
    [-1, '0:00'],
  ])('a countdown with %d ms left shows %s', (ms, text) => expect(countdownText(ms)).toBe(text));

  it('names the day only where it is another one', () => {
    const now = Date.parse('2026-11-20T03:12:47.204Z');
    expect(clockText(now, 'utc', true)).toBe('03:12:47.204');
    expect(momentText('2026-11-20T00:00:00Z', 'utc', now)).toBe('00:00:00');
    expect(momentText('2026-11-19T22:41:00Z', 'utc', now)).toBe('19 Nov 22:41');
    expect(momentText('nonsense', 'utc', now)).toBe('–');
  });

  it('has thousands, a real minus, thin spaces, ranges and plurals', () => {
    expect(numberText(1184)).toBe('1,184');
    expect(numberText(-3.2)).toBe('−3.2');
    expect(numberText(-0.001)).toBe('0');
    expect(percentText(98.7)).toBe('98.7 %');
    expect(rangeText(0.5, 1.3)).toBe('0.5 – 1.3');
    expect([counted(1, 'approval'), counted(2, 'approval')]).toEqual(['1 approval', '2 approvals']);
    expect(shortId('7c9e41b2-03d5-5f7b-8111-123456785f7b')).toBe('7c9e41b2…5f7b');
    expect([sentence('cell_failover'), sentence('')]).toEqual(['Cell failover', '']);
    expect([plainValue(null), plainValue({ a: 1 }), plainValue('x'.repeat(200))]).toEqual([
      '–',
      '{"a":1}',
      `${'x'.repeat(160)}…`,
    ]);
  });
});

describe('what the live stream makes old', () => {
  it('reads lists of the topic again, and of single things the one that it is about', () => {
    expect(staleKeys({ topic: 'actions', id: '7' })).toEqual([['action', '7'], ['status'], ['inbox']]);
    expect(staleKeys({ topic: 'stops', id: 'tenant' })).toEqual([['status'], ['inbox']]);
  });

  it('comes back after 1 to 15 s, never all at once', () => {
    expect([reconnectMs(0, 0), reconnectMs(0, 1), reconnectMs(9, 0), reconnectMs(9, 1)]).toEqual([
      500, 1000, 7500, 15_000,
    ]);
  });

  it('holds rows in their place, each with its newest value, and counts what is new', () => {
    const row = (id: string, state: string) => ({ id, state });
    const before = [row('a', 'one'), row('b', 'one')];
    const now = [row('c', 'one'), row('b', 'two')];
    expect(holdRows(before, now, ({ id }) => id)).toEqual({
      shown: [row('a', 'one'), row('b', 'two')],
      more: 1,
    });
  });

  it('speaks of a countdown four times, each once', () => {
    const none = new Set<string>();
    expect([60_000, 30_000, 10_000, 0].map((left) => announcementAt(left, none))).toEqual([
      'open',
      '30',
      '10',
      'end',
    ]);
    expect(announcementAt(9000, new Set(['10']))).toBeUndefined();
  });
});

describe('the words about an action', () => {
  const gate = <Name extends string>(
    name: Name,
    saw: { readonly [member: string]: unknown },
    detail?: string,
  ) => ({
    gate: name,
    verdict: 'pass' as const,
    hold: null,
    reasons: detail === undefined ? [] : [{ code: 'c', detail }],
    saw,
  });
  const answer = { risk_score: 47, risk_level: 'MEDIUM', basis: 'memory', interval_by_kpi: { drops: [0.5, 1.3], bad: ['x'] }, impact_by_kpi: { drops: 0.9 } }; // prettier-ignore

  const parts = { action: 'x', risk_score: 1, diff: 'x', leaves: 'x', policies: 'x' };

  it('takes risk and intervals from what the prediction gate saw', () => {
    const action = { gates: [gate('prediction', { answer })] };
    expect(riskOf(action)).toBe(47);
    expect(intervalsOf(action)).toEqual([{ kpi: 'drops', low: 0.5, high: 1.3, expected: 0.9 }]);
    expect([riskOf({ gates: [] }), intervalsOf({ gates: [] })]).toEqual([undefined, []]);
  });

  it('says in one line what a gate found', () => {
    expect(summaryOf(gate('policy', {}, 'rule x denies it'))).toBe('rule x denies it');
    expect(summaryOf(gate('prediction', { answer }))).toBe('risk 47 of 99, MEDIUM, from memory');
    const radius = { affected_entity_count: 3, policies_limit: null, default_limit: 10 };
    expect(summaryOf(gate('blast_radius', { ...radius, estimate: null }))).toBe('3 of at most 10');
    const estimate = { affected_entity_count: 4 };
    expect(summaryOf(gate('blast_radius', { ...radius, estimate }))).toBe('4 of at most 10');
    expect(summaryOf(gate('kill_switch', { switches: [1, 2] }))).toBe('none engaged');
    expect(summaryOf(gate('kill_switch', { switches: [] }))).toBe('none engaged');
    expect(summaryOf(gate('autonomy_mode', { answer: { mode: 'AUTO_EXECUTE', matched_level: 1 } }))).toBe(
      'AUTO_EXECUTE, from level 1',
    );
    expect(summaryOf(gate('autonomy_mode', { answer: { mode: 'DISABLED', matched_level: null } }))).toBe(
      'DISABLED, not configured',
    );
    expect(summaryOf(gate('posture', { answer: { effective: 'GREEN' } }))).toBe('effective GREEN');
    expect(summaryOf(gate('other', {}))).toBe('');
  });

  it('names a leaf by the things it is in', () => {
    expect(leafName("/ran/cell[id='c-1']/relation[target='c-2']/attributes/offset")).toBe(
      'c-1 → c-2 / offset',
    );
    expect(leafName('/system/name')).toBe('name');
  });

  it('has no deadline where nothing ends, and says each reason once', () => {
    expect(deadlineOf({ state: 'PENDING', window: null, approval: null, accepted_at: null })).toBeUndefined();
    const twice = [{ code: 'a', detail: 'so' }, { code: 'b', detail: 'so' }]; // prettier-ignore
    expect(whyOf({ reasons: twice, window: null, approval: null, waiting: null })).toBe('so');
    const waiting = {
      service: 'agent-gateway',
      gate: 'plan',
      detail: 'the secret is not there',
      expires_at: '2026-01-01T00:00:00.000Z',
    };
    expect(whyOf({ reasons: [], window: null, approval: null, waiting })).toBe(
      'waits for agent-gateway: the secret is not there',
    );
  });

  const window = { due_at: 'D', policy_id: null, on_elapse: 'proceed', holds: [], digest: 'w', digest_parts: parts, smallest_change: [], end: { outcome: 'asks', detail: 'it asks' } } as const; // prettier-ignore
  const approval = { cause: 'nobody-told', holds: [], required: 1, digest: 'a', digest_parts: parts, requested_at: 'R', expires_at: 'E', escalated_at: null, approved_by: [], approved_as: [], smallest_change: [], difference: [] } as const; // prettier-ignore

  it.each([
    ['AWAITING_CONFIRMATION', window, null, { due: 'D', since: 'S', then: 'then it asks' }, 'w'],
    ['AWAITING_APPROVAL', window, approval, { due: 'E', since: 'S', then: 'then it does not run' }, 'a'],
    ['EXECUTING', window, approval, undefined, undefined],
    ['COMPLETED', window, null, undefined, undefined],
  ] as const)('follows the state %s, whatever windows there were', (state, held, asked, deadline, digest) => {
    const action = { state, window: held, approval: asked, accepted_at: 'S' };
    expect(deadlineOf(action)).toEqual(deadline);
    expect(askedOf(action)?.digest).toBe(digest);
  });

  it('puts everything on one axis', () => {
    const place = axisOf([0, 10]);
    expect(place(0)).toBeGreaterThan(0);
    expect(place(10)).toBeLessThan(1000);
    expect(axisOf([5, 5])(5)).toBe(500);
  });
});

describe('what counts as stopped', () => {
  const use = (part: Partial<Use>): Use => ({ scope: 'tenant', tenant_id: 'demo', action_type: null, account_id: null, agent: null, site_id: null, engaged: true, engaged_at: 'T', drill: false, rollback_in_flight: false, acknowledged_by: null, use_id: 'u', reason: 'r', engaged_by: 'service:x', position: '1', acknowledged_at: null, time_to_stop_ms: null, cancelled_count: null, in_flight_count: null, release_requested: null, released: null, ...part }); // prettier-ignore
  const status = (streams: readonly string[], uses: readonly Use[] = []) => ({
    tenant_id: 'demo',
    kill_switch: { switches: streams.map((stream) => ({ stream, engaged: true })), uses },
  });

  it.each([
    ['kill_switch-demo:tenant', true],
    ['kill_switch-_system:global', true],
    ['kill_switch-demo:agent=night-shift', false],
    ['kill_switch-demo:type=tenant', false],
    ['kill_switch-other:tenant', false],
  ])('%s stops everything: %s', (stream, stopped) => expect(isStopped(status([stream]))).toBe(stopped));

  it('is not stopped by what is released or not known', () => {
    const released = { stream: 'kill_switch-demo:tenant', engaged: false };
    expect(isStopped({ tenant_id: 'demo', kill_switch: { switches: [released], uses: [] } })).toBe(false);
    expect(isStopped(undefined)).toBe(false);
  });

  it('releases each switch as what it is', () => {
    const global = use({ scope: 'global', tenant_id: null });
    const agent = use({ scope: 'agent', agent: 'night-shift' });
    const both = status(['kill_switch-demo:tenant', 'kill_switch-_system:global'], [global, agent]);
    expect(broadStops(both)).toEqual([
      { target: { scope: 'global' }, tenant: '_system', use: global },
      { target: { scope: 'tenant' }, tenant: 'demo', use: undefined },
    ]);
    expect(narrowStops(both)).toEqual([
      { target: { scope: 'agent', agent: 'night-shift' }, tenant: 'demo', use: agent },
    ]);
    expect(stopText({ scope: 'action_type', action_type: 'cell_failover' })).toBe(
      'action type cell_failover',
    );
    expect(stopText({ scope: 'global' })).toBe('global');
  });

  it('knows who asked for a release until that is too long ago', () => {
    const asked = { by: 'person:1234567890', at: '2026-01-01T00:00:00Z', expires_at: '2026-01-01T01:00:00Z', reason: 'r' }; // prettier-ignore
    const asking = use({ release_requested: asked });
    expect(askedRelease(asking, Date.parse('2026-01-01T00:59:00Z'))).toBe(asked);
    expect(askedRelease(asking, Date.parse('2026-01-01T01:00:00Z'))).toBeUndefined();
    expect(askedRelease(undefined, 0)).toBeUndefined();
    expect([actorText(asked.by), actorText('service:cli'), actorText('x')]).toEqual([
      'person 12345678',
      'cli',
      'x',
    ]);
  });

  it('keeps who asked, and takes what is unreadable for nothing', () => {
    const kept = { session: 's', by: { demo: 'person:1' } };
    expect(readAskedAs(JSON.stringify(kept))).toEqual(kept);
    for (const text of [null, '', '[]', '{"session":1,"by":{}}', '{"session":"s","by":null}'])
      expect(readAskedAs(text)).toEqual({ session: '', by: {} });
  });
});

describe('addresses, lines and keys', () => {
  it('goes on only to addresses of its own', () => {
    expect(nextIn('?next=%2Factions%3Fstate%3DDENIED')).toBe('/actions?state=DENIED');
    for (const foreign of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      '/login',
      'javascript:1',
      '/\t/evil.example',
      '/\n/evil.example',
      '/\r\\evil.example',
    ])
      expect(nextIn(`?next=${encodeURIComponent(foreign)}`)).toBe('/');
    expect([invitationIn('#invitation=abc'), invitationIn('')]).toEqual(['abc', '']);
  });

  it('reads lines of events', () => {
    const line = { type: 'X', revision: '0', position: '7', metadata: { occurred_at: 't' }, data: { a: 1 } };
    expect(readLines(`${JSON.stringify(line)}\n{"no":"event"}\n`)).toEqual([
      { type: 'X', revision: '0', position: '7', at: 't', data: { a: 1 } },
    ]);
  });

  it('names keys as the tables write them', () => {
    const key = (name: string, more = {}) =>
      keyName({ key: name, ctrlKey: false, metaKey: false, shiftKey: false, ...more });
    expect([
      key('S', { shiftKey: true }),
      key('Enter', { ctrlKey: true }),
      key('?', { shiftKey: true }),
    ]).toEqual(['Shift+s', 'Ctrl+Enter', '?']);
  });
});

describe('the tokens', () => {
  const css = readFileSync(new URL('../src/styles/base.css', import.meta.url), 'utf8');
  const tokens = (theme: 'light' | 'dark'): ReadonlyMap<string, string> =>
    new Map(
      [
        ...css.matchAll(
          /--([\w-]+): (?:light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\)|(#[0-9a-f]{3,6}));/g,
        ),
      ].map(([, name = '', light = '', dark = '', both]) => [
        name,
        both ?? (theme === 'light' ? light : dark),
      ]),
    );
  const themes = { light: tokens('light'), dark: tokens('dark') };
  const luminance = (hex: string): number => {
    const whole = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join('') : hex.slice(1);
    const [r = 0, g = 0, b = 0] = [0, 2, 4]
      .map((at) => Number.parseInt(whole.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string): number => {
    const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };

  it.each(['light', 'dark'] as const)('of the %s theme can be read where they are used', (theme) => {
    const of = (name: string): string => {
      const found = themes[theme].get(name);
      if (found === undefined) throw new Error(`no token ${name}`);
      return found;
    };
    const pairs = [
      ...['text', 't2', 't3', 'accent', 'link'].map((name) => [name, 'surface'] as const),
      ...['text', 't2', 't3'].flatMap((name) => [[name, 'sunken'] as const, [name, 'bg'] as const]),
      ['accent-t', 'accent'] as const,
      ['stop-t', 'stop'] as const,
      ...['green', 'yellow', 'orange', 'red', 'blue', 'vio', 'unk'].flatMap((name) => [
        [`${name}-t`, `${name}-bg`] as const,
        [`${name}-t`, 'surface'] as const,
      ]),
    ];
    expect(pairs.filter(([a, b]) => contrast(of(a), of(b)) < 4.5)).toEqual([]);
    expect(contrast(of('ctl'), of('surface'))).toBeGreaterThanOrEqual(3);
    for (const [name, hex] of [
      ['green', '#10b981'],
      ['yellow', '#f59e0b'],
      ['orange', '#f97316'],
      ['red', '#ef4444'],
      ['unk', '#6b7280'],
    ] as const)
      // prettier-ignore
      expect(of(name)).toBe(hex);
  });
});

describe('what this tab wrote itself', () => {
  it('is waited for by what is read of the same service, for 15 s, unless that gave up or had no position', () => {
    const own = createOwnWrites();
    own.wrote('/api/v1/policy/bundles/7/activate', { position: '12/12' }, 1000);
    expect(own.before('/api/v1/policy/bundles/7/canary-status', 15_999)).toBe('12/12');
    expect(own.before('/api/v1/policy?x=/y', 15_999)).toBe('12/12');
    expect(own.before('/api/v1/policy/bundles', 16_000)).toBeUndefined();
    expect(own.before('/api/v1/policies', 1000)).toBeUndefined();
    for (const answer of [{ position: null }, {}, null, 'text', undefined])
      own.wrote('/api/v1/alerts/1/acknowledge', answer, 1000);
    expect(own.before('/api/v1/alerts', 1000)).toBeUndefined();
    own.noticed('/api/v1/policy', '9/9', 2000);
    expect(own.before('/api/v1/policy/bundles', 16_999)).toBe('12/12');
    own.noticed('/api/v1/policy', '100/100', 2000);
    expect(own.before('/api/v1/policy/bundles', 16_999)).toBe('100/100');
    own.noticed('/api/v1/alerts', 'none', 2000);
    expect(own.before('/api/v1/alerts', 2000)).toBeUndefined();
    own.gaveUp('/api/v1/policy/bundles');
    expect(own.before('/api/v1/policy/bundles/7/canary-status', 1001)).toBeUndefined();
  });
});

describe('what is wrong with the value of a field', () => {
  it('is all that the service names at it and below it, and nothing of another field', () => {
    const violations = [
      { pointer: '/cells/1/cell_id', detail: 'stands twice' },
      { pointer: '/cells', detail: 'has too many' },
      { pointer: '/cells_of', detail: 'is unknown' },
    ];
    const refused = new ApiProblem(problemOf(422, { violations }));
    expect(faultAt(refused, '/cells')).toBe('stands twice; has too many');
    expect(faultAt(refused, '/port')).toBeUndefined();
    expect(faultAt(new Error('offline'), '/cells')).toBeUndefined();
    expect(faultAt(null, '/cells')).toBeUndefined();
  });
});
