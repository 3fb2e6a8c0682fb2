import { describe, expect, it } from '@jest/globals';
import {
  bundleChangeText,
  planBundleChange,
  planEscalated,
  planFired,
  planFollowing,
  planTest,
  planUnsilenced,
  type FiredAlert,
  type Plan,
  type Reach,
  type WatchedAlert,
} from '../src/index.js';
import { alertId, route, second } from './golden.js';

const at = '2026-01-10T12:00:00.000Z';
const night = '2026-01-11T02:00:00.000Z';
const reach: Reach = {
  routes: [route, second],
  channels: ['ops', 'pager'],
  people: [],
  critical_to: 'everyone',
  rotas: {},
};
const fired: FiredAlert = {
  alert_id: alertId,
  name: 'red_flips',
  severity: 'high',
  detail: 'posture turned RED 3 times',
  cause: { type: 'PostureChanged', stream: 'posture-demo:level' },
};
const fire = (before: WatchedAlert | null, over: Partial<FiredAlert> = {}, when = at): Plan | null =>
  planFired(before, 'demo', { ...fired, ...over }, when, reach);
const first = fire(null)!;
const keys = (plan: Plan | null): readonly string[] =>
  plan?.notices.map(({ notice }) => notice.dedup_key) ?? [];

describe('an alert that fires', () => {
  it('is announced once in its episode, with an escalation if the route has one', () => {
    expect(first.notices).toEqual([
      expect.objectContaining({
        channel_id: 'ops',
        route: 'night',
        due_at: at,
        notice: expect.objectContaining({
          what: 'trigger',
          dedup_key: `${alertId}:1:trigger`,
          episode: 1,
          severity: 'high',
        }),
      }),
    ]);
    expect(first.escalations).toEqual([
      { from_route: 'night', to_route: 'second', due_at: '2026-01-10T12:15:00.000Z' },
    ]);
    expect(keys(fire(first.alert))).toEqual([]);
    expect(fire(first.alert, { detail: 'again' })?.alert.detail).toBe('again');
  });

  it('is announced again with a new key if its severity rises, and not if it falls', () => {
    const raised = fire(first.alert, { severity: 'critical' });
    expect(keys(raised)).toEqual([`${alertId}:1:trigger:critical`]);
    expect(keys(fire(raised!.alert, { severity: 'critical' }))).toEqual([]);
    expect(keys(fire(raised!.alert, { severity: 'high' }))).toEqual([]);
    const taken: WatchedAlert = { ...first.alert, status: 'acknowledged' };
    expect(fire(taken)?.alert.status).toBe('acknowledged');
    expect(fire(taken, { severity: 'critical' })?.alert.status).toBe('firing');
  });

  it('begins a new episode after its end, with or without a number', () => {
    const over: WatchedAlert = { ...first.alert, status: 'resolved' };
    expect(keys(fire(over))).toEqual([`${alertId}:2:trigger`]);
    expect(keys(fire(over, { episode: 2 }))).toEqual([`${alertId}:2:trigger`]);
    expect(keys(fire(over, { episode: 7 }))).toEqual([`${alertId}:7:trigger`]);
    expect(fire(over, { episode: 1 })).toBeNull();
    expect(fire({ ...first.alert, episode: 3 }, { episode: 2 })).toBeNull();
    expect(keys(fire(null, { episode: 4 }))).toEqual([`${alertId}:4:trigger`]);
  });

  it('is not announced while it is silenced, but at the first firing after', () => {
    const silenced: WatchedAlert = {
      ...first.alert,
      status: 'resolved',
      silenced_until: '2026-01-10T13:00:00.000Z',
    };
    const quiet = fire(silenced, {}, '2026-01-10T12:59:59.999Z');
    expect(keys(quiet)).toEqual([]);
    expect(quiet?.alert).toMatchObject({ episode: 2, told: false });
    const after = fire(quiet!.alert, {}, '2026-01-10T13:00:00.000Z');
    expect(keys(after)).toEqual([`${alertId}:2:trigger`]);
    expect(after?.alert).toMatchObject({ silenced_until: null, told: true });
  });

  it('that a silence suppressed is announced once when the silence ends, unless it is over', () => {
    const kept: WatchedAlert = { ...first.alert, told: false, silenced_until: '2026-01-10T13:00:00.000Z' };
    const ended = planUnsilenced(kept, at, reach);
    expect(keys(ended)).toEqual([`${alertId}:1:trigger`]);
    expect(ended.alert).toMatchObject({ told: true, silenced_until: null });
    expect(keys(planUnsilenced(ended.alert, at, reach))).toEqual([]);
    expect(keys(planUnsilenced({ ...kept, status: 'resolved' }, at, reach))).toEqual([]);
  });

  it('is delayed by quiet hours, including its escalation, unless it is critical', () => {
    const held = fire(null, {}, night);
    expect(held?.notices[0]?.due_at).toBe('2026-01-11T07:00:00.000Z');
    expect(held?.escalations[0]?.due_at).toBe('2026-01-11T07:15:00.000Z');
    expect(fire(null, { severity: 'critical' }, night)?.notices[0]?.due_at).toBe(night);
  });

  it('does not notify a failing channel of its own failure', () => {
    const failing = fire(null, {
      name: 'channel_failing',
      cause: { type: 'NotificationFailed', stream: 'channel-demo:ops' },
    });
    expect(failing?.notices.map(({ channel_id }) => channel_id)).toEqual(['pager']);
    expect(failing?.alert.except).toBe('ops');
  });

  it("is announced without a person's text", () => {
    const sealed = `enc:1:00000000-0000-4000-8000-000000000001:${'aB3_-'.repeat(30)}`;
    for (const detail of [sealed, `bundle 1.1.0: ${sealed} (and more)`, `cut ${sealed.slice(0, 60)}`])
      expect(fire(null, { detail })?.notices[0]?.notice.detail).not.toContain('enc:1:');
    const [over] = planFollowing(
      first.alert,
      'resolve',
      { at, by: null, detail: sealed },
      [{ channel_id: 'ops', route: 'night' }],
      reach,
    );
    expect(over?.notice.detail).toBe('[what a person wrote is kept in Interlock]');
  });

  it('contains evidence and runbook if it has them', () => {
    const evidence = { from: '10', to: '20' };
    expect(fire(null, { evidence, runbook: 'docs/runbooks/red_flips.md' })?.notices[0]?.notice).toMatchObject(
      {
        evidence,
        runbook: 'docs/runbooks/red_flips.md',
      },
    );
  });
});

describe('what follows', () => {
  const notified = [
    { channel_id: 'ops', route: 'night' },
    { channel_id: 'gone', route: 'gone' },
  ];
  it.each(['acknowledge', 'resolve'] as const)('%s goes to the channels that announced the alert', (what) => {
    const notices = planFollowing(first.alert, what, { at, by: 'person:ann', detail: null }, notified, reach);
    expect(notices.map(({ channel_id, notice }) => [channel_id, notice.dedup_key, notice.by])).toEqual([
      ['ops', `${alertId}:1:${what}`, 'person:ann'],
      ['gone', `${alertId}:1:${what}`, 'person:ann'],
    ]);
  });

  it('respects quiet hours as the alert does', () => {
    const of = { at: night, by: null, detail: 'it is over' };
    const [held, other] = planFollowing(first.alert, 'resolve', of, notified, reach);
    expect(held).toMatchObject({ due_at: '2026-01-11T07:00:00.000Z', notice: { detail: 'it is over' } });
    expect(other?.due_at).toBe(night);
    const critical = { ...first.alert, severity: 'critical' } as const;
    expect(planFollowing(critical, 'resolve', of, notified, reach)[0]?.due_at).toBe(night);
  });

  it('the next route is notified only if nobody acknowledged', () => {
    const of = { episode: 1, to_route: 'second', at };
    expect(planEscalated(first.alert, of, reach).notices).toMatchObject([
      { channel_id: 'pager', route: 'second', notice: { dedup_key: `${alertId}:1:trigger` } },
    ]);
    for (const status of ['acknowledged', 'resolved'] as const)
      expect(planEscalated({ ...first.alert, status }, of, reach).notices).toEqual([]);
    expect(planEscalated(first.alert, { ...of, episode: 2 }, reach).notices).toEqual([]);
    expect(planEscalated(first.alert, { ...of, to_route: 'nowhere' }, reach).notices).toEqual([]);
  });

  it('escalates along a chain', () => {
    const third = { ...second, name: 'third' };
    const chained: Reach = {
      ...reach,
      routes: [route, { ...second, escalation: { after_s: 60, route: 'third' } }, third],
    };
    expect(planEscalated(first.alert, { episode: 1, to_route: 'second', at }, chained).escalations).toEqual([
      { from_route: 'second', to_route: 'third', due_at: '2026-01-10T12:01:00.000Z' },
    ]);
  });

  it('a test goes to its one channel at once', () => {
    expect(planTest('demo', { channel_id: 'ops', test_id: alertId }, night)).toMatchObject({
      channel_id: 'ops',
      due_at: night,
      notice: { what: 'test', severity: 'info', dedup_key: `${alertId}:1:test` },
    });
  });
});

describe('a change of bundles', () => {
  it.each([
    [
      'BundleActivated',
      { bundle_version: '1.1.0', canary_pct: 10 },
      'bundle 1.1.0 decides for 10 % as a canary',
    ],
    ['BundleActivated', { bundle_version: '1.1.0', canary_pct: 100 }, 'bundle 1.1.0 is active'],
    [
      'CanaryPromoted',
      { bundle_version: '1.1.0', from_pct: 10, to_pct: 50 },
      'canary 1.1.0 went from 10 % to 50 %',
    ],
    [
      'BundleRolledBack',
      { bundle_version: '1.1.0', restored_version: null },
      'bundle 1.1.0 was rolled back; no bundle decides',
    ],
    [
      'BundleRolledBack',
      { bundle_version: '1.1.0', restored_version: '1.0.0' },
      'bundle 1.1.0 was rolled back; 1.0.0 decides again',
    ],
    ['RolloutPaged', {}, null],
  ])('%s with %j is described as %p', (type, data, text) => expect(bundleChangeText(type, data)).toBe(text));

  it('goes only to the channels of its route', () => {
    const changes = { ...second, name: 'changes', alerts: ['bundle_changed'], channels: ['ops'] };
    const of = (routes: Reach['routes']): readonly string[] =>
      planBundleChange('demo', alertId, 'bundle 1 is active', at, { ...reach, routes }).map(
        ({ channel_id }) => channel_id,
      );
    expect(of([changes])).toEqual(['ops']);
    expect(of([route, second])).toEqual([]);
  });
});
