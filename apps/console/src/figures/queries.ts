import { queryOptions } from '@tanstack/react-query';
import { call, tenantStore } from '../api/client.js';
import type { GroupedBy, Period } from './figures.js';

export const figuresQuery = (over: Period, by: GroupedBy, tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['status', 'figures', over, by, tenant],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/autonomous/outcomes/figures', { query: { over, by }, tenant, signal }),
    refetchInterval: 30_000,
  });
