import { tenantStore } from '../api/client.js';
import type { GroupedBy, Period } from './figures.js';
import { routeQuery } from '../api/route-query.js';

export const figuresQuery = (over: Period, by: GroupedBy, tenant = tenantStore.get()) =>
  routeQuery(
    '/api/v1/autonomous/outcomes/figures',
    ['status', 'figures', over, by, tenant],
    { query: { over, by }, tenant },
    { refetchInterval: 30_000 },
  );
