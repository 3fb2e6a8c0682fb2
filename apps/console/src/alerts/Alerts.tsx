import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { Detail } from './Detail.js';
import { alertFields, alertsCsv, type AlertsFilter } from './filters.js';
import { AlertList } from './AlertList.js';
import { Operational } from './Operational.js';
import { NoticeCell } from './NoticeCell.js';
import { alertsQuery, incidentsQuery, type Incident } from '../api/queries.js';
import { zoneName } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Columns } from '../ui/tables/Columns.js';
import { Filters } from '../ui/forms/Filters.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';
import { ActionButton, Card, Empty, Head, Loaded, Time } from '../ui/parts.js';
import { useRowKeys } from '../ui/tables/rows.js';
import { saveFile } from '../ui/tables/save.js';
import { Chip, lookOfSeverity, lookOfStatus } from '../ui/states.js';
import { Table } from '../ui/tables/Table.js';
import { usePhone } from '../ui/usePhone.js';
import css from './alerts.module.css';

const isOpen = ({ status }: { readonly status: string }): boolean => status !== 'resolved';
const order = (status: string): number => (status === 'resolved' ? 1 : 0);

type IncidentsProps = {
  readonly items: readonly Incident[];
  readonly chosen: string | undefined;
};
const Incidents = ({ items, chosen }: IncidentsProps): ReactElement => {
  const { zone } = useStore(settings);
  const open = items.filter(({ status }) => status !== 'resolved').length;
  return (
    <Card title="Incidents" extra={<span className="tag">{open} open</span>} right={`${items.length} in all`}>
      {items.length === 0 ? (
        <Empty>
          <b>None yet.</b> New ones appear here, with the people who were notified.
        </Empty>
      ) : (
        <Table
          name="Incidents"
          className={css['list']}
          head={['Status', 'What', 'Severity', `Opened, ${zoneName(zone)}`]}
        >
          {items
            .toSorted((a, b) => order(a.status) - order(b.status))
            .map((incident) => (
              <tr key={incident.id} className={incident.id === chosen ? 'sel' : undefined}>
                <td>
                  <Chip look={lookOfStatus(incident.status)} />
                </td>
                <NoticeCell notice={incident} />
                <td>
                  <Chip look={lookOfSeverity(incident.severity)} plain />
                </td>
                <td>
                  <Time at={incident.opened_at} />
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
  const { id, show = 'all', ...filter } = route.useSearch();
  const navigate = useNavigate({ from: '/alerts' });
  const phone = usePhone();
  const alerts = useQuery(alertsQuery(filter));
  const incidents = useQuery(incidentsQuery());
  const openAlerts = alerts.data?.items.filter(isOpen).length ?? 0;
  const openIncidents = incidents.data?.items.filter(isOpen).length ?? 0;
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
            {id === undefined ? 'Choose one to see its timeline.' : 'It is no longer among the newest.'}
          </Empty>
        </Card>
      ) : null}
    </div>
  );
  return (
    <div>
      <Head title="Alerts and incidents">
        <Link to="/alerts/told">Who is told</Link>
        <span className="ml row wrap">
          <SegmentedControl
            label="Show"
            value={show}
            choices={{ open: `Open ${openAlerts}`, incidents: `Incidents ${openIncidents}`, all: 'All' }}
            onChoose={(one) =>
              void navigate({ search: (old) => ({ ...old, show: one === 'all' ? undefined : one }) })
            }
          />
          <ActionButton
            size="sm"
            off={alerts.data === undefined ? 'Still loading' : undefined}
            onAct={() => saveFile('alerts.csv', alertsCsv(alerts.data?.items ?? []), 'text/csv')}
          >
            Export as CSV
          </ActionButton>
        </span>
      </Head>
      <Filters
        list="alerts"
        fields={alertFields}
        search={filter}
        onChange={(part) => void navigate({ search: (old) => ({ ...old, ...(part as AlertsFilter) }) })}
      />
      <Columns>
        {phone ? detail : null}
        <div key="lists">
          {show === 'incidents' ? null : (
            <Loaded query={alerts} what="alerts">
              {({ items }) => (
                <AlertList items={show === 'open' ? items.filter(isOpen) : items} chosen={id} />
              )}
            </Loaded>
          )}
          <Operational />
          <Loaded query={incidents} what="incidents">
            {({ items }) => <Incidents items={show === 'open' ? items.filter(isOpen) : items} chosen={id} />}
          </Loaded>
        </div>
        {phone ? null : detail}
      </Columns>
    </div>
  );
};
