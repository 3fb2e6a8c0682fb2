import { Textarea } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { RegisterForm } from './RegisterForm.js';
import { typeExample } from './type-words.js';
import { Field } from '../ui/forms/Field.js';
import { objectIn } from '../ui/forms/object-in.js';

type Body = NonNullable<
  NonNullable<Parameters<typeof call<'/api/v1/action-types/{actionType}', 'post'>>[2]>['body']
>;

/** Registers an action type from a document. The server checks it and names every violation. */
export const RegisterType = ({ onDone }: { readonly onDone: (name: string) => void }): ReactElement => {
  const [name, setName] = useState('');
  const [text, setText] = useState(typeExample);
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const body = objectIn(text) as Body | undefined;
  const register = useSend(
    ({ type, sent }: { readonly type: string; readonly sent: Body }) =>
      call('post', '/api/v1/action-types/{actionType}', { path: { actionType: type }, body: sent }),
    ['policies'],
    ({ type }) => `The action type ${type} was registered.`,
  );
  const off =
    missing ??
    (name.trim() === '' ? 'Enter a name' : undefined) ??
    (body === undefined ? 'The document must be a JSON object' : undefined);
  return (
    <RegisterForm
      title="Register an action type"
      off={off}
      send={register}
      onSend={() => {
        if (body !== undefined)
          register.mutate({ type: name.trim(), sent: body }, { onSuccess: () => onDone(name.trim()) });
      }}
    >
      <Field
        label="Name"
        className="mono"
        value={name}
        maxLength={63}
        placeholder="inbox.archive"
        onText={setName}
      />
      <Textarea
        label="Document"
        className="mono"
        rows={16}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </RegisterForm>
  );
};
