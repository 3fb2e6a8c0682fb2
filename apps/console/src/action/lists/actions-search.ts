import { chosenOf, textOf, timeOf } from '../../ui/forms/filter-values.js';
import { actionLook } from '../../ui/states.js';
import { gateNames } from '../words.js';
import { verdictChoices, type ActionsSearch } from './filters.js';

/** Reads the search from an address and leaves out invalid members. Pure. */
export const actionsSearchIn = (search: { readonly [name: string]: unknown }): ActionsSearch => ({
  state: chosenOf(actionLook, search['state']),
  type: textOf(search['type']),
  entity: textOf(search['entity']),
  agent: textOf(search['agent']),
  account: textOf(search['account']),
  gate: chosenOf(gateNames, search['gate']),
  verdict: chosenOf(verdictChoices, search['verdict']),
  since: timeOf(search['since']),
  until: timeOf(search['until']),
  cursor: textOf(search['cursor']),
});
