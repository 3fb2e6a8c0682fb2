import { type UseMutationResult } from '@tanstack/react-query';
import { call, tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import type { Schema } from '@interlock/api-types';
import type { Alert, Incident } from '../api/types.js';
import { routeQuery } from '../api/route-query.js';

/** The alert or incident on the page. */
export type Notice =
  | { readonly kind: 'alerts'; readonly thing: Alert }
  | { readonly kind: 'incidents'; readonly thing: Incident };

export type NoticeChange =
  | { readonly verb: 'acknowledge' | 'resolve' | 'note'; readonly note: string }
  /** Null ends the silence now. */
  | { readonly verb: 'silence'; readonly until: string | null; readonly note: string };

const routes = {
  alerts: {
    acknowledge: { post: '/api/v1/alerts/{id}/acknowledge' },
    resolve: { post: '/api/v1/alerts/{id}/resolve' },
    note: { post: '/api/v1/alerts/{id}/note' },
  },
  incidents: {
    acknowledge: { post: '/api/v1/incidents/{id}/acknowledge' },
    resolve: { post: '/api/v1/incidents/{id}/resolve' },
    note: { post: '/api/v1/incidents/{id}/note' },
  },
} as const;

/** Sends a change of an alert or an incident. */
export const sendNotice = (
  { kind, thing }: Notice,
  change: NoticeChange,
  tenant: string | undefined,
): Promise<unknown> => {
  const sent = { tenant, path: { id: thing.id } };
  const noted = change.note === '' ? {} : { note: change.note };
  if (change.verb === 'silence')
    return call('post', '/api/v1/alerts/{id}/silence', { ...sent, body: { until: change.until, ...noted } });
  // Acknowledges only the episode that the user saw, not one that began later.
  const seen =
    change.verb === 'acknowledge' && kind === 'alerts' && thing.episode >= 1
      ? { episode: thing.episode }
      : {};
  return call('post', routes[kind][change.verb].post, { ...sent, body: { ...noted, ...seen } });
};

const changed: { readonly [V in NoticeChange['verb']]: string } = {
  acknowledge: 'Acknowledged.',
  resolve: 'Resolved.',
  note: 'The note was added.',
  silence: 'The silence was changed.',
};

/** Changes an alert or an incident, and then invalidates the affected queries. */
export const useNoticeChange = (notice: Notice): UseMutationResult<unknown, Error, NoticeChange> =>
  useSend(
    (change: NoticeChange) => sendNotice(notice, change, tenantStore.get()),
    ['alerts', 'incidents', 'alert', 'incident'],
    ({ verb }) => changed[verb],
  );

/** The deliveries of an alert with their results, the newest first. */
export const deliveriesQuery = (id: string) =>
  routeQuery('/api/v1/alerts/deliveries', ['alert', id, 'deliveries'], {
    query: { alert_id: id, limit: 50 },
  });

export type Delivery = Schema<'DeliveryDto'>;
/** The newest deliveries of all alerts. */
export const latestDeliveriesQuery = () =>
  routeQuery('/api/v1/alerts/deliveries', ['alerts', 'deliveries'], { query: { limit: 200 } });

/** The figures of safe operation with their limits. */
export const operationalQuery = () =>
  routeQuery('/api/v1/alerts/operational', ['alerts', 'operational'], {}, { refetchInterval: 60_000 });
