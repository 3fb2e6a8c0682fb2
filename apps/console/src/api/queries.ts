import { queryOptions, useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { streamState } from './live.js';
import { call, tenantStore } from './client.js';
import type { Action, ActionState } from './types.js';

export type {
  Action,
  ActionState,
  Gate,
  Alert,
  Incident,
  Posture,
  Level,
  Receipt,
  Timeline,
  Device,
} from './types.js';

/** Reads by the clock only while the stream does not say what is new. */
const whileOffline = (): number | false => (streamState.get().kind === 'live' ? false : 15_000);
const tenantKey = (): string => tenantStore.get() ?? '';

export const waitingStates: readonly ActionState[] = ['AWAITING_CONFIRMATION', 'AWAITING_APPROVAL'];
export const runningStates: readonly ActionState[] = ['PENDING', 'EXECUTING', 'VALIDATING', 'ROLLING_BACK'];

export const actionsQuery = (filter: {
  readonly state?: ActionState | undefined;
  readonly action_type?: string | undefined;
  readonly entity_id?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number;
}) =>
  queryOptions({
    queryKey: ['actions', tenantKey(), filter],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/autonomous/actions', { query: { limit: 50, ...filter }, signal }),
    refetchInterval: whileOffline,
  });

export const actionQuery = (id: string) =>
  queryOptions({
    queryKey: ['action', id, tenantKey()],
    queryFn: ({ signal }) => call('get', '/api/v1/autonomous/actions/{id}', { path: { id }, signal }),
    refetchInterval: whileOffline,
  });

export const timelineQuery = (id: string) =>
  queryOptions({
    queryKey: ['action', id, 'timeline', tenantKey()],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/autonomous/actions/{id}/timeline', { path: { id }, signal }),
  });

export const statusQuery = () =>
  queryOptions({
    queryKey: ['status', tenantKey()],
    queryFn: ({ signal }) => call('get', '/api/v1/autonomous/status', { signal }),
    refetchInterval: 15_000,
  });

export const postureQuery = () =>
  queryOptions({
    queryKey: ['posture', tenantKey()],
    queryFn: ({ signal }) => call('get', '/api/v1/posture', { signal }),
    refetchInterval: 15_000,
  });
export const brakeQuery = () =>
  queryOptions({
    queryKey: ['posture', 'brake', tenantKey()],
    queryFn: ({ signal }) => call('get', '/api/v1/posture/brake', { signal }),
    refetchInterval: 15_000,
  });
export const trustQuery = () =>
  queryOptions({
    queryKey: ['posture', 'trust', tenantKey()],
    queryFn: ({ signal }) => call('get', '/api/v1/posture/trust', { signal }),
    refetchInterval: whileOffline,
  });
export const postureHistoryQuery = () =>
  queryOptions({
    queryKey: ['posture', 'history', tenantKey()],
    queryFn: ({ signal }) => call('get', '/api/v1/posture/history', { query: { limit: 20 }, signal }),
  });
export const postureTrendQuery = () =>
  queryOptions({
    queryKey: ['posture', 'trend', tenantKey()],
    queryFn: ({ signal }) => call('get', '/api/v1/posture/trend', { query: { hours: 24 }, signal }),
  });
export const responsesQuery = () =>
  queryOptions({
    queryKey: ['posture', 'responses', tenantKey()],
    queryFn: ({ signal }) => call('get', '/api/v1/responses', { query: { limit: 10 }, signal }),
  });

export const alertsQuery = () =>
  queryOptions({
    queryKey: ['alerts', tenantKey()],
    queryFn: ({ signal }) => call('get', '/api/v1/alerts', { query: { limit: 100 }, signal }),
    refetchInterval: whileOffline,
  });
export const incidentsQuery = () =>
  queryOptions({
    queryKey: ['incidents', tenantKey()],
    queryFn: ({ signal }) => call('get', '/api/v1/incidents', { query: { limit: 50 }, signal }),
    refetchInterval: whileOffline,
  });
export const alertTimelineQuery = (kind: 'alerts' | 'incidents', id: string) =>
  queryOptions({
    queryKey: [kind === 'alerts' ? 'alert' : 'incident', id, tenantKey()],
    queryFn: ({ signal }) =>
      kind === 'alerts'
        ? call('get', '/api/v1/alerts/{id}/timeline', { path: { id }, signal })
        : call('get', '/api/v1/incidents/{id}/timeline', { path: { id }, signal }),
  });
export const bundlesQuery = () =>
  queryOptions({
    queryKey: ['bundles', 'active', tenantKey()],
    queryFn: ({ signal }) => call('get', '/api/v1/policy/bundles/active', { signal }),
  });
export const devicesQuery = () =>
  queryOptions({
    queryKey: ['devices', tenantKey()],
    queryFn: ({ signal }) => call('get', '/api/v1/devices', { query: { limit: '100' }, signal }),
    refetchInterval: whileOffline,
  });
export const policiesQuery = (tenantId: string) =>
  queryOptions({
    queryKey: ['policies', tenantId],
    queryFn: ({ signal }) => call('get', '/api/v1/policies/{tenantId}', { path: { tenantId }, signal }),
  });

export type Decision = {
  readonly id: string;
  readonly kind: 'approve' | 'reject' | 'confirm' | 'cancel';
  readonly digest?: string;
  readonly comment: string;
};

/** Sends a decision about an action. Nothing is shown as done before the server said so. */
export const useDecide = (): UseMutationResult<Action, Error, Decision> => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, kind, digest, comment }) => {
      const sent = {
        path: { id },
        body: {
          ...(comment === '' ? {} : { comment }),
          ...(digest === undefined ? {} : { digest }),
        },
      };
      switch (kind) {
        case 'approve':
          return call('post', '/api/v1/autonomous/actions/{id}/approve', sent);
        case 'reject':
          return call('post', '/api/v1/autonomous/actions/{id}/reject', sent);
        case 'confirm':
          return call('post', '/api/v1/autonomous/actions/{id}/confirm', sent);
        case 'cancel':
          return call('post', '/api/v1/autonomous/actions/{id}/cancel', sent);
      }
    },
    onSuccess: (action) => {
      queries.setQueryData(actionQuery(action.action_id).queryKey, (before) =>
        before === undefined ? undefined : { ...before, ...action },
      );
    },
    onSettled: (_data, _error, { id }) =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['actions'] }),
        queries.invalidateQueries({ queryKey: ['action', id] }),
      ]),
  });
};
