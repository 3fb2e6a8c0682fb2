import { Button, Input } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { devicesQuery } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';
import { Bindings } from './Bindings.js';
import { CheckSync } from './CheckSync.js';
import {
  faultsOf,
  levelText,
  matchesText,
  needsLook,
  qualificationLook,
  syncLook,
  type DeviceEntry,
  type DevicesSearch,
  type DeviceView,
} from './device-words.js';
import { RegisterDevice } from './RegisterDevice.js';
import { Topology } from './Topology.js';
import { ActionButton, Card, Empty, UntrustedText, Head, Loaded, Time } from '../ui/parts.js';
import { useRowKeys } from '../ui/tables/rows.js';
import { Chip } from '../ui/states.js';
import { num, Table } from '../ui/tables/Table.js';
import { Hint } from '../ui/Tooltip.js';

const Row = ({ device }: { readonly device: DeviceEntry }): ReactElement => {
  const { drift, qualification } = device;
  return (
    <tr>
      <td>
        <Link to="/devices/$id" params={{ id: device.device_id }} data-row>
          <UntrustedText linked text={device.device_id} />
        </Link>
        <div className="xs muted">
          <UntrustedText text={device.site_id} />
        </div>
      </td>
      <td>{device.profile}</td>
      <td>
        <Hint label={device.quarantined ?? drift.why}>
          <Chip look={syncLook(device)} />
        </Hint>
        <div className="xs muted">{drift.checked_at === null ? 'never' : <Time at={drift.checked_at} />}</div>
      </td>
      <td>
        <Hint label={qualification.why}>
          {qualification.state === 'current' && qualification.level !== null ? (
            <>
              <b>{levelText(qualification.level)}</b> <span className="t2">{qualification.level}</span>
            </>
          ) : (
            <Chip plain look={qualificationLook[qualification.state]} />
          )}
        </Hint>
        {qualification.qualified_at === null ? null : (
          <div className="xs muted">
            <Time at={qualification.qualified_at} />
          </div>
        )}
      </td>
      <td className="mono">
        {device.host}:{device.port}
      </td>
      <td className="num">{counted(device.cells.length, 'cell')}</td>
      <td>
        <Time at={device.updated_at} />
      </td>
    </tr>
  );
};

type InventoryProps = {
  readonly shown: readonly DeviceEntry[];
  readonly all: number;
};
const Inventory = ({ shown, all }: InventoryProps): ReactElement =>
  all === 0 ? (
    <Empty>
      <b>No device is registered.</b> Register the first one.
    </Empty>
  ) : shown.length === 0 ? (
    <Empty>
      <b>No device matches.</b> Clear the filter to see all {all}.
    </Empty>
  ) : (
    <>
      <Table
        name="Devices"
        head={['Device, site', 'Profile', 'Sync', 'Qualified', 'Address', num('Cells'), 'Entry changed']}
      >
        {shown.map((device) => (
          <Row key={device.device_id} device={device} />
        ))}
      </Table>
      <p className="note xs">
        {shown.length} of {all} shown. Qualified 3: the device takes a change back by itself even under locks.
        2: by itself unless a lock is held. 1: only an inverse edit does. 0: not even that.
      </p>
    </>
  );

const route = getRouteApi('/shell/devices');

/** The inventory with what is wrong in it, and the cells of the devices. */
export const DevicesPage = (): ReactElement => {
  const devices = useQuery(devicesQuery());
  const missing = useMissingScope('DEVICE_WRITE');
  const { view = 'all', find = '' } = route.useSearch();
  const navigate = useNavigate({ from: '/devices' });
  const [open, setOpen] = useState<'register' | 'bindings' | undefined>();
  useRowKeys();
  useKeys({ '/': () => document.getElementById('find-device')?.focus() });
  const items = devices.data?.items ?? [];
  const fits: { readonly [V in DeviceView]: (device: DeviceEntry) => boolean } = {
    all: () => true,
    look: needsLook,
    changing: ({ qualification }) => qualification.state === 'running',
  };
  const shown = items.filter((device) => fits[view](device) && matchesText(device, find));
  const search = (part: DevicesSearch): void =>
    void navigate({ search: (old) => ({ ...old, ...part }), replace: true });
  return (
    <div>
      <Head title="Devices">
        <span className="row ml wrap">
          <SegmentedControl
            label="Show"
            value={view}
            choices={{
              all: `All ${items.length}`,
              look: `Needs a look ${items.filter(needsLook).length}`,
              changing: `Qualifying ${items.filter(fits.changing).length}`,
            }}
            onChoose={(one) => search({ view: one === 'all' ? undefined : one })}
          />
          <Input
            id="find-device"
            aria-label="Filter devices"
            placeholder="Filter  (/)"
            style={{ width: 160 }}
            value={find}
            maxLength={80}
            onChange={(event) => search({ find: event.target.value === '' ? undefined : event.target.value })}
          />
          <CheckSync ids={shown.map(({ device_id: id }) => id)} label="Check sync, all shown" />
        </span>
      </Head>
      <div className="col" style={{ gap: 12 }}>
        <Card
          title="Inventory"
          extra={faultsOf(items).map(([look, count]) => (
            <Chip key={look.word} look={{ ...look, word: `${count} ${look.word}` }} />
          ))}
          right={
            <span className="row">
              <span className="hide-m">
                <kbd>J</kbd> <kbd>K</kbd> move <kbd>Enter</kbd> open
              </span>
              <Button size="sm" onClick={() => setOpen('bindings')}>
                Bindings
              </Button>
              <ActionButton size="sm" off={missing} onAct={() => setOpen('register')}>
                Register a device…
              </ActionButton>
            </span>
          }
        >
          <Loaded query={devices} rows={8} what="devices">
            {() => <Inventory shown={shown} all={items.length} />}
          </Loaded>
        </Card>
        {open === 'register' ? (
          <RegisterDevice onDone={(id) => void navigate({ to: '/devices/$id', params: { id } })} />
        ) : null}
        {open === 'bindings' ? <Bindings /> : null}
        <Topology devices={shown} />
      </div>
    </div>
  );
};
