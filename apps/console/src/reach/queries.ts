import type { Schema } from '@interlock/api-types';
import { tenantStore } from '../api/client.js';
import { routeQuery } from '../api/route-query.js';

export type Channel = Schema<'ChannelDto'>;
export type Rota = Schema<'RotaDto'>;

export const channelsQuery = (tenant = tenantStore.get()) =>
  routeQuery('/api/v1/alerts/channels', ['reach', 'channels', tenant ?? ''], { tenant });

export const routesQuery = (tenant = tenantStore.get()) =>
  routeQuery('/api/v1/alerts/routes', ['reach', 'routes', tenant ?? ''], { tenant });

/** The rotas, with the people on call at a time (RFC 3339); if absent, now. */
export const rotasQuery = (at: string | undefined, tenant = tenantStore.get()) =>
  routeQuery('/api/v1/alerts/rotas', ['reach', 'rotas', tenant ?? '', at ?? ''], {
    query: at === undefined ? {} : { at },
    tenant,
  });

/** The last deliveries of a test message. */
export const testQuery = (id: string, tenant = tenantStore.get()) =>
  routeQuery(
    '/api/v1/alerts/deliveries',
    ['reach', 'test', id, tenant ?? ''],
    { query: { alert_id: id, limit: 5 }, tenant },
    {
      // A channel may need several attempts.
      refetchInterval: ({ state: { data } }) =>
        data?.items.some(({ state }) => ['delivered', 'failed', 'dropped'].includes(state)) === true
          ? false
          : 1000,
    },
  );
