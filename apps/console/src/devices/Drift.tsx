import { useNavigate } from '@tanstack/react-router';
import { driftRestoreIntent } from '@interlock/contracts';
import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { call, tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope, useSession } from '../api/session.js';
import { counted } from '../format.js';
import { Dialog } from '../ui/dialogs/Dialog.js';
import { ActionButton, Card, Problem } from '../ui/parts.js';
import { ReasonAct } from '../ui/dialogs/ReasonAct.js';
import { Table } from '../ui/tables/Table.js';

type Device = Schema<'ShownDeviceDto'>;

/** Adopts the values on the device as the expected ones, with a reason. */
const Adopt = ({ device }: { readonly device: Device }): ReactElement => {
  const missing = useMissingScope('DEVICE_WRITE');
  const adopt = useSend(
    (reason: string) =>
      call('post', '/api/v1/devices/{id}/drift/adopt', {
        path: { id: device.device_id },
        body: { reason },
        revision: device.revision,
      }),
    ['devices'],
    'The drift was adopted.',
  );
  return (
    <ReasonAct
      label="Adopt…"
      off={missing}
      title={`Adopt the drift of ${device.device_id}`}
      act="Adopt the values"
      send={adopt}
    >
      <p className="t2">
        {counted(device.drift.leaves.length, 'leaf is', 'leaves are')} expected as found on the device from
        now on. Nothing on the device changes.
      </p>
    </ReasonAct>
  );
};

/** Submits the action that restores the expected values of the drifted leaves. */
const Restore = ({ device }: { readonly device: Device }): ReactElement => {
  const missing = useMissingScope('AUTONOMOUS_SUBMIT');
  const navigate = useNavigate();
  const { data: session } = useSession();
  const tenant = tenantStore.get() ?? session?.tenants[0] ?? '';
  const [open, setOpen] = useState(false);
  const restore = useSend(
    () =>
      call('post', '/api/v1/autonomous/actions', {
        tenant,
        body: driftRestoreIntent({
          intent_id: `restore-${device.device_id}-${crypto.randomUUID()}`,
          tenant_id: tenant,
          entity_id: device.device_id,
        }),
      }),
    ['actions', 'devices'],
    'An action was requested that restores the device.',
  );
  return (
    <>
      <ActionButton
        size="sm"
        off={missing}
        onAct={() => {
          restore.reset();
          setOpen(true);
        }}
      >
        Restore…
      </ActionButton>
      <Dialog opened={open} onClose={() => setOpen(false)} title={`Restore ${device.device_id}`} size={480}>
        <div className="col" style={{ gap: 12 }}>
          <p className="t2">
            An action restores {counted(device.drift.leaves.length, 'leaf', 'leaves')} to the expected values.
            It goes through every gate, and its page shows what it waits for.
          </p>
          <ActionButton
            variant="filled"
            off={missing ?? (restore.isPending ? 'Still sending' : undefined)}
            onAct={() =>
              restore.mutate(undefined, {
                onSuccess: ({ action_id: id }) => void navigate({ to: '/actions/$id', params: { id } }),
              })
            }
          >
            {restore.isPending ? 'Sending…' : 'Ask for the restore'}
          </ActionButton>
          {restore.isError ? <Problem error={restore.error} what="nothing was changed" /> : null}
        </div>
      </Dialog>
    </>
  );
};

/**
 * The leaves that differ from the values that Interlock last left on the device. Renders nothing if
 * none differ.
 */
export const Drift = ({ device }: { readonly device: Device }): ReactElement | null => {
  const { drift } = device;
  return drift.leaves.length === 0 ? null : (
    <Card
      title="Drift"
      right={counted(drift.leaves.length, 'leaf', 'leaves')}
      extra={
        <>
          <Adopt device={device} /> <Restore device={device} />
        </>
      }
    >
      <Table name="Drift" head={['Leaf', 'Expected', 'On the device', 'Changed by']}>
        {drift.leaves.map(({ binding, path, expected, actual, changed_by: by }) => (
          <tr key={`${binding} ${path}`}>
            <td className="mono long iso">{path}</td>
            <td className="mono iso">{expected ?? 'absent'}</td>
            <td className="mono iso">{actual ?? 'absent'}</td>
            <td className="iso">{by === null ? 'unknown' : (by.username ?? 'the device itself')}</td>
          </tr>
        ))}
      </Table>
    </Card>
  );
};
