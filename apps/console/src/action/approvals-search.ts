import { chosenOf, textOf } from '../ui/forms/filter-values.js';
import { actionLook } from '../ui/states.js';
import { kinds, type ApprovalsSearch } from './approval-filters.js';
import { actionsSearchIn } from './lists/action-filters.js';
import { decidedStates, type DecidedState } from './words.js';

/** What waits by its kind, and what was decided by its state. */
export const approvalStates = {
  ...kinds,
  ...(Object.fromEntries(decidedStates.map((state) => [state, actionLook[state].word])) as {
    readonly [S in DecidedState]: string;
  }),
};

/** Reads the search from an address and leaves out invalid members. Pure. */
export const approvalsSearchIn = (search: { readonly [name: string]: unknown }): ApprovalsSearch => {
  const { state: _state, verdict: _verdict, cursor: _cursor, ...common } = actionsSearchIn(search);
  return {
    ...common,
    id: textOf(search['id']),
    view: search['view'] === 'all' || search['view'] === 'decided' ? search['view'] : undefined,
    state: chosenOf(approvalStates, search['state']),
  };
};
