import type { Schema } from '@interlock/api-types';
import type { ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { RegisterForm } from '../register/RegisterForm.js';
import { useFields } from '../ui/forms/useFields.js';

/** The label and an example of each member of a device. */
const members = {
  device_id: ['Name', 'gnb-17'],
  host: ['Host', '192.0.2.17'],
  port: ['Port', '830'],
  username: ['User', 'interlock'],
  credentials_ref: ['Reference to its credentials', 'file:gnb-17'],
  host_key_fingerprint: ['Fingerprint of its host key', 'SHA256:…'],
  profile: ['Profile', '3gpp'],
  site_id: ['Site', 'oslo-3'],
  cells: ['Cells, separated by commas', 'cell-017-1, cell-017-2'],
} as const;
const names = Object.keys(members) as (keyof typeof members)[];

/** Registers a device. The neighbours of its cells are set later, in the settings of the device. */
export const RegisterDevice = ({ onDone }: { readonly onDone: (device: string) => void }): ReactElement => {
  const missing = useMissingScope('DEVICE_WRITE');
  const register = useSend(
    (body: Schema<'DeviceDto'>) => call('post', '/api/v1/devices', { body }),
    ['devices'],
    'The device was registered.',
  );
  const { texts, field } = useFields(names, register.error, { port: '830' });
  const lacking = names.find((name) => name !== 'cells' && texts[name] === '');
  const body = {
    ...texts,
    port: Number(texts.port),
    cells: texts.cells
      .split(',')
      .flatMap((cell) => (cell.trim() === '' ? [] : [{ cell_id: cell.trim(), neighbours: [] }])),
  };
  return (
    <RegisterForm
      title="Register a device"
      off={missing ?? (lacking === undefined ? undefined : `Fill in: ${members[lacking][0].toLowerCase()}`)}
      send={register}
      hint="Enter the name of a secret, never the secret. `interlock secrets put device NAME` stores one."
      onSend={() =>
        register.mutate(body, {
          onSuccess: (answer) => {
            // The console opens the page of a change request by itself.
            if ('device_id' in answer) onDone(answer.device_id);
          },
        })
      }
    >
      {names.map((name) => field(name, members[name][0], { placeholder: members[name][1] }))}
    </RegisterForm>
  );
};
