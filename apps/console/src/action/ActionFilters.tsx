import { Button, Input, NativeSelect } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { Field } from '../ui/Field.js';
import { Dialog } from '../ui/Dialog.js';
import { actionLook } from '../ui/states.js';
import { Act } from '../ui/parts.js';
import { useStore } from '../state/store.js';
import {
  chosenOf,
  filterNames,
  gateChoices,
  inputOf,
  noFilter,
  utcOf,
  verdictChoices,
  type ActionsSearch,
} from './filters.js';
import { forgetFilter, savedFilters, saveFilter } from './saved-filters.js';

const Choice = <T extends string>({
  label,
  every,
  value,
  choices,
  onChoose,
}: {
  readonly label: string;
  /** What it says where nothing is chosen. */
  readonly every: string;
  readonly value: T | undefined;
  readonly choices: { readonly [C in T]: string };
  readonly onChoose: (value: T | undefined) => void;
}): ReactElement => (
  <NativeSelect
    aria-label={label}
    style={{ width: 'auto' }}
    value={value ?? ''}
    onChange={(event) => {
      onChoose(chosenOf(choices, event.target.value));
    }}
  >
    <option value="">{every}</option>
    {Object.entries<string>(choices).map(([name, words]) => (
      <option key={name} value={name}>
        {words}
      </option>
    ))}
  </NativeSelect>
);

const stateChoices = Object.fromEntries(
  Object.entries(actionLook).map(([state, { word }]) => [state, word]),
) as { readonly [S in keyof typeof actionLook]: string };

const SaveDialog = ({
  search,
  onClose,
}: {
  readonly search: ActionsSearch;
  readonly onClose: () => void;
}): ReactElement => {
  const [name, setName] = useState('');
  return (
    <Dialog opened onClose={onClose} title="Save this filter" size={420}>
      <form
        className="fm"
        onSubmit={(event) => {
          event.preventDefault();
        }}
      >
        <Field label="Name" value={name} maxLength={60} data-autofocus onText={setName} />
        <p className="xs muted">It is kept in this browser. Its address can be shared.</p>
        <div className="row">
          <Act
            variant="filled"
            off={name.trim() === '' ? 'Name it' : undefined}
            always
            onAct={() => {
              saveFilter(name.trim(), search);
              onClose();
            }}
          >
            Save
          </Act>
        </div>
      </form>
    </Dialog>
  );
};

const inputs = [
  ['entity', 'Entity, or its beginning and *', 'Entity, or its beginning and *  (/)', 230],
  ['type', 'Action type', 'Action type', 140],
  ['agent', 'Agent', 'Agent', 130],
  ['account', 'Account', 'Account', 120],
] as const;
const times = [
  ['since', 'Received from, UTC'],
  ['until', 'Received before, UTC'],
] as const;

/** The filter of the list of actions: the address holds it, and a name of this browser can. */
export const ActionFilters = ({
  search,
  onChange,
}: {
  readonly search: ActionsSearch;
  readonly onChange: (part: ActionsSearch) => void;
}): ReactElement => {
  const saved = useStore(savedFilters);
  const [saving, setSaving] = useState(false);
  const isFiltered = filterNames.some((name) => search[name] !== undefined);
  const current = Object.keys(saved).find((name) =>
    filterNames.every((member) => saved[name]?.[member] === search[member]),
  );
  return (
    <form
      className="row wrap"
      style={{ marginBottom: 12 }}
      key={filterNames.map((name) => search[name] ?? '').join('\n')}
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget);
        const text = (name: string): string => {
          const value = given.get(name);
          return typeof value === 'string' ? value.trim() : '';
        };
        onChange({
          ...Object.fromEntries(inputs.map(([name]) => [name, text(name) === '' ? undefined : text(name)])),
          since: utcOf(text('since')),
          until: utcOf(text('until')),
        });
      }}
    >
      <Choice
        label="State"
        every="Every state"
        value={search.state}
        choices={stateChoices}
        onChoose={(state) => {
          onChange({ state });
        }}
      />
      {inputs.map(([name, label, placeholder, width]) => (
        <Input
          key={name}
          id={name}
          name={name}
          aria-label={label}
          placeholder={placeholder}
          defaultValue={search[name] ?? ''}
          maxLength={200}
          style={{ width }}
        />
      ))}
      <Choice
        label="Gate"
        every="Every gate"
        value={search.gate}
        choices={gateChoices}
        onChoose={(gate) => {
          onChange({ gate });
        }}
      />
      <Choice
        label="Verdict"
        every={search.gate === undefined ? 'Every verdict' : 'did not pass'}
        value={search.verdict}
        choices={verdictChoices}
        onChoose={(verdict) => {
          onChange({ verdict });
        }}
      />
      {times.map(([name, label]) => (
        <Input
          key={name}
          name={name}
          type="datetime-local"
          aria-label={label}
          title={label}
          defaultValue={inputOf(search[name])}
          style={{ width: 178 }}
        />
      ))}
      <Button type="submit">Filter</Button>
      {isFiltered ? (
        <Button
          variant="subtle"
          onClick={() => {
            onChange(noFilter);
          }}
        >
          Drop the filter
        </Button>
      ) : null}
      {isFiltered && current === undefined ? (
        <Button
          variant="subtle"
          onClick={() => {
            setSaving(true);
          }}
        >
          Save it…
        </Button>
      ) : null}
      {Object.keys(saved).length === 0 ? null : (
        <NativeSelect
          aria-label="Saved filters"
          style={{ width: 'auto' }}
          value={current ?? ''}
          onChange={(event) => {
            onChange({ ...noFilter, ...saved[event.target.value] });
          }}
        >
          <option value="">Saved filters</option>
          {Object.keys(saved).map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </NativeSelect>
      )}
      {current === undefined ? null : (
        <Button
          variant="subtle"
          onClick={() => {
            forgetFilter(current);
          }}
        >
          Forget it
        </Button>
      )}
      {saving ? (
        <SaveDialog
          search={search}
          onClose={() => {
            setSaving(false);
          }}
        />
      ) : null}
    </form>
  );
};
