import { Button, Input } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { keepFilters, savedFilters, type FilterSearch } from '../../state/saved-filters.js';
import { useStore } from '../../state/store.js';
import { Dialog } from '../dialogs/Dialog.js';
import { Choice } from './Choice.js';
import { Field } from './Field.js';
import { KnownName, type Known } from './KnownName.js';
import { inputOf, utcOf } from './filter-values.js';
import { ActionButton } from '../parts.js';
import { Tooltip } from '../Tooltip.js';

/** One member of the address that filters a list, and the input that sets it. */
export type FilterField = { readonly name: string; readonly label: string } & (
  | {
      readonly kind: 'text';
      readonly placeholder: string;
      readonly width: number;
      /** The names that the input suggests. */
      readonly known?: Known;
    }
  | {
      readonly kind: 'choice';
      /** The label of the choice that selects everything. */
      readonly every: string;
      readonly choices: { readonly [value: string]: string };
    }
  | { readonly kind: 'time' }
);

type SaveDialogProps = {
  readonly onSave: (name: string) => void;
  readonly onClose: () => void;
};
const SaveDialog = ({ onSave, onClose }: SaveDialogProps): ReactElement => {
  const [name, setName] = useState('');
  return (
    <Dialog opened onClose={onClose} title="Save this filter" size={420}>
      <form className="fm" onSubmit={(event) => event.preventDefault()}>
        <Field label="Name" value={name} maxLength={60} data-autofocus onText={setName} />
        <p className="xs muted">Kept in this browser. You can share its address.</p>
        <div className="row">
          <ActionButton
            variant="filled"
            off={name.trim() === '' ? 'Enter a name' : undefined}
            always
            onAct={() => {
              onSave(name.trim());
              onClose();
            }}
          >
            Save
          </ActionButton>
        </div>
      </form>
    </Dialog>
  );
};

/** The saved filters of a list: the user can save the current one, apply one, or remove one. */
const Saved = ({
  list,
  fields,
  search,
  onChange,
}: Omit<FiltersProps, 'search'> & { readonly search: FilterSearch }): ReactElement => {
  const saved = useStore(savedFilters(list));
  const [saving, setSaving] = useState(false);
  const current = Object.keys(saved).find((name) =>
    fields.every((field) => saved[name]?.[field.name] === search[field.name]),
  );
  const isFiltered = fields.some(({ name }) => search[name] !== undefined);
  return (
    <>
      {isFiltered && current === undefined ? (
        <Button variant="subtle" onClick={() => setSaving(true)}>
          Save it…
        </Button>
      ) : null}
      {Object.keys(saved).length === 0 ? null : (
        <Choice
          aria-label="Saved filters"
          style={{ width: 'auto' }}
          value={current ?? ''}
          choices={[{ value: '', label: 'Saved filters' }, ...Object.keys(saved)]}
          onChoose={(name) => onChange({ ...withoutFilter(fields), ...saved[name] })}
        />
      )}
      {current === undefined ? null : (
        <Button
          variant="subtle"
          onClick={() => {
            const { [current]: _, ...rest } = saved;
            keepFilters(list, rest);
          }}
        >
          Remove it
        </Button>
      )}
      {saving ? (
        <SaveDialog
          onSave={(name) => {
            const kept = fields.flatMap((field) =>
              search[field.name] === undefined ? [] : [[field.name, search[field.name]] as const],
            );
            keepFilters(list, { ...saved, [name]: Object.fromEntries(kept) });
          }}
          onClose={() => setSaving(false)}
        />
      ) : null}
    </>
  );
};

type FiltersProps = {
  /** The name under which the filters of the list are saved. */
  readonly list: string;
  readonly fields: readonly FilterField[];
  /** The members of the current address. */
  readonly search: object;
  /** Called with the changed members; an undefined member is removed. */
  readonly onChange: (part: FilterSearch) => void;
};

const withoutFilter = (fields: readonly FilterField[]): FilterSearch =>
  Object.fromEntries(fields.map(({ name }) => [name, undefined]));

/** The texts of the inputs for a search. */
const textsOf = (fields: readonly FilterField[], search: FilterSearch): { readonly [name: string]: string } =>
  Object.fromEntries(
    fields.map(({ name, kind }) => [name, kind === 'time' ? inputOf(search[name]) : (search[name] ?? '')]),
  );

/**
 * The filter of a list. It is kept in the address, and the user can save it in this browser under a
 * name.
 */
export const Filters = ({ list, fields, search: given, onChange }: FiltersProps): ReactElement => {
  const search = given as FilterSearch;
  const isFiltered = fields.some(({ name }) => search[name] !== undefined);
  const typed = fields.filter(({ kind }) => kind !== 'choice');
  // The inputs follow the address without a remount, which would take the focus away.
  const texts = textsOf(fields, search);
  const address = JSON.stringify(texts);
  const [draft, setDraft] = useState({ address, texts });
  if (draft.address !== address) setDraft({ address, texts });
  const inputProps = (name: string, label: string) => ({
    'aria-label': label,
    value: draft.texts[name] ?? '',
  });
  const write = (name: string, text: string): void =>
    setDraft({ address, texts: { ...draft.texts, [name]: text } });
  return (
    <form
      className="row wrap"
      style={{ marginBottom: 12 }}
      onSubmit={(event) => {
        event.preventDefault();
        onChange(
          Object.fromEntries(
            typed.map(({ name, kind }) => {
              const text = (draft.texts[name] ?? '').trim();
              return [name, kind === 'time' ? utcOf(text) : text === '' ? undefined : text];
            }),
          ),
        );
      }}
    >
      {fields.map((field) => {
        const { name, label } = field;
        if (field.kind === 'choice')
          return (
            <Choice
              key={name}
              aria-label={label}
              style={{ width: 'auto' }}
              value={search[name] ?? ''}
              choices={{ '': field.every, ...field.choices }}
              onChoose={(value) => onChange({ [name]: value === '' ? undefined : value })}
            />
          );
        if (field.kind === 'time')
          return (
            <Tooltip key={name} label={label}>
              <Input
                {...inputProps(name, label)}
                type="datetime-local"
                style={{ width: 178 }}
                onChange={(event) => write(name, event.target.value)}
              />
            </Tooltip>
          );
        const text = {
          ...inputProps(name, label),
          id: name,
          placeholder: field.placeholder,
          maxLength: 200,
          style: { width: field.width },
        };
        return field.known === undefined ? (
          <Field key={name} {...text} onText={(written) => write(name, written)} />
        ) : (
          <KnownName key={name} {...text} of={field.known} onChange={(written) => write(name, written)} />
        );
      })}
      {typed.length === 0 ? null : <Button type="submit">Filter</Button>}
      {isFiltered ? (
        <Button variant="subtle" onClick={() => onChange(withoutFilter(fields))}>
          Clear the filter
        </Button>
      ) : null}
      <Saved list={list} fields={fields} search={search} onChange={onChange} />
    </form>
  );
};
