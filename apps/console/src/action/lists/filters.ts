import type { Schema } from '@interlock/api-types';
import type { ActionRow, ActionState } from '../../api/queries.js';
import type { ActionsFilter } from '../../api/patch.js';
import type { GateName } from '../../api/types.js';
import { csvOf } from '../../ui/tables/csv.js';

export type GateVerdict = keyof Schema<'GateFiguresDto'>['verdicts'];

/** The members of the address of the list of actions. Times are RFC 3339. */
export type ActionsSearch = {
  readonly state?: ActionState | undefined;
  readonly type?: string | undefined;
  /** The id of an entity, or a prefix of it that ends with `*`. */
  readonly entity?: string | undefined;
  readonly agent?: string | undefined;
  readonly account?: string | undefined;
  readonly gate?: GateName | undefined;
  readonly verdict?: GateVerdict | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly cursor?: string | undefined;
};

export const verdictChoices: { readonly [V in GateVerdict]: string } = {
  pass: 'passed',
  inconclusive: 'asked a person',
  fail: 'failed',
  error: 'had an error',
};

/** The members of a search that filter the list. */
export const filterNames = [
  'state',
  'type',
  'entity',
  'agent',
  'account',
  'gate',
  'verdict',
  'since',
  'until',
] as const satisfies readonly (keyof ActionsSearch)[];

/** Converts a search to the query of the API. Pure. */
export const filterOf = (search: ActionsSearch): ActionsFilter => {
  const { state, type, entity, agent, account, gate, verdict, since, until, cursor } = search;
  const isBeginning = entity?.endsWith('*') === true;
  return {
    state,
    action_type: type,
    entity_id: isBeginning ? undefined : entity,
    entity_prefix: isBeginning ? entity.slice(0, -1) : undefined,
    agent,
    account_id: account,
    gate,
    verdict,
    since,
    until,
    cursor,
  };
};

const csvColumns = [
  'action_id',
  'intent_id',
  'state',
  'action_type',
  'entity_id',
  'agent',
  'account_id',
  'requester',
  'risk_score',
  'accepted_at',
  'ended_at',
] as const satisfies readonly (keyof ActionRow)[];

/** Returns the rows as CSV (RFC 4180) with a header row. Pure. */
export const actionsCsv = (rows: readonly ActionRow[]): string =>
  csvOf([csvColumns, ...rows.map((row) => csvColumns.map((name) => row[name]))]);
