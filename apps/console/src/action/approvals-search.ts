import { chosenOf, textOf, timeOf } from '../ui/forms/filter-values.js';
import { actionLook } from '../ui/states.js';
import { kinds, type ApprovalsSearch } from './approval-filters.js';
import { gateNames } from './words.js';
import { decidedStates, type DecidedState } from './words.js';

/** What waits by its kind, and what was decided by its state. */
export const approvalStates = {
  ...kinds,
  ...(Object.fromEntries(decidedStates.map((state) => [state, actionLook[state].word])) as {
    readonly [S in DecidedState]: string;
  }),
};

/** The search that an address holds; whatever is none is left out. Pure. */
export const approvalsSearchIn = (search: { readonly [name: string]: unknown }): ApprovalsSearch => ({
  id: textOf(search['id']),
  view: search['view'] === 'all' || search['view'] === 'decided' ? search['view'] : undefined,
  state: chosenOf(approvalStates, search['state']),
  type: textOf(search['type']),
  entity: textOf(search['entity']),
  agent: textOf(search['agent']),
  account: textOf(search['account']),
  gate: chosenOf(gateNames, search['gate']),
  since: timeOf(search['since']),
  until: timeOf(search['until']),
});
