import type { Schema } from '@interlock/api-types';
import type { ActionRow } from '../../api/types.js';
import { csvOf } from '../../ui/tables/csv.js';

type GateFigures = Schema<'GateFiguresDto'>;
export type GateName = GateFigures['gate'];
export type GateVerdict = keyof GateFigures['verdicts'];

export const gateChoices: { readonly [G in GateName]: string } = {
  kill_switch: 'Kill switch',
  posture: 'Posture',
  autonomy_mode: 'Autonomy mode',
  prediction: 'Prediction',
  policy: 'Policy',
  blast_radius: 'Blast radius',
  confidence: 'Confidence',
  auto_approval: 'Auto-approval',
  budget: 'Budget',
};
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
