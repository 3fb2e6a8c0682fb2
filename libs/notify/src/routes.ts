import { severities, type Severity, type Timestamp, type Violation } from '@interlock/contracts';
import { canonicalJson, type Decider } from '@interlock/kernel';
import {
  everyone,
  isOnRota,
  rotaOf,
  without,
  type AlertRoute,
  type CriticalTo,
  type Reach,
} from './reach.js';
import { onCallOf } from './rota/rota-decider.js';
import { heldUntil, quietHoursFaults } from './quiet-hours.js';

/** The name of notices about bundle changes, which belong to no alert. */
export const bundleChanged = 'bundle_changed';
/** A channel that keeps failing, reported on the others. */
export const channelFailing = 'channel_failing';
/** What waits for a person, and what expires. */
const forPeople = ['person_asked', 'approval_expiring', 'credential_expiring'];
/** A provider that does not say who is on call. */
const oncallUnreadable = 'oncall_unreadable';
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
      'device_drift',
      'temporary_change_stays',
      'twin_without_vote',
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
  { ...plainRoute, name: 'people', alerts: forPeople, severities: null, channels: ['*'] },
  { ...plainRoute, name: 'critical', alerts: null, severities: ['critical'], channels: ['*'] },
  { ...plainRoute, name: 'issues', alerts: null, severities: ['high', 'critical'], channels: ['github'] },
  {
    ...plainRoute,
    name: 'system',
    alerts: [channelFailing, oncallUnreadable, ...outageNames],
    severities: null,
    channels: ['*'],
  },
];

const matches = (route: AlertRoute, name: string, severity: Severity): boolean =>
  (route.alerts === null || route.alerts.includes(name)) &&
  (route.severities === null || route.severities.includes(severity));

/** A channel and the route that leads to it, the first if there are several. */
export type Target = { readonly channel_id: string; readonly route: AlertRoute };

/**
 * The channels that an entry of a route leads to. INVARIANT: where a rota says nobody, or nobody
 * that a channel reaches, everybody is notified.
 */
const channelsAt = (entry: string, reach: Reach, at: Timestamp): readonly string[] => {
  if (entry === '*') return reach.channels;
  if (!isOnRota(entry)) return [entry];
  const onCall = onCallOf(reach.rotas[rotaOf(entry)], at);
  const usable = 'unknown' in onCall ? [] : onCall.channels.filter((id) => reach.channels.includes(id));
  return usable.length > 0 ? usable : everyone(reach);
};

/**
 * The existing channels of some routes, each once. Who is on call is asked for the time at which
 * the notice goes out, so after quiet hours.
 */
export const targetsOf = (
  routes: readonly AlertRoute[],
  reach: Reach,
  severity: Severity,
  at: Timestamp,
): readonly Target[] => {
  const found = new Map<string, Target>();
  for (const route of routes) {
    const due = heldUntil(route.quiet_hours, severity, at) ?? at;
    for (const channel_id of route.channels.flatMap((entry) => channelsAt(entry, reach, due)))
      if (reach.channels.includes(channel_id) && !found.has(channel_id))
        found.set(channel_id, { channel_id, route });
  }
  return [...found.values()];
};

const toAll = (name: string): AlertRoute => ({
  ...plainRoute,
  name,
  alerts: null,
  severities: null,
  channels: ['*'],
});
const lastResort = toAll('last-resort');
const criticalRoute = toAll('critical-to-everyone');

/**
 * The routes of an alert and the channels that they lead to. `except` is a channel that must not be
 * used, because the alert is about it. INVARIANT: a `critical` alert goes to every channel that
 * reaches people, unless the tenant has said that its routes decide. A `high` or `critical` alert
 * that would reach nobody goes to every existing channel.
 */
export const routesOf = (
  reach: Reach,
  alert: { readonly name: string; readonly severity: Severity; readonly except: string | null },
  at: Timestamp,
): { readonly routes: readonly AlertRoute[]; readonly targets: readonly Target[] } => {
  const usable = without(reach, alert.except);
  const routes = reach.routes.filter((route) => matches(route, alert.name, alert.severity));
  const routed = targetsOf(routes, usable, alert.severity, at);
  const known = new Set(routed.map(({ channel_id }) => channel_id));
  const further =
    alert.severity === 'critical' && reach.critical_to === 'everyone'
      ? usable.people
          .filter((id) => !known.has(id))
          .map((channel_id) => ({ channel_id, route: criticalRoute }))
      : [];
  const targets = [...routed, ...further];
  if (targets.length > 0 || severities.indexOf(alert.severity) < severities.indexOf('high'))
    return { routes, targets };
  return { routes, targets: targetsOf([lastResort], usable, alert.severity, at) };
};

/**
 * When the next route is notified of an unacknowledged alert. The time counts from the sending of
 * the notice, so from the end of quiet hours.
 */
export const escalationAt = (
  route: AlertRoute,
  notifiedAt: Timestamp,
): { readonly route: string; readonly at: Timestamp } | null =>
  route.escalation === null
    ? null
    : {
        route: route.escalation.route,
        at: new Date(Date.parse(notifiedAt) + route.escalation.after_s * 1000).toISOString(),
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
  /** Without `critical_to`, critical alerts go to everyone. */
  readonly data: { readonly routes: readonly AlertRoute[]; readonly critical_to?: CriticalTo };
};
export type RouteCommand = {
  readonly kind: 'change';
  readonly routes: readonly AlertRoute[];
  readonly critical_to?: CriticalTo;
};
/** `routes` is null if the defaults apply. */
export type RouteState = { readonly routes: readonly AlertRoute[] | null; readonly critical_to?: CriticalTo };

/** Setting the same routes again writes nothing. */
export const routeDecider: Decider<RouteCommand, RouteEvent, RouteState> = {
  name: 'alert routes',
  types: ['AlertRoutesChanged'],
  initial: { routes: null },
  decide: ({ kind: _, ...data }, state) =>
    state.routes !== null && canonicalJson(data) === canonicalJson(state)
      ? []
      : [{ type: 'AlertRoutesChanged', data }],
  evolve: (_state, { data }) => data,
};
