import { actionStates, endStates } from '@interlock/contracts';
import type { ActionRow, ActionsFilter } from '../../api/types.js';
import { chosenOf, oneOf, textOf, timeOf } from '../../ui/forms/filter-values.js';
import { gateNames } from '../words.js';
import { verdictChoices } from './filters.js';

/** The members of the address of the list of actions, and how each is read. */
const members = {
  state: (given: unknown) => oneOf(actionStates, given),
  type: textOf,
  /** The id of an entity, or a prefix of it that ends with `*`. */
  entity: textOf,
  agent: textOf,
  account: textOf,
  gate: (given: unknown) => chosenOf(gateNames, given),
  verdict: (given: unknown) => chosenOf(verdictChoices, given),
  since: timeOf,
  until: timeOf,
  cursor: textOf,
};

/** The members of the address of the list of actions. Times are RFC 3339. */
export type ActionsSearch = {
  readonly [M in keyof typeof members]?: ReturnType<(typeof members)[M]>;
};
/** A member of the address that filters the list. */
export type FilterMember = Exclude<keyof ActionsSearch, 'cursor'>;
export const filterMembers = Object.keys(members).filter((name) => name !== 'cursor') as FilterMember[];

/** Reads the search from an address and leaves out invalid members. Pure. */
export const actionsSearchIn = (search: { readonly [name: string]: unknown }): ActionsSearch =>
  Object.fromEntries(Object.entries(members).map(([name, read]) => [name, read(search[name])]));

type FilterName = Exclude<keyof ActionsFilter, 'cursor' | 'limit'>;
type Filter<N extends FilterName> = {
  /** Returns the filter that an address asks for. `null`: no address sets it. */
  readonly from: ((search: ActionsSearch) => ActionsFilter[N]) | null;
  /** Returns whether a row matches. `server`: only the server can tell. */
  readonly fits: ((row: ActionRow, wanted: NonNullable<ActionsFilter[N]>) => boolean) | 'server';
};

const is =
  <N extends FilterName & keyof ActionRow>(name: N) =>
  (row: ActionRow, wanted: unknown): boolean =>
    row[name] === wanted;
const isPrefix = (entity: string | undefined): entity is string => entity?.endsWith('*') === true;

/** Every filter of the route. A filter that is missing here does not compile. */
const filters: { readonly [N in FilterName]: Filter<N> } = {
  state: { from: ({ state }) => state, fits: is('state') },
  action_type: { from: ({ type }) => type, fits: is('action_type') },
  entity_id: { from: ({ entity }) => (isPrefix(entity) ? undefined : entity), fits: is('entity_id') },
  entity_prefix: {
    from: ({ entity }) => (isPrefix(entity) ? entity.slice(0, -1) : undefined),
    fits: ({ entity_id: id }, prefix) => id.startsWith(prefix),
  },
  agent: { from: ({ agent }) => agent, fits: is('agent') },
  account_id: { from: ({ account }) => account, fits: is('account_id') },
  gate: { from: ({ gate }) => gate, fits: 'server' },
  verdict: { from: ({ verdict }) => verdict, fits: 'server' },
  since: { from: ({ since }) => since, fits: 'server' },
  until: { from: ({ until }) => until, fits: 'server' },
  intent_id: { from: null, fits: is('intent_id') },
  ids: { from: null, fits: 'server' },
  action_id_prefix: { from: null, fits: ({ action_id: id }, prefix) => id.startsWith(prefix) },
  open: { from: null, fits: ({ state }, open) => !endStates.includes(state) === (open === 'true') },
  dry_run: { from: null, fits: ({ dry_run: isDry }, wanted) => isDry === (wanted === 'true') },
};
const rows = Object.entries(filters) as unknown as readonly (readonly [FilterName, Filter<FilterName>])[];

/** Converts a search to the query of the API. Pure. */
export const filterOf = (search: ActionsSearch): ActionsFilter => ({
  ...Object.fromEntries(rows.flatMap(([name, { from }]) => (from === null ? [] : [[name, from(search)]]))),
  cursor: search.cursor,
});

/** Returns whether a row matches a filter; undefined if only the server can tell. Pure. */
export const rowFits = (row: ActionRow, filter: ActionsFilter): boolean | undefined => {
  let whole = true;
  for (const [name, { fits }] of rows) {
    const wanted = filter[name];
    if (wanted === undefined) continue;
    if (fits === 'server') return undefined;
    // The entry of a name takes the value of the same name.
    if (!fits(row, wanted as never)) whole = false;
  }
  return whole;
};
