import type { Alert } from '../api/types.js';
import { csvOf } from '../ui/csv.js';
import { chosenOf } from '../ui/filter-values.js';
import type { FilterField } from '../ui/Filters.js';

const statuses = {
  open: 'Open',
  firing: 'Firing',
  acknowledged: 'Acknowledged',
  resolved: 'Resolved',
} as const;
const severities = {
  info: 'info',
  low: 'low',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
} as const;
const silence = { true: 'silenced', false: 'not silenced' } as const;

/** What the address of the list of alerts filters by. */
export type AlertsFilter = {
  readonly status?: keyof typeof statuses | undefined;
  readonly severity?: keyof typeof severities | undefined;
  readonly silenced?: keyof typeof silence | undefined;
  readonly name?: string | undefined;
};

export const alertFields: readonly FilterField[] = [
  { kind: 'choice', name: 'status', label: 'Status', every: 'Every status', choices: statuses },
  { kind: 'choice', name: 'severity', label: 'Severity', every: 'Every severity', choices: severities },
  { kind: 'choice', name: 'silenced', label: 'Silence', every: 'Silenced or not', choices: silence },
  {
    kind: 'text',
    name: 'name',
    label: 'Name of the alert',
    placeholder: 'Name of the alert  (/)',
    width: 200,
  },
];

/** The filter that an address holds; whatever is no choice is left out. Pure. */
export const alertsFilterIn = (search: { readonly [name: string]: unknown }): AlertsFilter => {
  const { name } = search;
  return {
    status: chosenOf(statuses, search['status']),
    severity: chosenOf(severities, search['severity']),
    silenced: chosenOf(silence, String(search['silenced'])),
    name: typeof name === 'string' && name !== '' && name.length <= 200 ? name : undefined,
  };
};

const columns = [
  'id',
  'name',
  'severity',
  'status',
  'title',
  'detail',
  'opened_at',
  'silenced_until',
] as const satisfies readonly (keyof Alert)[];

/** Alerts as CSV (RFC 4180), with a head. Pure. */
export const alertsCsv = (alerts: readonly Alert[]): string =>
  csvOf([columns, ...alerts.map((alert) => columns.map((name) => alert[name]))]);
