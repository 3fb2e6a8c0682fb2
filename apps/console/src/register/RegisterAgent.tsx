import { NativeSelect } from '@mantine/core';
import { systemTenant } from '@interlock/contracts';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';

import { RegisterForm } from './RegisterForm.js';
import { namesFault, namesIn, type CredentialKind } from './credentials.js';
import { Field } from '../ui/Field.js';

const kinds: readonly (readonly [CredentialKind, string])[] = [
  ['service', 'a token of a service'],
  ['bus', 'a user of the bus'],
  ['person', 'a person'],
];
const isKind = (text: string): text is CredentialKind => kinds.some(([kind]) => kind === text);

/** Says which agents and accounts a credential may name: nothing else of it is let in as them. */
export const RegisterAgent = ({
  tenant,
  onDone,
}: {
  readonly tenant: string;
  readonly onDone: () => void;
}): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const [kind, setKind] = useState<CredentialKind>('service');
  const [name, setName] = useState('');
  const [agents, setAgents] = useState('');
  const [accounts, setAccounts] = useState('');
  const [key, setKey] = useState('');
  const register = useSend(
    () =>
      call('post', '/api/v1/autonomous/tenants/{tenant}/credentials', {
        tenant: systemTenant,
        path: { tenant },
        body: {
          kind,
          name: kind === 'bus' ? `${tenant}.${name.trim()}` : name.trim(),
          agents: [...namesIn(agents)],
          accounts: [...namesIn(accounts)],
          ...(kind === 'bus' && key.trim() !== '' ? { public_key: key.trim() } : {}),
        },
      }),
    ['tenants'],
  );
  const off =
    missing ??
    (name.trim() === '' ? 'Name it' : undefined) ??
    (namesIn(agents).length === 0 ? 'Say which agents it may name' : undefined) ??
    (namesIn(accounts).length === 0 ? 'Say which accounts it may name' : undefined) ??
    namesFault([...namesIn(agents), ...namesIn(accounts)]);
  const field = (
    label: string,
    value: string,
    set: (text: string) => void,
    placeholder: string,
  ): ReactElement => (
    <Field
      label={label}
      className="mono"
      value={value}
      maxLength={2000}
      placeholder={placeholder}
      autoComplete="off"
      onText={set}
    />
  );
  return (
    <RegisterForm
      title={`Register an agent of ${tenant}`}
      off={off}
      send={register}
      onSend={() => {
        register.mutate(undefined, { onSuccess: onDone });
      }}
      hint={
        kind === 'bus'
          ? 'Its seed stays with it: only the public key is sent here. interlock tenants create makes both.'
          : 'The identity provider gives the token; here it is said what the token may call itself.'
      }
    >
      <NativeSelect
        label="It proves itself as"
        value={kind}
        onChange={(event) => {
          if (isKind(event.target.value)) setKind(event.target.value);
        }}
      >
        {kinds.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </NativeSelect>
      {field(
        kind === 'bus' ? `Name, after ${tenant}.` : 'Subject of its token',
        name,
        setName,
        kind === 'bus' ? 'mailer' : 'agent-mailer',
      )}
      {kind === 'bus' ? field('Public key of its nkey', key, setKey, 'U…') : null}
      {field('Agents that it may name', agents, setAgents, 'mailer, mailer-night')}
      {field('Accounts that it may name', accounts, setAccounts, 'mail')}
    </RegisterForm>
  );
};
