import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { RegisterForm } from '../register/RegisterForm.js';
import { faultAt } from '../ui/forms/faults.js';
import { Field } from '../ui/forms/Field.js';

const fields = [
  ['device_id', 'Name', 'gnb-17'],
  ['host', 'Host', '192.0.2.17'],
  ['port', 'Port', '830'],
  ['username', 'User', 'interlock'],
  ['credentials_ref', 'Reference to its credentials', 'file:gnb-17'],
  ['host_key_fingerprint', 'Fingerprint of its host key', 'SHA256:…'],
  ['profile', 'Profile', '3gpp'],
  ['site_id', 'Site', 'oslo-3'],
  ['cells', 'Cells, separated by commas', 'cell-017-1, cell-017-2'],
] as const;
type Name = (typeof fields)[number][0];

/** Registers a device. The neighbours of its cells are set later, in the settings of the device. */
export const RegisterDevice = ({ onDone }: { readonly onDone: (device: string) => void }): ReactElement => {
  const missing = useMissingScope('DEVICE_WRITE');
  const [given, setGiven] = useState<{ readonly [N in Name]?: string }>({ port: '830' });
  const valueOf = (name: Name): string => (given[name] ?? '').trim();
  const register = useSend(
    () =>
      call('post', '/api/v1/devices', {
        body: {
          device_id: valueOf('device_id'),
          host: valueOf('host'),
          port: Number(valueOf('port')),
          username: valueOf('username'),
          credentials_ref: valueOf('credentials_ref'),
          host_key_fingerprint: valueOf('host_key_fingerprint'),
          profile: valueOf('profile'),
          site_id: valueOf('site_id'),
          cells: valueOf('cells')
            .split(',')
            .flatMap((cell) => (cell.trim() === '' ? [] : [{ cell_id: cell.trim(), neighbours: [] }])),
        },
      }),
    ['devices'],
    'The device was registered.',
  );
  const lacking = fields.find(([name]) => name !== 'cells' && valueOf(name) === '');
  return (
    <RegisterForm
      title="Register a device"
      off={missing ?? (lacking === undefined ? undefined : `Fill in: ${lacking[1].toLowerCase()}`)}
      send={register}
      hint="Enter the name of a secret, never the secret. `interlock secrets put device NAME` stores one."
      onSend={() =>
        register.mutate(undefined, {
          onSuccess: (answer) => {
            // The console opens the page of a change request by itself.
            if ('device_id' in answer) onDone(answer.device_id);
          },
        })
      }
    >
      {fields.map(([name, label, placeholder]) => (
        <Field
          key={name}
          label={label}
          className="mono"
          value={given[name] ?? ''}
          maxLength={2048}
          placeholder={placeholder}
          error={faultAt(register.error, `/${name}`)}
          onText={(text) => setGiven((old) => ({ ...old, [name]: text }))}
        />
      ))}
    </RegisterForm>
  );
};
