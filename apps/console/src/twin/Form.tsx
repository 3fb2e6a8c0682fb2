import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import type { Schema } from '@interlock/api-types';
import { call, read } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useFields } from '../ui/forms/useFields.js';
import { Choice } from '../ui/forms/Choice.js';
import { ActionButton, Card, Loaded, Problem } from '../ui/parts.js';
import { fieldsOf, readFields, type Field } from './fields.js';
import { typesQuery } from '../api/queries.js';
import type { Prediction } from './queries.js';
import { Tooltip } from '../ui/Tooltip.js';

type FieldInputProps = {
  readonly field: Field;
  readonly value: string;
  readonly onChange: (value: string) => void;
};
const FieldInput = ({ field, value, onChange }: FieldInputProps): ReactElement => {
  const own = {
    label: (
      <>
        <span className="mono">{field.name}</span>
        {field.required ? '' : ' (optional)'}
      </>
    ),
    value,
    onChange: (event: { readonly target: { readonly value: string } }): void => onChange(event.target.value),
  };
  return field.kind === 'choice' || field.kind === 'flag' ? (
    <NativeSelect
      {...own}
      data={[{ value: '', label: '–' }, ...(field.kind === 'flag' ? ['true', 'false'] : field.choices)]}
    />
  ) : (
    <Tooltip label={field.hint}>
      <TextInput
        {...own}
        className="mono"
        {...(field.kind === 'number' ? { inputMode: 'decimal' } : {})}
        placeholder={field.kind === 'json' ? 'JSON' : field.hint.slice(0, 60)}
      />
    </Tooltip>
  );
};

type PredictFormProps = {
  readonly onAnswer: (prediction: Prediction, asked: string) => void;
};
/** The form that asks the twin by hand. Asking has no effect on any device. */
export const PredictForm = ({ onAnswer }: PredictFormProps): ReactElement => {
  const types = useQuery(typesQuery());
  const [type, setType] = useState<string | undefined>();
  const [values, setValues] = useState<{ readonly [name: string]: string }>({});
  const [faults, setFaults] = useState<readonly string[]>([]);
  const [from, setFrom] = useState('');
  const fill = useSend((id: string) => read('/api/v1/autonomous/actions/{id}', { path: { id } }), []);
  const ask = useSend(
    (body: Schema<'PredictDto'>) => call('post', '/api/v1/autonomous/digital-twin/predict', { body }),
    [],
  );
  const {
    texts,
    field: input,
    fill: fillIn,
  } = useFields(['entity', 'entities', 'trigger', 'incident'], undefined);
  return (
    <Card title="Predict by hand" className="o1" right="acts on nothing">
      <Loaded query={types} rows={6} what="action types">
        {({ items }) => {
          const chosen = items.find(({ action_type: name }) => name === type) ?? items[0];
          const fields = fieldsOf(chosen?.parameters);
          const go = (): void => {
            const read = readFields(fields, values);
            const { entity, entities, trigger, incident } = texts;
            const wrong = [...(entity === '' ? ['the entity is missing'] : []), ...read.faults];
            setFaults(wrong);
            if (chosen === undefined || read.parameters === null || entity === '') return;
            const count = Number(entities);
            ask.mutate(
              {
                action_type: chosen.action_type,
                entity_id: entity,
                parameters: read.parameters,
                ...(entities === '' || !Number.isInteger(count) ? {} : { affected_entity_count: count }),
                ...(trigger === '' ? {} : { trigger_type: trigger }),
                ...(incident === '' ? {} : { incident_id: incident }),
              },
              { onSuccess: (prediction) => onAnswer(prediction, `${chosen.action_type} on ${entity}`) },
            );
          };
          return (
            <form
              className="b fm"
              onSubmit={(event) => {
                event.preventDefault();
                go();
              }}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) go();
              }}
            >
              <Choice
                label="Action type"
                value={chosen?.action_type ?? ''}
                choices={items.map(({ action_type: name }) => name)}
                onChoose={(name) => {
                  setType(name);
                  setValues({});
                }}
              />
              {input('entity', 'Entity', { maxLength: 256, placeholder: 'cell-001-1' })}
              {fields.map((field) => (
                <FieldInput
                  key={`${chosen?.action_type ?? ''}${field.name}`}
                  field={field}
                  value={values[field.name] ?? ''}
                  onChange={(value) => setValues({ ...values, [field.name]: value })}
                />
              ))}
              <div className="f2">
                {input('entities', 'Entities affected', { inputMode: 'numeric' })}
                {input('trigger', 'Trigger type', { maxLength: 63 })}
              </div>
              {input('incident', 'Incident, its own traces are left out', { maxLength: 128 })}
              <Button type="submit" variant="filled">
                {ask.isPending ? 'Asking…' : 'Predict'} <kbd>Ctrl ⏎</kbd>
              </Button>
              <div className="row">
                <TextInput
                  aria-label="Action to take the values from"
                  className="mono grow"
                  placeholder="id of an action"
                  value={from}
                  maxLength={36}
                  onChange={(event) => setFrom(event.target.value)}
                />
                <ActionButton
                  size="sm"
                  off={from.trim() === '' ? 'Enter the id of an action' : undefined}
                  sending={fill.isPending}
                  onAct={() =>
                    fill.mutate(from.trim(), {
                      onSuccess: ({ action_type, entity_id, affected_entity_count, parameters }) => {
                        setType(action_type);
                        setValues(
                          Object.fromEntries(
                            Object.entries(parameters).map(([name, value]: [string, unknown]) => [
                              name,
                              typeof value === 'string' ? value : JSON.stringify(value),
                            ]),
                          ),
                        );
                        fillIn({ entity: entity_id, entities: String(affected_entity_count) });
                      },
                    })
                  }
                >
                  Fill from an action
                </ActionButton>
              </div>
              {fill.isError ? <Problem error={fill.error} what="the action could not be read" /> : null}
              {faults.length === 0 ? null : (
                <p className="sm red" role="alert">
                  {faults.join('; ')}.
                </p>
              )}
              {ask.isError ? <Problem error={ask.error} what="nothing was predicted" /> : null}
            </form>
          );
        }}
      </Loaded>
    </Card>
  );
};
