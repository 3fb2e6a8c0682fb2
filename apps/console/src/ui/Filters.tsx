import { Button, Input, NativeSelect } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { keepFilters, savedFilters, type FilterSearch } from '../state/saved-filters.js';
import { useStore } from '../state/store.js';
import { Dialog } from './Dialog.js';
import { Field } from './Field.js';
import { chosenOf, inputOf, utcOf } from './filter-values.js';
import { Act } from './parts.js';

/** One member of the address that filters a list, and how a person sets it. */
export type FilterField = { readonly name: string; readonly label: string } & (
  | { readonly kind: 'text'; readonly placeholder: string; readonly width: number }
  | {
      readonly kind: 'choice';
      /** What it says where nothing is chosen. */
      readonly every: string;
      readonly choices: { readonly [value: string]: string };
    }
  | { readonly kind: 'time' }
);

/** A choice among few values, each with its words. */
const Choice = ({
  label,
  every,
  value,
  choices,
  onChoose,
}: {
  readonly label: string;
  readonly every: string;
  readonly value: string | undefined;
  readonly choices: { readonly [value: string]: string };
  readonly onChoose: (value: string | undefined) => void;
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
    {Object.entries(choices).map(([name, words]) => (
      <option key={name} value={name}>
        {words}
      </option>
    ))}
  </NativeSelect>
);

const SaveDialog = ({
  onSave,
  onClose,
}: {
  readonly onSave: (name: string) => void;
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
              onSave(name.trim());
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

/** The saved filters of a list: save this one, take one, forget one. */
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
            onChange({ ...withoutFilter(fields), ...saved[event.target.value] });
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
            const { [current]: _, ...rest } = saved;
            keepFilters(list, rest);
          }}
        >
          Forget it
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
          onClose={() => {
            setSaving(false);
          }}
        />
      ) : null}
    </>
  );
};

type FiltersProps = {
  /** The name of the list, by which its filters are saved. */
  readonly list: string;
  readonly fields: readonly FilterField[];
  /** The members of the address. */
  readonly search: object;
  /** Called with the members that change; undefined takes one away. */
  readonly onChange: (part: FilterSearch) => void;
};

const withoutFilter = (fields: readonly FilterField[]): FilterSearch =>
  Object.fromEntries(fields.map(({ name }) => [name, undefined]));

/** The filter of a list: the address holds it, and a name of this browser can. */
export const Filters = ({ list, fields, search: given, onChange }: FiltersProps): ReactElement => {
  const search = given as FilterSearch;
  const isFiltered = fields.some(({ name }) => search[name] !== undefined);
  const typed = fields.filter(({ kind }) => kind !== 'choice');
  return (
    <form
      className="row wrap"
      style={{ marginBottom: 12 }}
      key={fields.map(({ name }) => search[name] ?? '').join('\n')}
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const textOf = (name: string): string => {
          const value = form.get(name);
          return typeof value === 'string' ? value.trim() : '';
        };
        onChange(
          Object.fromEntries(
            typed.map(({ name, kind }) => {
              const text = textOf(name);
              return [name, kind === 'time' ? utcOf(text) : text === '' ? undefined : text];
            }),
          ),
        );
      }}
    >
      {fields.map((field) => {
        const { name, label } = field;
        return field.kind === 'choice' ? (
          <Choice
            key={name}
            label={label}
            every={field.every}
            value={search[name]}
            choices={field.choices}
            onChoose={(value) => {
              onChange({ [name]: value });
            }}
          />
        ) : field.kind === 'time' ? (
          <Input
            key={name}
            name={name}
            type="datetime-local"
            aria-label={label}
            title={label}
            defaultValue={inputOf(search[name])}
            style={{ width: 178 }}
          />
        ) : (
          <Input
            key={name}
            id={name}
            name={name}
            aria-label={label}
            placeholder={field.placeholder}
            defaultValue={search[name] ?? ''}
            maxLength={200}
            style={{ width: field.width }}
          />
        );
      })}
      {typed.length === 0 ? null : <Button type="submit">Filter</Button>}
      {isFiltered ? (
        <Button
          variant="subtle"
          onClick={() => {
            onChange(withoutFilter(fields));
          }}
        >
          Drop the filter
        </Button>
      ) : null}
      <Saved list={list} fields={fields} search={search} onChange={onChange} />
    </form>
  );
};
