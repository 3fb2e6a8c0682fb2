import type { ReactElement } from 'react';
import type { FilterSearch } from '../../state/saved-filters.js';
import { Filters, type FilterField } from '../../ui/forms/Filters.js';
import { actionLook } from '../../ui/states.js';
import { gateNames } from '../words.js';
import { verdictChoices, type ActionsSearch } from './filters.js';

const stateChoices = Object.fromEntries(Object.entries(actionLook).map(([state, { word }]) => [state, word]));

/** By what an action is about: also what waits for a person is filtered so. */
export const aboutFields: readonly FilterField[] = [
  {
    kind: 'text',
    name: 'entity',
    label: 'Entity, or a prefix and *',
    placeholder: 'Entity, or a prefix and * (/)',
    width: 230,
  },
  { kind: 'text', name: 'type', label: 'Action type', placeholder: 'Action type', width: 140 },
  { kind: 'text', name: 'agent', label: 'Agent', placeholder: 'Agent', width: 130 },
  { kind: 'text', name: 'account', label: 'Account', placeholder: 'Account', width: 120 },
  { kind: 'choice', name: 'gate', label: 'Gate', every: 'Every gate', choices: gateNames },
];

const fields = (search: ActionsSearch): readonly FilterField[] => [
  { kind: 'choice', name: 'state', label: 'State', every: 'Every state', choices: stateChoices },
  ...aboutFields,
  {
    kind: 'choice',
    name: 'verdict',
    label: 'Verdict',
    every: search.gate === undefined ? 'Every verdict' : 'did not pass',
    choices: verdictChoices,
  },
  { kind: 'time', name: 'since', label: 'Received from, UTC' },
  { kind: 'time', name: 'until', label: 'Received before, UTC' },
];

/** The filter of the list of actions. */
export const ActionFilters = ({
  search,
  onChange,
}: {
  readonly search: ActionsSearch;
  readonly onChange: (part: FilterSearch) => void;
}): ReactElement => <Filters list="actions" fields={fields(search)} search={search} onChange={onChange} />;
