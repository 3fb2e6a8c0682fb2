import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { actionOfTx } from '@interlock/contracts';
import type { Schema } from '@interlock/api-types';
import type { ReactElement } from 'react';
import { call } from '../api/client.js';
import { streamState } from '../api/live.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted, sentence, shortId } from '../format.js';
import { ChangeDevice } from './ChangeDevice.js';
import { CheckSync } from './CheckSync.js';
import { driftLook, syncLook } from './device-words.js';
import { Drift } from './Drift.js';
import { Kpis } from './Kpis.js';
import { Qualification } from './Qualification.js';
import { TransactionStory } from './Story.js';
import { useKeys } from '../shell/keys.js';
import { Columns } from '../ui/tables/Columns.js';
import { Icon, type GlyphName, type Kind } from '../ui/glyphs.js';
import { Card, Empty, UntrustedText, Loaded, Time } from '../ui/parts.js';
import { ReasonAct } from '../ui/dialogs/ReasonAct.js';
import { useRowKeys } from '../ui/tables/rows.js';
import { Chip } from '../ui/states.js';
import { Table } from '../ui/tables/Table.js';
import css from './devices.module.css';
import { cx } from '../ui/cx.js';
import { Tooltip } from '../ui/Tooltip.js';
import { copyLink } from '../ui/copy.js';
import { routeQuery } from '../api/route-query.js';

type Device = Schema<'ShownDeviceDto'>;
type Transaction = Schema<'TransactionDto'>;

const whileOffline = (): number | false => (streamState.get().kind === 'live' ? false : 15_000);
const deviceQuery = (id: string) =>
  routeQuery(
    '/api/v1/devices/{id}',
    ['devices', 'one', id],
    { path: { id } },
    { refetchInterval: whileOffline },
  );
const transactionsQuery = (id: string) =>
  routeQuery(
    '/api/v1/devices/{id}/transactions',
    ['devices', 'transactions', id],
    { path: { id }, query: { limit: 50 } },
    { refetchInterval: whileOffline },
  );

const txLook = {
  NONE: { kind: 'unk', glyph: 'none', word: 'None' },
  QUEUED: { kind: 'unk', glyph: 'clk', word: 'Queued' },
  READY: { kind: 'blue', glyph: 'run', word: 'Ready' },
  STALE: { kind: 'unk', glyph: 'minus', word: 'Stale: nothing sent' },
  PREPARING: { kind: 'blue', glyph: 'run', word: 'Preparing' },
  TENTATIVE: { kind: 'blue', glyph: 'run', word: 'Tentative' },
  OBSERVED: { kind: 'blue', glyph: 'run', word: 'Observed' },
  CONFIRMED: { kind: 'green', glyph: 'ok', word: 'Confirmed' },
  ROLLED_BACK: { kind: 'vio', glyph: 'back', word: 'Taken back' },
  REFUSED: { kind: 'unk', glyph: 'minus', word: 'Refused' },
  FAILED: { kind: 'red', glyph: 'oct', word: 'Failed' },
  ROLLBACK_FAILED: { kind: 'red', glyph: 'oct', word: 'Taking back failed' },
} as const satisfies {
  readonly [S in Transaction['state']]: {
    readonly kind: Kind;
    readonly glyph: GlyphName;
    readonly word: string;
  };
};

const Release = ({ device }: { readonly device: Device }): ReactElement | null => {
  const missing = useMissingScope('DEVICE_WRITE');
  const release = useSend(
    (reason: string) =>
      call('post', '/api/v1/devices/{id}/release', { path: { id: device.device_id }, body: { reason } }),
    ['devices'],
    `${device.device_id} was released.`,
  );
  return device.quarantined === null ? null : (
    <ReasonAct
      label="Release from quarantine…"
      off={missing}
      title={`Release ${device.device_id}`}
      act="Release the device"
      send={release}
    >
      <p className="t2">
        Reason for the quarantine: <bdi>{device.quarantined}</bdi>. Changes that wait for the device continue
        after its release.
      </p>
    </ReasonAct>
  );
};

const Facts = ({ device }: { readonly device: Device }): ReactElement => (
  <Card title="Session" extra={<Release device={device} />}>
    <div className="b">
      <dl className="kv">
        <dt>Address</dt>
        <dd className="mono">
          {device.host}:{device.port}
          {device.call_home ? ', calls home' : null}
          {device.transport === 'tls' ? ', over TLS' : null}
        </dd>
        <dt>Host key</dt>
        <dd className="mono">{device.host_key_fingerprint}, pinned</dd>
        {device.next_host_key_fingerprint === null ? null : (
          <>
            <dt>Next host key</dt>
            <dd className="mono">
              {device.next_host_key_fingerprint}, pinned beside it until the device first shows it
            </dd>
          </>
        )}
        <dt>Signs in as</dt>
        <dd className="mono">
          {device.username}, {device.credentials_ref}
        </dd>
        <dt>Profile</dt>
        <dd>{device.profile}</dd>
        <dt>Changing now</dt>
        <dd>
          {device.open_transactions.length === 0
            ? 'nothing'
            : counted(device.open_transactions.length, 'change')}
        </dd>
        <dt>Drift</dt>
        <dd>
          <Chip plain look={driftLook[device.drift.state]} />
          {device.drift.checked_at === null ? null : (
            <>
              {' '}
              compared <Time at={device.drift.checked_at} zoned />
            </>
          )}
          {device.drift.why === null ? null : <div className="t2 long iso">{device.drift.why}</div>}
        </dd>
        <dt>Entry changed</dt>
        <dd>
          <Time at={device.updated_at} zoned />
        </dd>
      </dl>
    </div>
  </Card>
);

const Cells = ({ device }: { readonly device: Device }): ReactElement => (
  <Card title="Cells" right={counted(device.cells.length, 'cell')}>
    {device.cells.length === 0 ? (
      <Empty>This device carries no cell.</Empty>
    ) : (
      <Table name="Cells" head={['Cell', 'Covered by, if it fails']}>
        {device.cells.map(({ cell_id: cell, neighbours }) => (
          <tr key={cell}>
            <td className="mono iso">{cell}</td>
            <td className="t2 long">
              {neighbours.length === 0
                ? 'none'
                : neighbours
                    .map(({ cell_id: near, coverage }) => `${near} ${coverage.toLowerCase()}`)
                    .join(', ')}
            </td>
          </tr>
        ))}
      </Table>
    )}
  </Card>
);

const route = getRouteApi('/shell/devices/$id');

const Transactions = ({ id }: { readonly id: string }): ReactElement => {
  const transactions = useQuery(transactionsQuery(id));
  const { tx: chosen } = route.useSearch();
  return (
    <Card title="Transactions" right="latest first">
      <Loaded query={transactions} rows={5} what="transactions">
        {({ items }) => {
          const shown = items.find(({ tx_id: tx }) => tx === chosen) ?? items[0];
          return items.length === 0 ? (
            <Empty>
              <b>Interlock has changed nothing on it.</b> Changes appear here, step by step.
            </Empty>
          ) : (
            <>
              <div
                className={cx(css['table'], 'scroll')}
                tabIndex={0}
                role="region"
                aria-label="Transactions, table"
              >
                <table>
                  <thead>
                    <tr>
                      <th>Transaction</th>
                      <th>State</th>
                      <th>What</th>
                      <th>Entity</th>
                      <th>At</th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map((tx) => (
                      <tr key={tx.tx_id} className={tx === shown ? 'sel' : undefined}>
                        <td>
                          <Tooltip label={tx.tx_id}>
                            <Link
                              to="/devices/$id"
                              params={{ id }}
                              search={{ tx: tx.tx_id }}
                              className="mono"
                              aria-current={tx === shown ? 'true' : undefined}
                              data-row
                            >
                              {shortId(tx.tx_id)}
                            </Link>
                          </Tooltip>
                        </td>
                        <td>
                          <Chip plain look={txLook[tx.state]} />
                        </td>
                        <td>{sentence(tx.action_type)}</td>
                        <td>
                          <UntrustedText text={tx.entity_id} />
                        </td>
                        <td>
                          <Time at={tx.accepted_at} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              {shown === undefined ? null : <One key={shown.tx_id} id={id} tx={shown} />}
            </>
          );
        }}
      </Loaded>
    </Card>
  );
};

const One = ({ id, tx }: { readonly id: string; readonly tx: Transaction }): ReactElement => (
  <section aria-label={`Transaction ${shortId(tx.tx_id)}`} className={cx(css['one'], 'bt')}>
    <h3 className="line">
      <span className="mono">{shortId(tx.tx_id)}</span> <Chip look={txLook[tx.state]} />
      <Link className="ml" to="/actions/$id" params={{ id: actionOfTx(tx.tx_id) }} id="whole-story">
        {sentence(tx.action_type)}, whole story
      </Link>
    </h3>
    <TransactionStory device={id} tx={tx.tx_id} />
    {tx.observation === null ? null : <Kpis observation={tx.observation} />}
  </section>
);

export const DevicePage = (): ReactElement => {
  const { id } = route.useParams();
  const device = useQuery(deviceQuery(id));
  const navigate = useNavigate();
  useRowKeys();
  useKeys({
    y: copyLink,
    o: () => document.getElementById('whole-story')?.click(),
    Escape: () => void navigate({ to: '/devices' }),
  });
  return (
    <div>
      <div className="crumb">
        <Link to="/devices">Devices</Link> <Icon name="right" size={11} />{' '}
        <span className="mono iso">{id}</span>
      </div>
      <Loaded query={device} rows={8} what="this device">
        {(data) => (
          <>
            <div className="ph">
              <h1 className="mono iso">{data.device_id}</h1>
              <Chip look={syncLook(data)} />
              <span className="tag">{data.profile}</span>
              <span className="tag">site {data.site_id}</span>
              <span className="ml">
                <CheckSync ids={[data.device_id]} label="Check sync" />
              </span>
            </div>
            {data.quarantined === null ? null : <p className="note long iso">{data.quarantined}</p>}
            <Columns side={360} wide>
              <div>
                <Drift device={data} />
                <Transactions id={id} />
                <Qualification device={data} />
              </div>
              <div>
                <Facts device={data} />
                <Cells device={data} />
                <ChangeDevice key={data.device_id} device={data} />
              </div>
            </Columns>
          </>
        )}
      </Loaded>
    </div>
  );
};
