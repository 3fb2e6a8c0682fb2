import type { ApiPath, paths } from '@interlock/api-types';
import { queryOptions, type QueryKey, type UseQueryOptions } from '@tanstack/react-query';
import { read, tenantOf, type AnswerOf, type Init } from './client.js';

type Answer<P extends ApiPath> = AnswerOf<paths[P]['get']>;

/**
 * A query that reads one route for one tenant, by default the selected one. Its place in the cache
 * is `key` followed by the tenant. `init` has the parameters of the request.
 */
export const routeQuery = <P extends ApiPath>(
  path: P,
  key: QueryKey,
  init: Init<paths[P]['get']> = {},
  more: Pick<
    UseQueryOptions<Answer<P>>,
    'enabled' | 'gcTime' | 'refetchInterval' | 'retry' | 'staleTime'
  > = {},
) => {
  const tenant = tenantOf(init);
  return queryOptions<Answer<P>>({
    queryKey: [...key, tenant ?? ''],
    queryFn: ({ signal }) => read(path, { ...init, tenant, signal }),
    ...more,
  });
};
