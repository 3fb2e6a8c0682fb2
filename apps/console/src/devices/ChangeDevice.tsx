import type { Schema } from '@interlock/api-types';
import { requestedCells } from '@interlock/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { DocumentForm, type Written } from '../studio/editor/DocumentForm.js';
import { ConfirmButton } from '../ui/ConfirmButton.js';
import { ActionButton, Card, Loaded, Problem } from '../ui/parts.js';
import { Table } from '../ui/tables/Table.js';
import { routeQuery } from '../api/route-query.js';

type Device = Schema<'ShownDeviceDto'>;
const keys = ['devices'];

const settingsOf = (device: Device): Schema<'DeviceSettingsDto'> => {
  const { host, port, username, credentials_ref, host_key_fingerprint } = device;
  const { next_host_key_fingerprint: next } = device;
  const { call_home, transport, profile, site_id, cells } = device;
  return {
    host,
    port,
    username,
    credentials_ref,
    host_key_fingerprint,
    ...(next === null ? {} : { next_host_key_fingerprint: next }),
    call_home,
    transport,
    profile,
    site_id,
    cells: requestedCells(cells),
  };
};

const bindingsQuery = (id: string) =>
  routeQuery('/api/v1/devices/{id}/bindings', ['devices', 'bindings-of', id], { path: { id } });

const accessWords: { readonly [A in Schema<'BindingFitDto'>['access']]: string } = {
  change: 'read and changed',
  read: 'read only',
  none: 'nothing',
};

/** The bindings by which a device is understood, and the choice of them. It asks the device. */
const ChooseBindings = ({ device }: { readonly device: Device }): ReactElement => {
  const { device_id: id } = device;
  const missing = useMissingScope('DEVICE_WRITE');
  const bindings = useQuery(bindingsQuery(id));
  // INVARIANT: the revision that is sent is the one of the text that the form began with.
  const [choosing, setChoosing] = useState<{
    readonly text: string;
    readonly revision: Device['revision'];
  }>();
  const choose = useSend(
    ({ content, reason }: Written) =>
      call('put', '/api/v1/devices/{id}/bindings', {
        path: { id },
        body: content as Schema<'ChooseBindingsDto'>,
        revision: choosing?.revision ?? device.revision,
        reason,
      }),
    keys,
    'The bindings were chosen.',
  );
  const leave = (): void => {
    setChoosing(undefined);
    choose.reset();
  };
  return (
    <>
      <Card
        title="Bindings of the device"
        right={
          <ActionButton
            size="sm"
            off={missing ?? (bindings.data === undefined ? 'The device is being asked' : undefined)}
            onAct={() => {
              if (bindings.data !== undefined)
                setChoosing({
                  text: JSON.stringify({ bindings: bindings.data.chosen ?? bindings.data.proposed }, null, 2),
                  revision: device.revision,
                });
            }}
          >
            Choose bindings…
          </ActionButton>
        }
      >
        <Loaded query={bindings} rows={3} what="bindings">
          {({ bindings: fits, chosen }) => (
            <>
              <p className="b t2">
                {chosen === null ? 'Interlock chooses the bindings.' : 'A person chose the bindings.'}
              </p>
              <Table name="Bindings of the device" head={['Binding', 'In force', 'Leaves can be']}>
                {fits.map(({ binding, in_force: inForce, access, why }) => (
                  <tr key={binding}>
                    <td className="mono iso">{binding}</td>
                    <td>{inForce ? 'yes' : 'no'}</td>
                    <td>
                      {accessWords[access]}
                      {why === null ? null : <div className="sm t2 long iso">{why}</div>}
                    </td>
                  </tr>
                ))}
              </Table>
            </>
          )}
        </Loaded>
      </Card>
      {choosing !== undefined ? (
        <DocumentForm
          title={`Choose the bindings of ${id}`}
          label="Bindings as JSON"
          document={choosing.text}
          isNew
          act="Choose them"
          off={missing}
          send={choose}
          onSend={(written) => choose.mutate(written, { onSuccess: leave })}
          onLeave={leave}
        />
      ) : null}
    </>
  );
};

const Remove = ({ device }: { readonly device: Device }): ReactElement => {
  const { device_id: id, revision } = device;
  const missing = useMissingScope('DEVICE_WRITE');
  const navigate = useNavigate();
  const remove = useSend(
    (_sent: undefined) => call('delete', '/api/v1/devices/{id}', { path: { id }, revision }),
    keys,
    `${id} was removed.`,
  );
  return (
    <>
      <ConfirmButton
        size="sm"
        variant="danger"
        off={missing}
        sending={remove.isPending}
        confirm="Yes, remove it"
        onAct={() => remove.mutate(undefined, { onSuccess: () => void navigate({ to: '/devices' }) })}
      >
        Remove…
      </ConfirmButton>
      {remove.isError ? <Problem error={remove.error} what="it stays" /> : null}
    </>
  );
};

/** What a person may do to the entry of a device: compare it, change it, bind it, remove it. */
export const ChangeDevice = ({ device }: { readonly device: Device }): ReactElement => {
  const { device_id: id } = device;
  const missing = useMissingScope('DEVICE_WRITE');
  const [showsBindings, setShowsBindings] = useState(false);
  // INVARIANT: the revision that is sent is the one of the text that the form began with.
  const [edited, setEdited] = useState<Device | undefined>();
  const change = useSend(
    ({ content, reason }: Written) =>
      call('put', '/api/v1/devices/{id}', {
        path: { id },
        body: content as Schema<'DeviceSettingsDto'>,
        revision: edited?.revision ?? device.revision,
        reason,
      }),
    keys,
    'The settings were saved.',
  );
  const check = useSend(
    (_sent: undefined) => call('post', '/api/v1/devices/{id}/drift/check', { path: { id } }),
    keys,
  );
  const leave = (): void => {
    setEdited(undefined);
    change.reset();
  };
  return (
    <>
      <Card title="Entry">
        <div className="b row wrap">
          <ActionButton
            size="sm"
            off={missing}
            onAct={() => {
              setShowsBindings(false);
              setEdited(device);
            }}
          >
            Change settings…
          </ActionButton>
          <ActionButton
            size="sm"
            onAct={() => {
              leave();
              setShowsBindings(!showsBindings);
            }}
          >
            Bindings…
          </ActionButton>
          <ActionButton
            size="sm"
            off={missing}
            sending={check.isPending}
            onAct={() => check.mutate(undefined)}
          >
            Compare with the log now
          </ActionButton>
          <Remove device={device} />
        </div>
        {check.isError ? <Problem error={check.error} what="nothing was compared" /> : null}
        {check.data === undefined ? null : (
          <p className="b" role="status">
            {check.data.compared === null
              ? (check.data.why ?? 'Nothing was compared.')
              : `${counted(check.data.compared.length, 'leaf was', 'leaves were')} compared.`}
          </p>
        )}
      </Card>
      {edited !== undefined ? (
        <DocumentForm
          title={`Change ${id}`}
          label="Settings as JSON"
          document={JSON.stringify(settingsOf(edited), null, 2)}
          act="Save the settings"
          off={missing}
          send={change}
          onSend={(written) => change.mutate(written, { onSuccess: leave })}
          onLeave={leave}
        />
      ) : null}
      {showsBindings ? <ChooseBindings device={device} /> : null}
    </>
  );
};
