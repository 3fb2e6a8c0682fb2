import type { Schema } from '@interlock/api-types';
import { routeQuery } from '../api/route-query.js';

export type Channel = Schema<'ChannelDto'>;
export type Rota = Schema<'RotaDto'>;

export const channelsQuery = () => routeQuery('/api/v1/alerts/channels', ['reach', 'channels']);

export const routesQuery = () => routeQuery('/api/v1/alerts/routes', ['reach', 'routes']);

/** The rotas, with the people on call at a time (RFC 3339); if absent, now. */
export const rotasQuery = (at: string | undefined) =>
  routeQuery('/api/v1/alerts/rotas', ['reach', 'rotas', at ?? ''], { query: at === undefined ? {} : { at } });

/** The last deliveries of a test message. */
export const testQuery = (id: string) =>
  routeQuery(
    '/api/v1/alerts/deliveries',
    ['reach', 'test', id],
    { query: { alert_id: id, limit: 5 } },
    {
      // A channel may need several attempts.
      refetchInterval: ({ state: { data } }) =>
        data?.items.some(({ state }) => ['delivered', 'failed', 'dropped'].includes(state)) === true
          ? false
          : 1000,
    },
  );
