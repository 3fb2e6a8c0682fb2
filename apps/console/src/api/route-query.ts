import type { ApiPath, paths } from '@interlock/api-types';
import { queryOptions, type QueryKey, type UseQueryOptions } from '@tanstack/react-query';
import { read, type AnswerOf, type Init } from './client.js';

type Answer<P extends ApiPath> = AnswerOf<paths[P]['get']>;

/**
 * A query that reads one route. `key` is its place in the cache, `init` the parameters and the
 * tenant of the request.
 */
export const routeQuery = <P extends ApiPath>(
  path: P,
  key: QueryKey,
  init: Init<paths[P]['get']>,
  more: Pick<
    UseQueryOptions<Answer<P>>,
    'enabled' | 'gcTime' | 'refetchInterval' | 'retry' | 'staleTime'
  > = {},
) =>
  queryOptions<Answer<P>>({
    queryKey: key,
    queryFn: ({ signal }) => read(path, { ...init, signal }),
    ...more,
  });
