import { queryOptions } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { call, tenantStore } from '../api/client.js';

export type Channel = Schema<'ChannelDto'>;
export type Rota = Schema<'RotaDto'>;

export const channelsQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['reach', 'channels', tenant ?? ''],
    queryFn: ({ signal }) => call('get', '/api/v1/alerts/channels', { tenant, signal }),
  });

export const routesQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['reach', 'routes', tenant ?? ''],
    queryFn: ({ signal }) => call('get', '/api/v1/alerts/routes', { tenant, signal }),
  });

/** The rotas, with the people on call at a time (RFC 3339); if absent, now. */
export const rotasQuery = (at: string | undefined, tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['reach', 'rotas', tenant ?? '', at ?? ''],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/alerts/rotas', { query: at === undefined ? {} : { at }, tenant, signal }),
  });

/** The last deliveries of a test message. */
export const testQuery = (id: string, tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['reach', 'test', id, tenant ?? ''],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/alerts/deliveries', { query: { alert_id: id, limit: 5 }, tenant, signal }),
    // A channel may need several attempts.
    refetchInterval: ({ state: { data } }) =>
      data?.items.some(({ state }) => ['delivered', 'failed', 'dropped'].includes(state)) === true
        ? false
        : 1000,
  });
