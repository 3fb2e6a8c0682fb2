import { severities, type Severity, type Timestamp, type Violation } from '@interlock/contracts';
import { canonicalJson, type Decider } from '@interlock/kernel';
import { quietHoursFaults, type QuietHours } from './quiet-hours.js';

/**
 * Which alerts go to which channels. `alerts`: names, null for all, empty for a route that is
 * reached only by escalation; `severities` likewise. `channels` are ids, `*` is every channel of
 * the tenant. `escalation`: the route that is notified next if nobody acknowledges within `after_s`
 * seconds.
 */
export type AlertRoute = {
  readonly name: string;
  readonly alerts: readonly string[] | null;
  readonly severities: readonly Severity[] | null;
  readonly channels: readonly string[];
  readonly quiet_hours: QuietHours | null;
  readonly escalation: { readonly after_s: number; readonly route: string } | null;
};

/** The name of notices about bundle changes, which belong to no alert. */
export const bundleChanged = 'bundle_changed';
/** A channel that keeps failing, reported on the others. */
export const channelFailing = 'channel_failing';
/** An action that waits for a person. */
const personAsked = 'person_asked';
/** Alerts that are sent without the log and the database. */
const outageNames = ['log_unavailable', 'database_unavailable'] as const;
export type OutageName = (typeof outageNames)[number];

const plainRoute = { quiet_hours: null, escalation: null } as const;

/**
 * The routes of a tenant without its own ones, over its configured channels (docs/channels.md,
 * Routes).
 */
export const defaultRoutes: readonly AlertRoute[] = [
  {
    ...plainRoute,
    name: 'page',
    alerts: ['policy_error_rate', 'rollback_failed'],
    severities: null,
    channels: ['pagerduty'],
  },
  {
    ...plainRoute,
    name: 'policy-alerts',
    alerts: [
      'canary_gate',
      'budget_high',
      'device_unreachable',
      'projection_lag',
      'responses_blocked',
      'fix_branch',
      'posture_changed',
    ],
    severities: null,
    channels: ['slack-policy-alerts'],
  },
  {
    ...plainRoute,
    name: 'policy-changes',
    alerts: [bundleChanged],
    severities: null,
    channels: ['slack-policy-changes'],
  },
  { ...plainRoute, name: 'people', alerts: [personAsked], severities: null, channels: ['*'] },
  { ...plainRoute, name: 'critical', alerts: null, severities: ['critical'], channels: ['*'] },
  { ...plainRoute, name: 'issues', alerts: null, severities: ['high', 'critical'], channels: ['github'] },
  {
    ...plainRoute,
    name: 'system',
    alerts: [channelFailing, ...outageNames],
    severities: null,
    channels: ['*'],
  },
];

const matches = (route: AlertRoute, name: string, severity: Severity): boolean =>
  (route.alerts === null || route.alerts.includes(name)) &&
  (route.severities === null || route.severities.includes(severity));

/** A channel and the route that leads to it, the first if there are several. */
export type Target = { readonly channel_id: string; readonly route: AlertRoute };

/** The existing channels of some routes, each once. */
export const targetsOf = (routes: readonly AlertRoute[], channels: readonly string[]): readonly Target[] => {
  const found = new Map<string, Target>();
  for (const route of routes)
    for (const channel_id of route.channels.includes('*') ? channels : route.channels)
      if (channels.includes(channel_id) && !found.has(channel_id))
        found.set(channel_id, { channel_id, route });
  return [...found.values()];
};

const lastResort: AlertRoute = {
  ...plainRoute,
  name: 'last-resort',
  alerts: null,
  severities: null,
  channels: ['*'],
};

/**
 * The routes of an alert and the channels that they lead to. `except` is a channel that must not be
 * used, because the alert is about it. INVARIANT: a `high` or `critical` alert that would reach
 * nobody goes to every existing channel.
 */
export const routesOf = (
  routes: readonly AlertRoute[],
  channels: readonly string[],
  alert: { readonly name: string; readonly severity: Severity; readonly except: string | null },
): { readonly routes: readonly AlertRoute[]; readonly targets: readonly Target[] } => {
  const usable = channels.filter((id) => id !== alert.except);
  const matching = routes.filter((route) => matches(route, alert.name, alert.severity));
  const targets = targetsOf(matching, usable);
  if (targets.length > 0 || severities.indexOf(alert.severity) < severities.indexOf('high'))
    return { routes: matching, targets };
  return { routes: matching, targets: targetsOf([lastResort], usable) };
};

/**
 * When the next route is notified of an unacknowledged alert. The time counts from the sending of
 * the notice, so from the end of quiet hours.
 */
export const escalationAt = (
  route: AlertRoute,
  toldAt: Timestamp,
): { readonly route: string; readonly at: Timestamp } | null =>
  route.escalation === null
    ? null
    : {
        route: route.escalation.route,
        at: new Date(Date.parse(toldAt) + route.escalation.after_s * 1000).toISOString(),
      };

const leadsBack = (routes: ReadonlyMap<string, AlertRoute>, start: AlertRoute): boolean => {
  const seen = new Set<string>();
  for (let at: AlertRoute | undefined = start; at !== undefined;) {
    if (seen.has(at.name)) return at.name === start.name;
    seen.add(at.name);
    at = at.escalation === null ? undefined : routes.get(at.escalation.route);
  }
  return false;
};

/**
 * Faults of a list of routes that no single member shows: duplicate names, escalation to a missing
 * route or in a circle, invalid quiet hours.
 */
export const checkRoutes = (routes: readonly AlertRoute[]): readonly Violation[] => {
  const byName = new Map(routes.map((route) => [route.name, route]));
  return routes.flatMap((route, i) => [
    ...(routes.findIndex(({ name }) => name === route.name) === i
      ? []
      : [{ pointer: `/routes/${i}/name`, detail: 'is the name of another route, too' }]),
    ...(route.quiet_hours === null ? [] : quietHoursFaults(route.quiet_hours, `/routes/${i}/quiet_hours`)),
    ...(route.escalation === null || byName.has(route.escalation.route)
      ? []
      : [{ pointer: `/routes/${i}/escalation/route`, detail: 'is not the name of a route' }]),
    ...(leadsBack(byName, route)
      ? [{ pointer: `/routes/${i}/escalation/route`, detail: 'leads back to the route itself' }]
      : []),
  ]);
};

/** Stream `route-<tenant>:routes`; each event holds all routes. */
export type RouteEvent = {
  readonly type: 'AlertRoutesChanged';
  readonly data: { readonly routes: readonly AlertRoute[] };
};
export type RouteCommand = { readonly kind: 'change'; readonly routes: readonly AlertRoute[] };
/** `routes` is null if the defaults apply. */
export type RouteState = { readonly routes: readonly AlertRoute[] | null };

/** Setting the same routes again writes nothing. */
export const routeDecider: Decider<RouteCommand, RouteEvent, RouteState> = {
  name: 'alert routes',
  types: ['AlertRoutesChanged'],
  initial: { routes: null },
  decide: ({ routes }, state) =>
    state.routes !== null && canonicalJson(routes) === canonicalJson(state.routes)
      ? []
      : [{ type: 'AlertRoutesChanged', data: { routes } }],
  evolve: (_state, { data }) => ({ routes: data.routes }),
};
