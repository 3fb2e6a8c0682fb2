import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { devicesQuery } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { Bindings } from './Bindings.js';
import { RegisterDevice } from './RegisterDevice.js';
import { Act, Card, Empty, Foreign, Head, Loaded, Time } from '../ui/parts.js';
import { useRowKeys } from '../ui/rows.js';
import { Chip } from '../ui/states.js';
import { Table } from '../ui/Table.js';

export const DevicesPage = (): ReactElement => {
  const devices = useQuery(devicesQuery());
  const missing = useMissingScope('DEVICE_WRITE');
  const navigate = useNavigate();
  const [open, setOpen] = useState<'register' | 'bindings' | undefined>();
  useRowKeys();
  return (
    <div>
      <Head title="Devices" />
      <div className="col" style={{ gap: 12 }}>
        <Card
          title="Inventory"
          right={
            <span className="row">
              <Button
                size="sm"
                onClick={() => {
                  setOpen('bindings');
                }}
              >
                Bindings
              </Button>
              <Act
                size="sm"
                off={missing}
                onAct={() => {
                  setOpen('register');
                }}
              >
                Register a device…
              </Act>
            </span>
          }
        >
          <Loaded query={devices} rows={8} what="devices">
            {({ items }) =>
              items.length === 0 ? (
                <Empty>
                  <b>No device is known.</b> Register the first one.
                </Empty>
              ) : (
                <Table
                  name="Devices"
                  head={
                    <>
                      <th>Device</th>
                      <th>State</th>
                      <th>Site</th>
                      <th>Profile</th>
                      <th>Address</th>
                      <th className="num">Cells</th>
                      <th>Changed</th>
                    </>
                  }
                >
                  {items.map((device) => (
                    <tr key={device.device_id}>
                      <td>
                        <Link to="/devices/$id" params={{ id: device.device_id }} data-row>
                          <Foreign text={device.device_id} />
                        </Link>
                      </td>
                      <td>
                        <Chip
                          look={
                            device.quarantined === null
                              ? { kind: 'green', glyph: 'ok', word: 'In use' }
                              : { kind: 'red', glyph: 'oct', word: 'Quarantined' }
                          }
                        />
                      </td>
                      <td>
                        <Foreign text={device.site_id} />
                      </td>
                      <td>{device.profile}</td>
                      <td className="mono">
                        {device.host}:{device.port}
                      </td>
                      <td className="num" title={device.cells.map(({ cell_id: cell }) => cell).join(', ')}>
                        {counted(device.cells.length, 'cell')}
                      </td>
                      <td>
                        <Time at={device.updated_at} />
                      </td>
                    </tr>
                  ))}
                </Table>
              )
            }
          </Loaded>
        </Card>
        {open === 'register' ? (
          <RegisterDevice
            onDone={(id) => {
              void navigate({ to: '/devices/$id', params: { id } });
            }}
          />
        ) : null}
        {open === 'bindings' ? <Bindings /> : null}
      </div>
    </div>
  );
};
