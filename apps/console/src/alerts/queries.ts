import { queryOptions, useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { call, tenantStore } from '../api/client.js';
import type { Alert, Incident } from '../api/types.js';

/** An alert or an incident, as one that is looked at. */
export type Notice =
  | { readonly kind: 'alerts'; readonly thing: Alert }
  | { readonly kind: 'incidents'; readonly thing: Incident };

export type NoticeChange =
  | { readonly verb: 'acknowledge' | 'resolve' | 'note'; readonly note: string }
  /** `until` null ends the silence now. */
  | { readonly verb: 'silence'; readonly until: string | null; readonly note: string };

const send = (notice: Notice, change: NoticeChange, tenant: string | undefined): Promise<unknown> => {
  const { kind, thing } = notice;
  const path = { id: thing.id };
  const noted = change.note === '' ? {} : { note: change.note };
  if (change.verb === 'silence')
    return call('post', '/api/v1/alerts/{id}/silence', {
      tenant,
      path,
      body: { until: change.until, ...noted },
    });
  if (change.verb === 'note')
    return kind === 'alerts'
      ? call('post', '/api/v1/alerts/{id}/note', { tenant, path, body: { note: change.note } })
      : call('post', '/api/v1/incidents/{id}/note', { tenant, path, body: { note: change.note } });
  if (change.verb === 'resolve')
    return kind === 'alerts'
      ? call('post', '/api/v1/alerts/{id}/resolve', { tenant, path, body: { note: change.note } })
      : call('post', '/api/v1/incidents/{id}/resolve', { tenant, path, body: noted });
  return kind === 'alerts'
    ? call('post', '/api/v1/alerts/{id}/acknowledge', {
        tenant,
        path,
        // The episode that was seen: one that began since is not acknowledged.
        body: { ...noted, ...(thing.episode < 1 ? {} : { episode: thing.episode }) },
      })
    : call('post', '/api/v1/incidents/{id}/acknowledge', { tenant, path, body: noted });
};

/** Changes an alert or an incident, and reads anew whatever that makes old. */
export const useNoticeChange = (notice: Notice): UseMutationResult<unknown, Error, NoticeChange> => {
  const queries = useQueryClient();
  const { id } = notice.thing;
  return useMutation({
    mutationFn: (change: NoticeChange) => send(notice, change, tenantStore.get()),
    onSettled: () =>
      Promise.all(
        [['alerts'], ['incidents'], ['alert', id], ['incident', id]].map((queryKey) =>
          queries.invalidateQueries({ queryKey }),
        ),
      ),
  });
};

/** Who was told of an alert, and what came of it, the newest first. */
export const deliveriesQuery = (id: string, tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['alert', id, 'deliveries', tenant],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/alerts/deliveries', { query: { alert_id: id, limit: 50 }, tenant, signal }),
  });
