import type { Schema } from '@interlock/api-types';
import { systemTenant } from '@interlock/contracts';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { RegisterForm } from './RegisterForm.js';
import { namesFault, namesIn, type CredentialKind } from './credentials.js';
import { Choice } from '../ui/forms/Choice.js';
import { useFields } from '../ui/forms/useFields.js';

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
  const register = useSend(
    (body: Schema<'CredentialDto'>) =>
      call('post', '/api/v1/autonomous/tenants/{tenant}/credentials', {
        tenant: systemTenant,
        path: { tenant },
        body,
      }),
    ['tenants'],
  );
  const { texts, field } = useFields(['name', 'key', 'agents', 'accounts'], register.error);
  const agents = namesIn(texts.agents);
  const accounts = namesIn(texts.accounts);
  const off =
    missing ??
    (texts.name === '' ? 'Enter a name' : undefined) ??
    (agents.length === 0 ? 'Enter the agents it may name' : undefined) ??
    (accounts.length === 0 ? 'Enter the accounts it may name' : undefined) ??
    namesFault([...agents, ...accounts]);
  const body = {
    kind,
    name: kind === 'bus' ? `${tenant}.${texts.name}` : texts.name,
    agents: [...agents],
    accounts: [...accounts],
    ...(kind === 'bus' && texts.key !== '' ? { public_key: texts.key } : {}),
  };
  return (
    <RegisterForm
      title={`Register an agent of ${tenant}`}
      off={off}
      send={register}
      onSend={() => register.mutate(body, { onSuccess: onDone })}
      hint={
        kind === 'bus'
          ? 'The agent keeps the seed; only the public key is sent here. interlock tenants create makes both.'
          : 'The identity provider issues the token. Enter the names that the token may use.'
      }
    >
      <Choice label="It authenticates as" value={kind} choices={kinds} onChoose={setKind} />
      {field('name', kind === 'bus' ? `Name, after ${tenant}.` : 'Subject of its token', {
        placeholder: kind === 'bus' ? 'mailer' : 'agent-mailer',
        autoComplete: 'off',
      })}
      {kind === 'bus'
        ? field('key', 'Public key of its nkey', {
            placeholder: 'U…',
            at: '/public_key',
            autoComplete: 'off',
          })
        : null}
      {field('agents', 'Agents that it may name', {
        placeholder: 'mailer, mailer-night',
        autoComplete: 'off',
      })}
      {field('accounts', 'Accounts that it may name', { placeholder: 'mail', autoComplete: 'off' })}
    </RegisterForm>
  );
};
