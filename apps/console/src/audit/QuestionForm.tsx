import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { scopes } from '@interlock/contracts';
import { useState, type ReactElement } from 'react';
import {
  questionNames,
  questionTexts,
  words,
  type QuestionName,
  type QuestionSearch,
} from './question-search.js';
import css from './audit.module.css';
import { Choice } from '../ui/forms/Choice.js';

type InputsProps = {
  readonly question: QuestionName;
  readonly search: QuestionSearch;
};
/** The inputs of a question. */
const Inputs = ({ question, search }: InputsProps): ReactElement => {
  const { with: needs } = words[question];
  return (
    <>
      {needs === 'month' ? (
        <TextInput
          key={search.month}
          name="month"
          label="Month, in UTC"
          type="month"
          pattern="\d{4}-(0[1-9]|1[0-2])"
          placeholder="2026-11"
          defaultValue={search.month ?? ''}
        />
      ) : (
        <TextInput
          key={search.id}
          name="id"
          label="Action, plan, bundle or change"
          maxLength={256}
          defaultValue={search.id ?? ''}
          style={{ minWidth: 300, maxWidth: '100%' }}
        />
      )}
      {needs === 'right' ? (
        <>
          <NativeSelect
            key={`scope ${search.scope}`}
            name="scope"
            label="Or everyone with the scope"
            defaultValue={search.scope ?? ''}
            data={[{ value: '', label: 'none' }, ...scopes]}
          />
          <TextInput
            key={`at ${search.at}`}
            name="at"
            label="at this time, in UTC"
            placeholder="2026-11-27T10:00:00Z"
            maxLength={40}
            defaultValue={search.at ?? ''}
          />
        </>
      ) : null}
    </>
  );
};

const given = (data: FormData, name: string): string | undefined => {
  const value = data.get(name);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
};

/**
 * The form of a question. It asks nothing until the user submits it, because each question reads
 * the whole log.
 */
export const QuestionForm = ({ search }: { readonly search: QuestionSearch }): ReactElement => {
  const navigate = useNavigate({ from: '/audit/questions' });
  const [chosen, setChosen] = useState<QuestionName>();
  const question = chosen ?? search.q;
  return (
    <form
      className={`row wrap ${css['questions']}`}
      onSubmit={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget);
        void navigate({
          search: {
            q: question,
            ...Object.fromEntries(questionTexts.map((name) => [name, given(data, name)])),
          },
        });
        setChosen(undefined);
      }}
    >
      <Choice<QuestionName | ''>
        label="Question"
        value={question ?? ''}
        choices={[
          ...(question === undefined ? [{ value: '', label: 'Choose a question' } as const] : []),
          ...questionNames.map((value) => ({ value, label: words[value].asks })),
        ]}
        onChoose={(name) => setChosen(name === '' ? undefined : name)}
      />
      {question === undefined ? null : <Inputs question={question} search={search} />}
      <TextInput
        key={search.only}
        name="only"
        label="Only rows with"
        placeholder="a type, a person, a device"
        maxLength={200}
        defaultValue={search.only ?? ''}
      />
      <Button type="submit">Ask</Button>
    </form>
  );
};
