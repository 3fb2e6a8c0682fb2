import type { ReactElement } from 'react';
import type { FilterSearch } from '../../state/saved-filters.js';
import { Filters, type FilterField } from '../../ui/forms/Filters.js';
import { actionLook } from '../../ui/states.js';
import type { ActionsSearch, FilterMember } from './action-filters.js';
import { gateNames } from '../words.js';
import { verdictChoices } from './filters.js';

const stateChoices = Object.fromEntries(Object.entries(actionLook).map(([state, { word }]) => [state, word]));

/** The inputs in their order on the page. A member of the address needs one to compile. */
const fieldsOf = (
  search: ActionsSearch,
): { readonly [M in FilterMember]: FilterField & { readonly name: M } } => ({
  state: { kind: 'choice', name: 'state', label: 'State', every: 'Every state', choices: stateChoices },
  entity: {
    kind: 'text',
    name: 'entity',
    label: 'Entity, or a prefix and *',
    placeholder: 'Entity, or a prefix and * (/)',
    width: 230,
  },
  type: {
    kind: 'text',
    name: 'type',
    label: 'Action type',
    placeholder: 'Action type',
    width: 140,
    known: 'action_type',
  },
  agent: { kind: 'text', name: 'agent', label: 'Agent', placeholder: 'Agent', width: 130, known: 'agent' },
  account: {
    kind: 'text',
    name: 'account',
    label: 'Account',
    placeholder: 'Account',
    width: 120,
    known: 'account_id',
  },
  gate: { kind: 'choice', name: 'gate', label: 'Gate', every: 'Every gate', choices: gateNames },
  verdict: {
    kind: 'choice',
    name: 'verdict',
    label: 'Verdict',
    every: search.gate === undefined ? 'Every verdict' : 'did not pass',
    choices: verdictChoices,
  },
  since: { kind: 'time', name: 'since', label: 'Received from, UTC' },
  until: { kind: 'time', name: 'until', label: 'Received before, UTC' },
});

const { entity, type, agent, account, gate } = fieldsOf({});
/** The inputs for what an action is about. The approvals have them too. */
export const aboutFields: readonly FilterField[] = [entity, type, agent, account, gate];

type ActionFiltersProps = {
  readonly search: ActionsSearch;
  readonly onChange: (part: FilterSearch) => void;
};
/** The filter of the list of actions. */
export const ActionFilters = ({ search, onChange }: ActionFiltersProps): ReactElement => (
  <Filters list="actions" fields={Object.values(fieldsOf(search))} search={search} onChange={onChange} />
);
