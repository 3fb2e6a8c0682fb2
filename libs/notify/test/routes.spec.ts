import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Severity } from '@interlock/contracts';
import { fold } from '@interlock/kernel';
import {
  checkRoutes,
  defaultRoutes,
  escalationAt,
  routeDecider,
  routesOf,
  type AlertRoute,
  type Reach,
} from '../src/index.js';
import { route, second } from './golden.js';

const all = ['github', 'ops', 'pagerduty', 'slack-policy-alerts', 'slack-policy-changes'];
const at = '2026-01-10T12:00:00.000Z';
const reachOf = (routes: readonly AlertRoute[], channels: readonly string[]): Reach => ({
  routes,
  channels,
  people: [],
  critical_to: 'everyone',
  rotas: {},
});
const channelsOf = (
  name: string,
  severity: Severity,
  channels: readonly string[] = all,
  routes: readonly AlertRoute[] = defaultRoutes,
  except: string | null = null,
): readonly string[] =>
  routesOf(reachOf(routes, channels), { name, severity, except }, at).targets.map(
    ({ channel_id }) => channel_id,
  );

describe('the routes of a tenant without its own', () => {
  it.each([
    ['policy_error_rate', 'high', ['pagerduty', 'github']],
    ['policy_error_rate', 'critical', all],
    ['rollback_failed', 'critical', all],
    ['brake_engaged', 'critical', all],
    ['log_tampered', 'critical', all],
    ['forged_event', 'critical', all],
    ['open_work_missed', 'critical', all],
    ['canary_gate', 'medium', ['slack-policy-alerts']],
    ['budget_high', 'low', ['slack-policy-alerts']],
    ['bundle_changed', 'info', ['slack-policy-changes']],
    ['kill_switch', 'critical', all],
    ['kill_switch', 'info', []],
    ['red_flips', 'high', ['github']],
    ['projection_lag', 'medium', ['slack-policy-alerts']],
    ['device_unreachable', 'medium', ['slack-policy-alerts']],
    ['device_drift', 'medium', ['slack-policy-alerts']],
    ['temporary_change_stays', 'medium', ['slack-policy-alerts']],
    ['twin_without_vote', 'medium', ['slack-policy-alerts']],
    ['responses_blocked', 'medium', ['slack-policy-alerts']],
    ['fix_branch', 'medium', ['slack-policy-alerts']],
    ['posture_changed', 'info', ['slack-policy-alerts']],
    ['person_asked', 'medium', ['github', 'ops', 'pagerduty', 'slack-policy-alerts', 'slack-policy-changes']],
    [
      'channel_failing',
      'high',
      ['github', 'ops', 'pagerduty', 'slack-policy-alerts', 'slack-policy-changes'],
    ],
    [
      'log_unavailable',
      'critical',
      ['github', 'ops', 'pagerduty', 'slack-policy-alerts', 'slack-policy-changes'],
    ],
  ] as const)('%s of severity %s goes to %j', (name, severity, channels) =>
    expect([...channelsOf(name, severity)].sort()).toEqual([...channels].sort()),
  );
});

describe('the seeds', () => {
  type Case = {
    readonly id: string;
    readonly input: { readonly alert?: string };
    readonly expect: { readonly channel?: string; readonly channels?: readonly string[] };
  };
  const { cases } = JSON.parse(
    readFileSync(new URL('../../../fixtures/acceptance/monitoring.json', import.meta.url), 'utf8'),
  ) as { readonly cases: readonly Case[] };
  const names: { readonly [alert: string]: readonly [string, Severity] } = {
    'error rate high': ['policy_error_rate', 'high'],
    'rollback failed': ['rollback_failed', 'critical'],
    'canary gate failing': ['canary_gate', 'medium'],
  };
  const routed = cases.filter(({ id }) => id.startsWith('mon.route.'));

  it.each(routed.map((one) => [one.id, one] as const))('%s', (_, { input, expect: { channel } }) => {
    const [name, severity] = names[input.alert ?? ''] ?? ['', 'info'];
    expect(channelsOf(name, severity)[0]).toMatch(channel === 'Slack' ? /^slack-/ : /^pagerduty$/);
  });

  it('mon.slack', () => {
    const slack = cases.find(({ id }) => id === 'mon.slack')?.expect.channels;
    const known = defaultRoutes.flatMap(({ channels }) => channels).filter((id) => id.startsWith('slack-'));
    expect(known.map((id) => id.replace('slack-', '#'))).toEqual(slack);
    expect(routed).toHaveLength(3);
  });
});

describe('routes', () => {
  it('send unrouted alerts to every channel if they are high or critical, and none below', () => {
    expect(channelsOf('kill_switch', 'critical', ['ops'])).toEqual(['ops']);
    expect(channelsOf('red_flips', 'high', ['ops', 'other'])).toEqual(['ops', 'other']);
    expect(channelsOf('canary_gate', 'medium', ['ops'])).toEqual([]);
    expect(channelsOf('kill_switch', 'critical', ['ops'], [])).toEqual(['ops']);
  });

  it('never notify a channel about itself', () => {
    expect(channelsOf('channel_failing', 'high', ['ops', 'other'], defaultRoutes, 'ops')).toEqual(['other']);
    expect(channelsOf('channel_failing', 'high', ['ops'], defaultRoutes, 'ops')).toEqual([]);
  });

  it('name a channel once, by the first route that leads to it', () => {
    const twice = [route, { ...route, name: 'again' }];
    const { targets, routes } = routesOf(
      reachOf(twice, ['ops']),
      { name: 'x', severity: 'high', except: null },
      at,
    );
    expect(targets.map(({ route: { name } }) => name)).toEqual(['night']);
    expect(routes).toHaveLength(2);
  });

  it('that are for escalation only match nothing', () =>
    expect(channelsOf('x', 'critical', ['pager', 'ops'], [second, route])).toEqual(['ops']));

  it('escalate a number of seconds after the notice', () => {
    expect(escalationAt(route, '2026-01-01T00:00:00.000Z')).toEqual({
      route: 'second',
      at: '2026-01-01T00:15:00.000Z',
    });
    expect(escalationAt(second, '2026-01-01T00:00:00.000Z')).toBeNull();
  });

  it.each([
    ['none', [route, second], []],
    ['a name twice', [second, second], ['/routes/1/name']],
    ['an escalation to nowhere', [route], ['/routes/0/escalation/route']],
    [
      'an escalation to itself',
      [{ ...second, escalation: { after_s: 60, route: 'second' } }],
      ['/routes/0/escalation/route'],
    ],
    [
      'a circle',
      [route, { ...second, escalation: { after_s: 60, route: 'night' } }],
      ['/routes/0/escalation/route', '/routes/1/escalation/route'],
    ],
    [
      'quiet hours that are none',
      [{ ...second, quiet_hours: { time_zone: 'nowhere', from: '22:00', to: '07:00' } }],
      ['/routes/0/quiet_hours/time_zone'],
    ],
    ['the defaults', defaultRoutes, []],
  ])('with %s have their faults named', (_, routes, pointers) =>
    expect(checkRoutes(routes).map(({ pointer }) => pointer)).toEqual(pointers),
  );

  it('that are set again write no event', () => {
    const command = { kind: 'change', routes: [route, second] } as const;
    const events = routeDecider.decide(command, routeDecider.initial);
    expect(events).toHaveLength(1);
    expect(routeDecider.decide(command, fold(routeDecider, events))).toEqual([]);
    expect(routeDecider.decide({ kind: 'change', routes: [] }, fold(routeDecider, events))).toHaveLength(1);
    expect(routeDecider.decide({ kind: 'change', routes: [] }, routeDecider.initial)).toHaveLength(1);
  });
});
