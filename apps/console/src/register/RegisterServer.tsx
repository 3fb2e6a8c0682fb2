import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { RegisterForm } from './RegisterForm.js';
import { Choice } from '../ui/forms/Choice.js';
import { faultAt } from '../ui/forms/faults.js';
import { Field } from '../ui/forms/Field.js';

const kinds = { http: 'HTTP', stdio: 'a program that the operator allows' };

/**
 * Registers an MCP server by its address, or by the name of a program that the operator permits.
 */
export const RegisterServer = ({ onDone }: { readonly onDone: (server: string) => void }): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const [server, setServer] = useState('');
  const [kind, setKind] = useState<keyof typeof kinds>('http');
  const [where, setWhere] = useState('');
  const [secret, setSecret] = useState('');
  const register = useSend(
    () =>
      call('post', '/api/v1/mcp/servers', {
        body: {
          server: server.trim(),
          address:
            kind === 'http'
              ? {
                  kind,
                  url: where.trim(),
                  ...(secret.trim() === '' ? {} : { secret_ref: secret.trim() }),
                }
              : { kind, command: where.trim() },
        },
      }),
    ['mcp'],
    'The server was registered.',
  );
  const off =
    missing ??
    (server.trim() === '' ? 'Enter a name' : undefined) ??
    (where.trim() === '' ? 'Enter its address' : undefined);
  return (
    <RegisterForm
      title="Register an MCP server"
      off={off}
      send={register}
      onSend={() =>
        register.mutate(undefined, {
          onSuccess: (answer) => {
            if ('server' in answer) onDone(answer.server);
          },
        })
      }
    >
      <Field
        label="Name"
        className="mono"
        value={server}
        maxLength={30}
        error={faultAt(register.error, '/server')}
        onText={setServer}
      />
      <Choice label="Reached by" value={kind} choices={kinds} onChoose={setKind} />
      <Field
        label={kind === 'http' ? 'Address' : 'Name of the program'}
        className="mono"
        value={where}
        maxLength={2048}
        placeholder={kind === 'http' ? 'https://tools.example/mcp' : 'files'}
        error={faultAt(register.error, kind === 'http' ? '/address/url' : '/address/command')}
        onText={setWhere}
      />
      {kind === 'http' ? (
        <Field
          label="Reference to its token (optional)"
          className="mono"
          value={secret}
          maxLength={255}
          placeholder="file:tools"
          error={faultAt(register.error, '/address/secret_ref')}
          onText={setSecret}
        />
      ) : null}
    </RegisterForm>
  );
};
