import { systemTenant } from '@interlock/contracts';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';

import { RegisterForm } from './RegisterForm.js';
import { namesFault, namesIn, type CredentialKind } from './credentials.js';
import { Choice } from '../ui/forms/Choice.js';
import { faultAt } from '../ui/forms/faults.js';
import { Field } from '../ui/forms/Field.js';

const kinds: { readonly [K in CredentialKind]: string } = {
  service: 'a token of a service',
  bus: 'a user of the bus',
  person: 'a person',
};

type RegisterAgentProps = {
  readonly tenant: string;
  readonly onDone: () => void;
};
/**
 * Sets the agents and accounts that a credential may name. Requests of this credential for any
 * other are refused.
 */
export const RegisterAgent = ({ tenant, onDone }: RegisterAgentProps): ReactElement => {
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
    (name.trim() === '' ? 'Enter a name' : undefined) ??
    (namesIn(agents).length === 0 ? 'Enter the agents it may name' : undefined) ??
    (namesIn(accounts).length === 0 ? 'Enter the accounts it may name' : undefined) ??
    namesFault([...namesIn(agents), ...namesIn(accounts)]);
  const field = (
    label: string,
    value: string,
    set: (text: string) => void,
    placeholder: string,
    pointer: string,
  ): ReactElement => (
    <Field
      label={label}
      className="mono"
      value={value}
      maxLength={2000}
      placeholder={placeholder}
      autoComplete="off"
      error={faultAt(register.error, pointer)}
      onText={set}
    />
  );
  return (
    <RegisterForm
      title={`Register an agent of ${tenant}`}
      off={off}
      send={register}
      onSend={() => register.mutate(undefined, { onSuccess: onDone })}
      hint={
        kind === 'bus'
          ? 'The agent keeps the seed; only the public key is sent here. interlock tenants create makes both.'
          : 'The identity provider issues the token. Enter the names that the token may use.'
      }
    >
      <Choice label="It authenticates as" value={kind} choices={kinds} onChoose={setKind} />
      {field(
        kind === 'bus' ? `Name, after ${tenant}.` : 'Subject of its token',
        name,
        setName,
        kind === 'bus' ? 'mailer' : 'agent-mailer',
        '/name',
      )}
      {kind === 'bus' ? field('Public key of its nkey', key, setKey, 'U…', '/public_key') : null}
      {field('Agents that it may name', agents, setAgents, 'mailer, mailer-night', '/agents')}
      {field('Accounts that it may name', accounts, setAccounts, 'mail', '/accounts')}
    </RegisterForm>
  );
};
