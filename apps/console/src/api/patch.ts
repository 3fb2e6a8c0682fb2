import type { QueryClient, QueryFilters } from '@tanstack/react-query';
import { read } from './client.js';
import { commitOf } from './own-writes.js';
import { rowFits } from '../action/lists/action-filters.js';
import type { ActionPage, ActionRow, ActionsFilter } from './types.js';

/** If more actions changed than this, whole lists are read instead. */
const mostAtOnce = 50;
/**
 * How often rows are requested before whole lists are read. A read model may lag behind the stream.
 */
const mostTries = 5;
const againMs = 400;

const isNewer = (a: ActionRow, b: ActionRow): boolean => {
  const [ofA, ofB] = [a, b].map(({ accepted_at: at }) => at ?? '') as [string, string];
  return ofA === ofB ? a.action_id > b.action_id : ofA > ofB;
};

/**
 * Returns the page of a list with the new values of these rows. Returns undefined if only the
 * server can tell which rows are on the page.
 */
export const patchedPage = (
  page: ActionPage,
  filter: ActionsFilter,
  rows: readonly ActionRow[],
): ActionPage | undefined => {
  let items = page.items;
  for (const row of rows) {
    const fits = rowFits(row, filter);
    const at = items.findIndex(({ action_id }) => action_id === row.action_id);
    if (fits === undefined || (at >= 0 && !fits)) return undefined;
    if (at >= 0) items = items.with(at, row);
    else if (fits) {
      const before = items.findIndex((one) => isNewer(row, one));
      // The row belongs to an earlier page, or to a later page that is not shown.
      if (filter.cursor !== undefined && before === 0) continue;
      if (before < 0 && page.next !== null) continue;
      if (filter.cursor !== undefined) return undefined;
      items = items.toSpliced(before < 0 ? items.length : before, 0, row);
    }
  }
  // A page with a `next` cursor may grow, because the cursor stays after its last row.
  return { ...page, items: filter.limit === undefined ? items : items.slice(0, filter.limit) };
};

/**
 * Reads the rows of these actions, each at least as new as the noted position. Returns undefined if
 * that takes too long or there are too many.
 */
const rowsOf = async (
  noted: ReadonlyMap<string, string>,
  tenant: string | undefined,
): Promise<readonly ActionRow[] | undefined> => {
  if (noted.size > mostAtOnce) return undefined;
  const query = { ids: [...noted.keys()].join(','), limit: mostAtOnce };
  for (let tried = 0; tried < mostTries; tried += 1) {
    if (tried > 0) await new Promise((resolve) => setTimeout(resolve, againMs));
    const { items } = await read('/api/v1/autonomous/actions', { query, tenant });
    const known = new Map(items.map((row) => [row.action_id, commitOf(row.position)]));
    if ([...noted].every(([id, position]) => (known.get(id) ?? -1n) >= commitOf(position))) return items;
  }
  return undefined;
};

/**
 * Updates the lists of actions on the page: it reads the changed rows and puts them into their
 * pages. A list is read whole if it is being read already, or if only the server can tell its rows.
 */
export const patchActions = async (
  queries: QueryClient,
  tenant: string | undefined,
  noted: ReadonlyMap<string, string>,
): Promise<void> => {
  const lists: QueryFilters = {
    queryKey: ['actions', 'list'],
    predicate: ({ queryKey }) => queryKey.at(-1) === (tenant ?? ''),
  };
  void queries.invalidateQueries({ ...lists, type: 'inactive', refetchType: 'none' });
  const shown = (): ReturnType<typeof cache.findAll> => cache.findAll({ ...lists, type: 'active' });
  const cache = queries.getQueryCache();
  if (shown().length === 0) return;
  const rows = await rowsOf(noted, tenant).catch(() => undefined);
  for (const { queryKey, state } of shown()) {
    const page = state.data as ActionPage | undefined;
    const patched =
      rows === undefined || page === undefined || state.fetchStatus !== 'idle'
        ? undefined
        : patchedPage(page, queryKey[2] as ActionsFilter, rows);
    if (patched === undefined) void queries.invalidateQueries({ queryKey, exact: true });
    else queries.setQueryData(queryKey, patched);
  }
};
