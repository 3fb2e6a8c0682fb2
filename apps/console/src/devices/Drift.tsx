import { useNavigate } from '@tanstack/react-router';
import { driftRestoreIntent } from '@interlock/contracts';
import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { call, tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope, useSession } from '../api/session.js';
import { counted } from '../format.js';
import { Dialog } from '../ui/Dialog.js';
import { Act, Card, Problem } from '../ui/parts.js';
import { ReasonAct } from '../ui/ReasonAct.js';
import { Table } from '../ui/Table.js';

type Device = Schema<'ShownDeviceDto'>;

/** Takes the values on the device as the expected ones, for a reason. */
const Adopt = ({ device }: { readonly device: Device }): ReactElement => {
  const missing = useMissingScope('DEVICE_WRITE');
  const adopt = useSend(
    (reason: string) =>
      call('post', '/api/v1/devices/{id}/drift/adopt', {
        tenant: tenantStore.get(),
        path: { id: device.device_id },
        body: { reason },
        // Nothing that was found later than what the page shows is adopted.
        revision: device.revision,
      }),
    ['devices'],
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

/** Asks for the action that gives the drifted leaves their expected values. */
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
  );
  return (
    <>
      <Act
        size="sm"
        off={missing}
        onAct={() => {
          restore.reset();
          setOpen(true);
        }}
      >
        Restore…
      </Act>
      <Dialog
        opened={open}
        onClose={() => {
          setOpen(false);
        }}
        title={`Restore ${device.device_id}`}
        size={480}
      >
        <div className="col" style={{ gap: 12 }}>
          <p className="t2">
            An action gives {counted(device.drift.leaves.length, 'leaf', 'leaves')} the expected values again.
            It goes through every gate, and its page says what it waits for.
          </p>
          <Act
            variant="filled"
            off={missing ?? (restore.isPending ? 'It is being sent' : undefined)}
            onAct={() => {
              restore.mutate(undefined, {
                onSuccess: ({ action_id: id }) => void navigate({ to: '/actions/$id', params: { id } }),
              });
            }}
          >
            {restore.isPending ? 'Sending…' : 'Ask for the restore'}
          </Act>
          {restore.isError ? <Problem error={restore.error} what="nothing was changed" /> : null}
        </div>
      </Dialog>
    </>
  );
};

/** The leaves that differ from what Interlock left on the device; nothing if none does. */
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
      <Table
        name="Drift"
        head={
          <>
            <th>Leaf</th>
            <th>Expected</th>
            <th>On the device</th>
            <th>Changed by</th>
          </>
        }
      >
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
