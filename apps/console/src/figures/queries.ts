import type { GroupedBy, Period } from './figures.js';
import { routeQuery } from '../api/route-query.js';

export const figuresQuery = (over: Period, by: GroupedBy) =>
  routeQuery(
    '/api/v1/autonomous/outcomes/figures',
    ['status', 'figures', over, by],
    { query: { over, by } },
    { refetchInterval: 30_000 },
  );
