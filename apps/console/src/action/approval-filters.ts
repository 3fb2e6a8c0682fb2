import type { ActionsFilter } from '../api/patch.js';
import type { ActionRow, InboxFilter, InboxItem } from '../api/queries.js';
import { csvOf } from '../ui/tables/csv.js';
import type { GateName } from '../api/types.js';
import { filterOf } from './lists/filters.js';
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
/** What the address of the approvals holds. Times are RFC 3339. */
export type ApprovalsSearch = {
  readonly id?: string | undefined;
  /** Absent for what this user may decide. */
  readonly view?: 'all' | 'decided' | undefined;
  /** The kind of what waits, or the state of an action that was decided. */
  readonly state?: Kind | DecidedState | undefined;
  readonly type?: string | undefined;
  /** An entity, or with `*` at its end the beginning of one. */
  readonly entity?: string | undefined;
  readonly agent?: string | undefined;
  readonly account?: string | undefined;
  readonly gate?: GateName | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
};

const isKind = (state: string): state is Kind => Object.hasOwn(kinds, state);

/** The members that the inbox and the list of actions filter by alike. */
const commonOf = ({ state: _, ...search }: ApprovalsSearch): ActionsFilter => filterOf(search);

/** What is asked of the inbox; undefined where the search asks for decided actions only. Pure. */
export const inboxFilterOf = (search: ApprovalsSearch): InboxFilter | undefined => {
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
