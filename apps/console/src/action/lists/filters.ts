import type { Schema } from '@interlock/api-types';
import type { ActionRow } from '../../api/types.js';
import { csvOf } from '../../ui/tables/csv.js';

export type GateVerdict = keyof Schema<'GateFiguresDto'>['verdicts'];

export const verdictChoices: { readonly [V in GateVerdict]: string } = {
  pass: 'passed',
  inconclusive: 'asked a person',
  fail: 'failed',
  error: 'had an error',
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
