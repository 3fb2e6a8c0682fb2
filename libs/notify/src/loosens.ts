import type { Loosened, Severity } from '@interlock/contracts';
import { sameJson, whereRemoved, type Loosens } from '@interlock/kernel';
import type { ChannelState } from './channel.js';
import type { AlertRoute } from './reach.js';
import type { Rota } from './rota/rota.js';
import type { RotaState } from './rota/rota-decider.js';
import { defaultRoutes, type RouteState } from './routes.js';

const replaced = (pointer: string, before: unknown, after: unknown): readonly Loosened[] =>
  sameJson(before ?? null, after ?? null) ? [] : [{ pointer, detail: 'is replaced' }];

/** A channel that is removed or replaced loosens; a further recipient of mail does not. */
export const channelLoosens: Loosens<ChannelState> = ({ settings: before }, { settings: after }) => {
  if (before === null) return [];
  if (after === null) return [{ pointer: '', detail: 'is removed: nobody is told on it any more' }];
  if (before.kind !== 'email' || after.kind !== 'email') return replaced('', before, after);
  return [
    ...replaced('', { ...before, to: [] }, { ...after, to: [] }),
    ...whereRemoved('/to', before.to, after.to),
  ];
};

/** Loosens where a list of matched names loses one; null is every name. */
const matchesLess = (
  pointer: string,
  before: readonly string[] | null,
  after: readonly string[] | null,
): readonly Loosened[] => {
  if (after === null) return [];
  return before === null
    ? [{ pointer, detail: 'no longer has every one' }]
    : whereRemoved(pointer, before, after);
};

const urgent: readonly Severity[] = ['high', 'critical'];

/**
 * A new route takes an urgent alert away from everyone, who are told of it where no route leads
 * anywhere.
 */
const newRoute = ({ name, severities, channels }: AlertRoute): readonly Loosened[] =>
  channels.includes('*') || (severities !== null && !severities.some((one) => urgent.includes(one)))
    ? []
    : [{ pointer: `/routes/${name}`, detail: 'is new, and may lead urgent alerts to fewer people' }];

const routeLoosens = (before: AlertRoute, after: AlertRoute | undefined): readonly Loosened[] => {
  const at = `/routes/${before.name}`;
  if (after === undefined) return [{ pointer: at, detail: 'is removed' }];
  return [
    ...matchesLess(`${at}/alerts`, before.alerts, after.alerts),
    ...matchesLess(`${at}/severities`, before.severities, after.severities),
    ...(after.channels.includes('*') ? [] : whereRemoved(`${at}/channels`, before.channels, after.channels)),
    ...(after.quiet_hours === null
      ? []
      : replaced(`${at}/quiet_hours`, before.quiet_hours, after.quiet_hours)),
    ...(before.escalation === null ? [] : replaced(`${at}/escalation`, before.escalation, after.escalation)),
  ];
};

/** Compares with the routes by default where the tenant has none of its own. */
export const routesLoosen: Loosens<RouteState> = (before, after) => {
  const [had, has] = [before.routes ?? defaultRoutes, after.routes ?? defaultRoutes];
  return [
    ...had.flatMap((route) =>
      routeLoosens(
        route,
        has.find(({ name }) => name === route.name),
      ),
    ),
    ...has.filter(({ name }) => !had.some((route) => route.name === name)).flatMap(newRoute),
    ...(before.critical_to !== 'routes' && after.critical_to === 'routes'
      ? [{ pointer: '/critical_to', detail: 'critical alerts no longer go to everyone' }]
      : []),
  ];
};

const membersLoosen = (before: Rota, after: Rota): readonly Loosened[] =>
  before.members.flatMap(({ name, channels, external_id }) => {
    const member = after.members.find((one) => one.name === name);
    const at = `/members/${name}`;
    return member === undefined
      ? [{ pointer: at, detail: 'is removed' }]
      : [
          ...whereRemoved(`${at}/channels`, channels, member.channels),
          ...replaced(`${at}/external_id`, external_id, member.external_id),
        ];
  });

/**
 * A new rota loosens, because routes to it led to everyone before; for the same reason a removed
 * one does not. An override changes who is told, not whether somebody is.
 */
export const rotaLoosens: Loosens<RotaState> = ({ rota: before }, { rota: after }) => {
  if (after === null) return [];
  if (before === null) return [{ pointer: '', detail: 'is new: routes to it led to everyone before' }];
  return [...replaced('/source', before.source, after.source), ...membersLoosen(before, after)];
};
