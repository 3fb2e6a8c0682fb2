import type { Schema } from '@interlock/api-types';
import { chosenOf } from '../../ui/forms/filter-values.js';
import type { FilterField } from '../../ui/forms/Filters.js';

type Status = Schema<'ChangeDto'>['status'];
const statuses: { readonly [S in Status]: string } = {
  open: 'Open',
  approved: 'Approved',
  applied: 'Applied',
  ended: 'Ended',
  rejected: 'Rejected',
  expired: 'Expired',
  void: 'Void',
};

/** The filter in the address of the list of change requests. */
export type ChangesSearch = { readonly status?: Status | undefined };
export const changesSearchIn = (search: { readonly [name: string]: unknown }): ChangesSearch => ({
  status: chosenOf(statuses, search['status']),
});
export const changeFields: readonly FilterField[] = [
  { kind: 'choice', name: 'status', label: 'Status', every: 'Every status', choices: statuses },
];
