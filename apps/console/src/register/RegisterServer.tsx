import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { RegisterForm } from './RegisterForm.js';
import { Choice } from '../ui/forms/Choice.js';
import { useFields } from '../ui/forms/useFields.js';

const kinds = { http: 'HTTP', stdio: 'a program that the operator allows' };

/**
 * Registers an MCP server by its address, or by the name of a program that the operator permits.
 */
export const RegisterServer = ({ onDone }: { readonly onDone: (server: string) => void }): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const [kind, setKind] = useState<keyof typeof kinds>('http');
  const register = useSend(
    (body: Schema<'RegisterServerDto'>) => call('post', '/api/v1/mcp/servers', { body }),
    ['mcp'],
    'The server was registered.',
  );
  const { texts, field } = useFields(['server', 'where', 'secret'], register.error);
  const { server, where, secret } = texts;
  const off =
    missing ??
    (server === '' ? 'Enter a name' : undefined) ??
    (where === '' ? 'Enter its address' : undefined);
  const http = { kind: 'http', url: where, ...(secret === '' ? {} : { secret_ref: secret }) } as const;
  const body = { server, address: kind === 'http' ? http : { kind, command: where } };
  return (
    <RegisterForm
      title="Register an MCP server"
      off={off}
      send={register}
      onSend={() =>
        register.mutate(body, {
          onSuccess: (answer) => {
            if ('server' in answer) onDone(answer.server);
          },
        })
      }
    >
      {field('server', 'Name', { maxLength: 30 })}
      <Choice label="Reached by" value={kind} choices={kinds} onChoose={setKind} />
      {kind === 'http'
        ? field('where', 'Address', { placeholder: 'https://tools.example/mcp', at: '/address/url' })
        : field('where', 'Name of the program', { placeholder: 'files', at: '/address/command' })}
      {kind === 'http'
        ? field('secret', 'Reference to its token (optional)', {
            maxLength: 255,
            placeholder: 'file:tools',
            at: '/address/secret_ref',
          })
        : null}
    </RegisterForm>
  );
};
