import type { QueryClient } from '@tanstack/react-query';
import { call } from './client.js';
import type { Schema } from '@interlock/api-types';
import type { ActionPage, ActionRow, ActionState } from './types.js';

export type ActionsFilter = {
  readonly state?: ActionState | undefined;
  readonly action_type?: string | undefined;
  readonly entity_id?: string | undefined;
  readonly entity_prefix?: string | undefined;
  readonly agent?: string | undefined;
  readonly account_id?: string | undefined;
  readonly gate?: Schema<'GateFiguresDto'>['gate'] | undefined;
  readonly verdict?: keyof Schema<'GateFiguresDto'>['verdicts'] | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number;
};

/** More are read as lists. */
const mostAtOnce = 50;
/**
 * A read model may be behind the stream: so often a row is asked for before lists are read whole.
 */
const mostTries = 5;
const againMs = 400;

/** Of these only the server can say whether a row fits. */
const isForServer = ({ entity_prefix, gate, verdict, since, until }: ActionsFilter): boolean =>
  [entity_prefix, gate, verdict, since, until].some((value) => value !== undefined);

const fits = (row: ActionRow, { state, action_type, entity_id, agent, account_id }: ActionsFilter): boolean =>
  (state === undefined || row.state === state) &&
  (action_type === undefined || row.action_type === action_type) &&
  (entity_id === undefined || row.entity_id === entity_id) &&
  (agent === undefined || row.agent === agent) &&
  (account_id === undefined || row.account_id === account_id);

const isNewer = (a: ActionRow, b: ActionRow): boolean => {
  const [ofA, ofB] = [a, b].map(({ accepted_at: at }) => at ?? '') as [string, string];
  return ofA === ofB ? a.action_id > b.action_id : ofA > ofB;
};

/**
 * A page of a list with these rows as they are now; undefined where only the server can say what is
 * on it.
 */
export const patchedPage = (
  page: ActionPage,
  filter: ActionsFilter,
  rows: readonly ActionRow[],
): ActionPage | undefined => {
  if (isForServer(filter)) return undefined;
  let items = page.items;
  for (const row of rows) {
    const at = items.findIndex(({ action_id }) => action_id === row.action_id);
    if (at >= 0 && !fits(row, filter)) return undefined;
    if (at >= 0) items = items.with(at, row);
    else if (fits(row, filter)) {
      const before = items.findIndex((one) => isNewer(row, one));
      // An earlier page, or a later one that is not shown.
      if (filter.cursor !== undefined && before === 0) continue;
      if (before < 0 && page.next !== null) continue;
      if (filter.cursor !== undefined) return undefined;
      items = items.toSpliced(before < 0 ? items.length : before, 0, row);
    }
  }
  // Where a list goes on with `next`, its page grows: that place stays behind its last row.
  return { ...page, items: filter.limit === undefined ? items : items.slice(0, filter.limit) };
};

const commitOf = (position: string): bigint => BigInt(position.split('/', 1)[0] ?? '0');

/**
 * Reads the rows of these actions, each at least as it was at the position that was noted;
 * undefined where that takes too long, or there are too many.
 */
const rowsOf = async (
  noted: ReadonlyMap<string, string>,
  tenant: string | undefined,
): Promise<readonly ActionRow[] | undefined> => {
  if (noted.size > mostAtOnce) return undefined;
  const query = { ids: [...noted.keys()].join(','), limit: mostAtOnce };
  for (let tried = 0; tried < mostTries; tried += 1) {
    if (tried > 0)
      await new Promise((resolve) => {
        setTimeout(resolve, againMs);
      });
    const { items } = await call('get', '/api/v1/autonomous/actions', { query, tenant });
    const known = new Map(items.map((row) => [row.action_id, commitOf(row.position)]));
    if ([...noted].every(([id, position]) => (known.get(id) ?? -1n) >= commitOf(position))) return items;
  }
  return undefined;
};

/**
 * Brings the lists of actions that are shown up to date: reads the rows that changed, and puts them
 * into the pages that have them. A list that is being read, or of which only the server can say
 * what is on it, is read whole.
 */
export const patchActions = async (
  queries: QueryClient,
  tenant: string | undefined,
  noted: ReadonlyMap<string, string>,
): Promise<void> => {
  const key = ['actions', tenant ?? ''];
  void queries.invalidateQueries({ queryKey: key, type: 'inactive', refetchType: 'none' });
  const shown = (): ReturnType<typeof cache.findAll> => cache.findAll({ queryKey: key, type: 'active' });
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
