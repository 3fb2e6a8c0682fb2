import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { Detail } from './Detail.js';
import { alertFields, alertsCsv, type AlertsFilter } from './filters.js';
import { aboutText, silencedLook } from './words.js';
import { alertsQuery, incidentsQuery, type Alert, type Incident } from '../api/queries.js';
import { zoneName } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { serverNow } from '../state/clock.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Columns } from '../ui/Columns.js';
import { Filters } from '../ui/Filters.js';
import { Act, Card, Empty, Head, Loaded, Time } from '../ui/parts.js';
import { useRowKeys } from '../ui/rows.js';
import { saveFile } from '../ui/save.js';
import { Chip, lookOfSeverity, lookOfStatus } from '../ui/states.js';
import { Table } from '../ui/Table.js';
import { usePhone } from '../ui/usePhone.js';
import css from './alerts.module.css';

const order = (status: string): number => (status === 'resolved' ? 1 : 0);

const Notices = ({
  title,
  items,
  chosen,
}: {
  readonly title: string;
  readonly items: readonly (Alert | Incident)[];
  readonly chosen: string | undefined;
}): ReactElement => {
  const { zone } = useStore(settings);
  const open = items.filter(({ status }) => status !== 'resolved').length;
  return (
    <Card
      title={title}
      extra={<span className="tag">{open} open</span>}
      right={
        <span className="hide-m">
          <kbd>J</kbd> <kbd>K</kbd> move <kbd>Enter</kbd> open
        </span>
      }
    >
      {items.length === 0 ? (
        <Empty>
          <b>There is none.</b> One that opens stands here, with who was told.
        </Empty>
      ) : (
        <Table
          name={title}
          className={css['list']}
          head={
            <>
              <th>Status</th>
              <th>What</th>
              <th>Severity</th>
              <th>Opened, {zoneName(zone)}</th>
            </>
          }
        >
          {items
            .toSorted((a, b) => order(a.status) - order(b.status))
            .map((thing) => (
              <tr key={thing.id} className={thing.id === chosen ? 'sel' : undefined}>
                <td>
                  <Chip
                    look={
                      ('silenced_until' in thing ? silencedLook(thing, serverNow()) : undefined) ??
                      lookOfStatus(thing.status)
                    }
                  />
                </td>
                <td>
                  <Link
                    from="/alerts"
                    to="/alerts"
                    search={(old) => ({ ...old, id: thing.id })}
                    className="fw iso"
                    data-row
                  >
                    {thing.name}
                  </Link>
                  <div className="sm t2 long iso">{aboutText(thing)}</div>
                </td>
                <td>
                  <Chip look={lookOfSeverity(thing.severity)} plain />
                </td>
                <td>
                  <Time at={thing.opened_at} />
                </td>
              </tr>
            ))}
        </Table>
      )}
    </Card>
  );
};

const route = getRouteApi('/shell/alerts');

export const AlertsPage = (): ReactElement => {
  const { id, ...filter } = route.useSearch();
  const navigate = useNavigate({ from: '/alerts' });
  const phone = usePhone();
  const alerts = useQuery(alertsQuery(filter));
  const incidents = useQuery(incidentsQuery());
  useRowKeys();
  useKeys({ '/': () => document.getElementById('name')?.focus() });
  const alert = alerts.data?.items.find((one) => one.id === id);
  const incident = incidents.data?.items.find((one) => one.id === id);
  const detail = (
    <div key="detail" className={alert === undefined && incident === undefined ? css['none'] : undefined}>
      {alert === undefined ? null : <Detail key={alert.id} notice={{ kind: 'alerts', thing: alert }} />}
      {incident === undefined ? null : (
        <Detail key={incident.id} notice={{ kind: 'incidents', thing: incident }} />
      )}
      {alert === undefined && incident === undefined ? (
        <Card title="Detail">
          <Empty>
            {id === undefined ? 'Choose one to see its timeline.' : 'It is not among the newest any more.'}
          </Empty>
        </Card>
      ) : null}
    </div>
  );
  return (
    <div>
      <Head title="Alerts and incidents">
        <Link to="/alerts/told">Who is told</Link>
        <span className="ml">
          <Act
            size="sm"
            off={alerts.data === undefined ? 'They are being read' : undefined}
            onAct={() => {
              saveFile('alerts.csv', alertsCsv(alerts.data?.items ?? []), 'text/csv');
            }}
          >
            Export as CSV
          </Act>
        </span>
      </Head>
      <Filters
        list="alerts"
        fields={alertFields}
        search={filter}
        onChange={(part) => {
          void navigate({ search: (old) => ({ ...old, ...(part as AlertsFilter) }) });
        }}
      />
      <Columns>
        {phone ? detail : null}
        <div key="lists">
          <Loaded query={alerts} what="alerts">
            {({ items }) => <Notices title="Alerts" items={items} chosen={id} />}
          </Loaded>
          <Loaded query={incidents} what="incidents">
            {({ items }) => <Notices title="Incidents" items={items} chosen={id} />}
          </Loaded>
        </div>
        {phone ? null : detail}
      </Columns>
    </div>
  );
};
