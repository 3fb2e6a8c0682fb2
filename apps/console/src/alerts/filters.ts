import type { Alert } from '../api/types.js';
import { csvOf } from '../ui/tables/csv.js';
import { chosenOf, textOf } from '../ui/forms/filter-values.js';
import type { FilterField } from '../ui/forms/Filters.js';

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

/** The filter in the address of the list of alerts. */
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

/** Reads the filter from an address and leaves out invalid members. Pure. */
const alertsFilterIn = (search: { readonly [name: string]: unknown }): AlertsFilter => {
  const { name } = search;
  return {
    status: chosenOf(statuses, search['status']),
    severity: chosenOf(severities, search['severity']),
    silenced: chosenOf(silence, String(search['silenced'])),
    name: typeof name === 'string' && name !== '' && name.length <= 200 ? name : undefined,
  };
};

/** The address of the page: the filter, the chosen alert or incident, and what is shown. */
export type AlertsSearch = AlertsFilter & {
  readonly id?: string | undefined;
  readonly show?: 'open' | 'incidents' | undefined;
};
/** Reads the address of the page. Pure. */
export const alertsSearchIn = (search: { readonly [name: string]: unknown }): AlertsSearch => ({
  ...alertsFilterIn(search),
  id: textOf(search['id']),
  show: search['show'] === 'open' || search['show'] === 'incidents' ? search['show'] : undefined,
});

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

/** Returns the alerts as CSV (RFC 4180) with a header row. Pure. */
export const alertsCsv = (alerts: readonly Alert[]): string =>
  csvOf([columns, ...alerts.map((alert) => columns.map((name) => alert[name]))]);
