import type { Schema } from '@interlock/api-types';
import { queryOptions, useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import type { AlertsFilter } from '../alerts/filters.js';
import { streamState } from './live.js';
import { call, read, tenantStore } from './client.js';
import { routeQuery } from './route-query.js';
import { notify } from '../state/notifications.js';
import { itemsOfPages } from '../ui/tables/pages.js';
import type { Action, ActionsFilter, ActionState, InboxFilter } from './types.js';

export type {
  Action,
  ActionRow,
  ActionState,
  Gate,
  Alert,
  Incident,
  Posture,
  Level,
  Receipt,
} from './types.js';

/** The polling interval in milliseconds. Queries poll only while the stream is not live. */
const whileOffline = (): number | false => (streamState.get().kind === 'live' ? false : 15_000);
const keyOf = (tenant: string | undefined): string => tenant ?? '';

export const waitingStates: readonly ActionState[] = ['AWAITING_CONFIRMATION', 'AWAITING_APPROVAL'];
export const runningStates: readonly ActionState[] = ['PENDING', 'EXECUTING', 'VALIDATING', 'ROLLING_BACK'];

export const actionsQuery = (filter: ActionsFilter, tenant = tenantStore.get()) =>
  routeQuery(
    '/api/v1/autonomous/actions',
    ['actions', 'list', filter],
    { query: { limit: 50, ...filter }, tenant },
    { refetchInterval: whileOffline },
  );

export type InboxItem = Schema<'InboxItemDto'>;
/**
 * The inbox: the items that this user may decide, or all of them. The item that expires first comes
 * first.
 */
export const inboxQuery = (filter: InboxFilter) =>
  routeQuery(
    '/api/v1/autonomous/inbox',
    ['inbox', filter],
    { query: { limit: 50, ...filter } },
    { refetchInterval: whileOffline },
  );
/** All pages of the same, for an export. */
export const allInbox = (filter: InboxFilter): Promise<readonly InboxItem[]> => {
  const tenant = tenantStore.get();
  return itemsOfPages((cursor) =>
    read('/api/v1/autonomous/inbox', { query: { ...filter, limit: 200, cursor }, tenant }),
  );
};

export const changeQuery = (id: string) =>
  routeQuery('/api/v1/changes/{id}', ['change', id], { path: { id } }, { refetchInterval: 5000 });

export const actionQuery = (id: string) =>
  routeQuery(
    '/api/v1/autonomous/actions/{id}',
    ['action', id],
    { path: { id } },
    { refetchInterval: whileOffline },
  );

export const timelineQuery = (id: string) =>
  routeQuery('/api/v1/autonomous/actions/{id}/timeline', ['action', id, 'timeline'], { path: { id } });

export const statusQuery = (tenant = tenantStore.get()) =>
  routeQuery('/api/v1/autonomous/status', ['status'], { tenant }, { refetchInterval: 15_000 });

/** The receipt of a stop. It is read again after each event of an action while it is shown. */
export const receiptQuery = (id: string, tenant: string) =>
  routeQuery(
    '/api/v1/autonomous/kill-switch/{id}',
    ['status', 'receipt', id],
    { path: { id }, tenant },
    { refetchInterval: whileOffline },
  );

export const postureQuery = () => routeQuery('/api/v1/posture', ['posture'], {}, { refetchInterval: 15_000 });
export const brakeQuery = () =>
  routeQuery('/api/v1/posture/brake', ['posture', 'brake'], {}, { refetchInterval: 15_000 });
export const trustQuery = () =>
  routeQuery('/api/v1/posture/trust', ['posture', 'trust'], {}, { refetchInterval: whileOffline });
export const postureHistoryQuery = () =>
  routeQuery('/api/v1/posture/history', ['posture', 'history'], { query: { limit: 20 } });
/** The levels and the slopes of the signals in the last hours. */
export const postureTrendQuery = (hours: number) =>
  routeQuery('/api/v1/posture/trend', ['posture', 'trend', hours], { query: { hours } });
export const responsesQuery = () =>
  routeQuery(
    '/api/v1/responses',
    ['posture', 'responses'],
    { query: { limit: 10 } },
    {
      // The actions of a run belong to the system tenant. The stream of another tenant does not
      // announce their events, so the query polls.
      refetchInterval: ({ state: { data } }) =>
        data?.items.some(({ status }) => status === 'running') === true ? 3000 : whileOffline(),
    },
  );

export const alertsQuery = (filter: AlertsFilter = {}) =>
  routeQuery(
    '/api/v1/alerts',
    ['alerts', filter],
    { query: { limit: 100, ...filter } },
    { refetchInterval: whileOffline },
  );
/** The gaps in alerting: alerts that would notify nobody. */
export const reachQuery = () =>
  routeQuery('/api/v1/alerts/reach', ['reach'], {}, { refetchInterval: 60_000 });
export const incidentsQuery = () =>
  routeQuery('/api/v1/incidents', ['incidents'], { query: { limit: 50 } }, { refetchInterval: whileOffline });
export const alertTimelineQuery = (kind: 'alerts' | 'incidents', id: string, tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: [kind === 'alerts' ? 'alert' : 'incident', id, keyOf(tenant)],
    queryFn: ({ signal }) =>
      kind === 'alerts'
        ? read('/api/v1/alerts/{id}/timeline', { path: { id }, tenant, signal })
        : read('/api/v1/incidents/{id}/timeline', { path: { id }, tenant, signal }),
  });
export const bundlesQuery = () => routeQuery('/api/v1/policy/bundles/active', ['bundles', 'active']);
export const typesQuery = () => routeQuery('/api/v1/action-types', ['policies', 'types']);
export const devicesQuery = () =>
  routeQuery('/api/v1/devices', ['devices'], { query: { limit: 100 } }, { refetchInterval: whileOffline });
export const policiesQuery = (tenantId: string) =>
  routeQuery('/api/v1/policies/{tenantId}', ['policies', 'list'], { path: { tenantId }, tenant: tenantId });

/**
 * The route of each decision about an action, and its result. A rollback's first step only shows
 * what it would change. With the digest of those changes, the call approves them.
 */
const decisions = {
  approve: { post: '/api/v1/autonomous/actions/{id}/approve', done: 'The request was approved.' },
  reject: { post: '/api/v1/autonomous/actions/{id}/reject', done: 'The request was rejected.' },
  confirm: { post: '/api/v1/autonomous/actions/{id}/confirm', done: 'The action was confirmed and proceeds.' },
  cancel: { post: '/api/v1/autonomous/actions/{id}/cancel', done: 'The action was cancelled.' },
  extend: { post: '/api/v1/autonomous/actions/{id}/extend', done: 'The window was extended.' },
  rollback: { post: '/api/v1/autonomous/actions/{id}/rollback', done: undefined },
} as const; // prettier-ignore

export type Decision = {
  /** The tenant of the action that the decision is about. */
  readonly tenant: string;
  readonly id: string;
  readonly kind: keyof typeof decisions;
  readonly digest?: string;
  readonly comment: string;
};

/** The number of seconds by which a window is extended. */
export const extendS = 60;

/** Sends a decision about an action. */
export const sendDecision = ({ tenant, id, kind, digest, comment }: Decision): Promise<Action> =>
  call('post', decisions[kind].post, {
    tenant,
    path: { id },
    body:
      kind === 'extend'
        ? { seconds: extendS }
        : { ...(comment === '' ? {} : { comment }), ...(digest === undefined ? {} : { digest }) },
  });

/** A page's decisions about actions. The page shows one only after the server has confirmed it. */
export const useDecide = (): UseMutationResult<Action, Error, Decision> => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: sendDecision,
    onSuccess: (action, sent) => {
      const text = decisions[sent.kind].done;
      if (text !== undefined) notify(text);
      queries.setQueriesData<Action>(
        // The key of the action's timeline is longer than that of the action, so it does not match.
        { queryKey: ['action', action.action_id], predicate: ({ queryKey }) => queryKey.length === 3 },
        (before) => (before === undefined ? undefined : { ...before, ...action }),
      );
    },
    onSettled: (_data, _error, { id }) =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['actions'] }),
        queries.invalidateQueries({ queryKey: ['action', id] }),
      ]),
  });
};
