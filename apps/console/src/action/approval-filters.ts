import type { InboxItem } from '../api/queries.js';
import type { ActionRow, ActionsFilter, InboxFilter } from '../api/types.js';
import { csvOf } from '../ui/tables/csv.js';
import { filterOf, type ActionsSearch } from './lists/action-filters.js';
import type { DecidedState } from './words.js';

type Kind = InboxItem['kind'];
/** What waits, each kind in words. */
export const kinds: { readonly [K in Kind]: string } = {
  window: 'Awaiting confirmation',
  approval: 'Awaiting approval',
  plan: 'Plan',
  bundle: 'Policy bundle',
  step_up: 'Step up',
  threshold: 'Threshold',
  kill_switch: 'Kill switch',
  brake: 'Safety brake',
  trust_lock: 'Trust lock',
  change: 'Change request',
};
/** The members of both addresses, of the approvals and of the list of actions. */
type CommonSearch = Omit<ActionsSearch, 'state' | 'verdict' | 'cursor'>;
/** The members of the address of the approvals. Times are RFC 3339. */
export type ApprovalsSearch = CommonSearch & {
  readonly id?: string | undefined;
  /** Absent: the items that this user may decide. */
  readonly view?: 'all' | 'decided' | undefined;
  /** The kind of a waiting item, or the state of a decided action. */
  readonly state?: Kind | DecidedState | undefined;
};

const isKind = (state: string): state is Kind => Object.hasOwn(kinds, state);

/** The members that the inbox and the list of actions filter by alike. */
const commonOf = ({ state: _, ...search }: ApprovalsSearch): ActionsFilter => filterOf(search);

/** Every filter of the inbox that an address can set. A missing one does not compile. */
type AskedOfInbox = {
  readonly [N in Exclude<keyof InboxFilter, 'view' | 'cursor' | 'limit'>]-?: InboxFilter[N] | undefined;
};

/** Returns the query of the inbox; undefined if the search is for decided actions only. Pure. */
export const inboxFilterOf = (search: ApprovalsSearch): AskedOfInbox | undefined => {
  const { state, view } = search;
  if (view === 'decided' || (state !== undefined && !isKind(state))) return undefined;
  const { action_type, entity_id, entity_prefix, agent, account_id, gate, since, until } = commonOf(search);
  return { kind: state, action_type, entity_id, entity_prefix, agent, account_id, gate, since, until };
};

/** What is asked of the actions that were decided; undefined where it is only what waits. Pure. */
export const decidedFilterOf = (search: ApprovalsSearch): ActionsFilter | undefined => {
  const { state } = search;
  if (state !== undefined && isKind(state)) return undefined;
  return { ...commonOf(search), state };
};

const csvColumns = [
  'state',
  'id',
  'title',
  'subject',
  'agent',
  'account_id',
  'gates',
  'requested_at',
  'expires_at',
  'decided_at',
  'approvals',
  'approvals_required',
  'why',
  'why_not',
] as const;
type CsvRow = { readonly [N in (typeof csvColumns)[number]]?: string | number | null };

const waitingRow = ({ kind, gates, ...item }: InboxItem): CsvRow => ({
  ...item,
  state: kind,
  gates: gates.join(' '),
});
const decidedRow = (action: ActionRow): CsvRow => ({
  state: action.state,
  id: action.action_id,
  title: action.action_type,
  subject: action.entity_id,
  agent: action.agent,
  account_id: action.account_id,
  requested_at: action.accepted_at,
  decided_at: action.ended_at,
});

/** What waits, and what was decided, as CSV (RFC 4180), with a head. Pure. */
export const approvalsCsv = (items: readonly InboxItem[], decided: readonly ActionRow[]): string =>
  csvOf([
    csvColumns,
    ...[...items.map(waitingRow), ...decided.map(decidedRow)].map((row) =>
      csvColumns.map((name) => row[name]),
    ),
  ]);
