import '../styles/alerts.css';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { call, tenantStore } from '../api/client.js';
import {
  alertsQuery,
  alertTimelineQuery,
  incidentsQuery,
  type Alert,
  type Incident,
} from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { counted, sentence, zoneName } from '../format.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Glyph } from '../ui/glyphs.js';
import { Act, Card, Empty, Foreign, Head, Loaded, Problem, Time } from '../ui/parts.js';
import { Chip, lookOfSeverity, lookOfStatus } from '../ui/states.js';

type Kind = 'alerts' | 'incidents';
type Verb = 'acknowledge' | 'resolve';
type Change = { readonly verb: Verb; readonly note: string; readonly tenant: string | undefined };

const useChange = (kind: Kind, id: string) => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ verb, note, tenant }: Change): Promise<unknown> => {
      const sent = { tenant, path: { id }, body: { note } };
      if (kind === 'alerts')
        return verb === 'acknowledge'
          ? call('post', '/api/v1/alerts/{id}/acknowledge', {
              tenant,
              path: { id },
              body: note === '' ? {} : { note },
            })
          : call('post', '/api/v1/alerts/{id}/resolve', sent);
      return verb === 'acknowledge'
        ? call('post', '/api/v1/incidents/{id}/acknowledge', sent)
        : call('post', '/api/v1/incidents/{id}/resolve', sent);
    },
    onSettled: () =>
      Promise.all(
        [['alerts'], ['incidents'], ['alert', id], ['incident', id]].map((queryKey) =>
          queries.invalidateQueries({ queryKey }),
        ),
      ),
  });
};

const Timeline = ({ kind, id }: { readonly kind: Kind; readonly id: string }): ReactElement => {
  const timeline = useQuery(alertTimelineQuery(kind, id));
  return (
    <Loaded query={timeline} rows={3} what="the timeline">
      {({ items }) => (
        <ol className="it2">
          {items.map((happening) => (
            <li key={happening.event_id}>
              <span className="tm">
                <Time at={happening.at} />
              </span>
              <span className="mk">
                <Glyph name="dot" kind="blue" size={11} />
              </span>
              <div>
                <b>{sentence(happening.type.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase())}</b>
                <span className="long iso">{happening.text}</span>
              </div>
            </li>
          ))}
        </ol>
      )}
    </Loaded>
  );
};

const Detail = ({ kind, thing }: { readonly kind: Kind; readonly thing: Alert | Incident }): ReactElement => {
  const [note, setNote] = useState('');
  const change = useChange(kind, thing.id);
  const missing = useMissingScope('ALERT_WRITE');
  const over = thing.status === 'resolved' ? 'It is resolved already' : undefined;
  const busy = change.isPending ? 'It is being sent' : undefined;
  const send = (verb: Verb): void => {
    change.mutate({ verb, note: note.trim(), tenant: tenantStore.get() });
  };
  return (
    <Card
      title={thing.name}
      extra={<Chip look={lookOfSeverity(thing.severity)} />}
      right={<Chip look={lookOfStatus(thing.status)} plain />}
    >
      <div className="b col" style={{ gap: 10 }}>
        <p className="long iso">{thing.title}</p>
        <p className="sm t2 long iso">{thing.detail}</p>
        <dl className="kv">
          <dt>Opened</dt>
          <dd>
            <Time at={thing.opened_at} zoned />
          </dd>
          <dt>Fired</dt>
          <dd>{counted(thing.fired, 'time')}</dd>
          {thing.entity_id === null ? null : (
            <>
              <dt>About</dt>
              <dd>
                <Foreign text={thing.entity_id} />
              </dd>
            </>
          )}
          {thing.action_id === null ? null : (
            <>
              <dt>Action</dt>
              <dd>
                <Link to="/actions/$id" params={{ id: thing.action_id }}>
                  Its whole story
                </Link>
              </dd>
            </>
          )}
          {kind === 'alerts' ? null : (
            <>
              <dt>Dossier</dt>
              <dd>
                <Link to="/incidents/$id" params={{ id: thing.id }}>
                  Timeline and post-mortem, to print
                </Link>
              </dd>
            </>
          )}
          {'runbook' in thing && thing.runbook !== null ? (
            <>
              <dt>Runbook</dt>
              <dd className="mono iso">{thing.runbook}</dd>
            </>
          ) : null}
        </dl>
        <label className="col" style={{ gap: 4 }}>
          <span className="sm t2">Note, needed to resolve</span>
          <textarea
            rows={2}
            maxLength={2000}
            value={note}
            onChange={(event) => {
              setNote(event.target.value);
            }}
          />
        </label>
        <div className="row">
          <Act
            off={
              missing ??
              over ??
              busy ??
              (thing.status === 'acknowledged' ? 'It is acknowledged already' : undefined)
            }
            onAct={() => {
              send('acknowledge');
            }}
          >
            Acknowledge
          </Act>
          <Act
            off={missing ?? over ?? busy ?? (note.trim() === '' ? 'Say what was done about it' : undefined)}
            onAct={() => {
              send('resolve');
            }}
          >
            Resolve
          </Act>
        </div>
        {missing === undefined ? null : <p className="why-off">{missing}.</p>}
        {change.isError ? <Problem error={change.error} what="nothing was changed" /> : null}
      </div>
      <Timeline kind={kind} id={thing.id} />
    </Card>
  );
};

const order = (status: string): number => (status === 'resolved' ? 1 : 0);

const Table = ({
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
    <Card title={title} extra={<span className="tag">{open} open</span>}>
      {items.length === 0 ? (
        <Empty>
          <b>There is none.</b> One that opens stands here, with who was told.
        </Empty>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={`${title}, table`}>
          <table className="at">
            <thead>
              <tr>
                <th>Status</th>
                <th>What</th>
                <th>Severity</th>
                <th>Opened, {zoneName(zone)}</th>
              </tr>
            </thead>
            <tbody>
              {items
                .toSorted((a, b) => order(a.status) - order(b.status))
                .map((thing) => (
                  <tr key={thing.id} className={thing.id === chosen ? 'sel' : undefined}>
                    <td>
                      <Chip look={lookOfStatus(thing.status)} />
                    </td>
                    <td>
                      <Link to="/alerts" search={{ id: thing.id }} className="fw iso">
                        {thing.name}
                      </Link>
                      <small className="long iso">{thing.title}</small>
                    </td>
                    <td>
                      <Chip look={lookOfSeverity(thing.severity)} plain />
                    </td>
                    <td>
                      <Time at={thing.opened_at} />
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
};

const route = getRouteApi('/shell/alerts');

export const AlertsPage = (): ReactElement => {
  const { id } = route.useSearch();
  const alerts = useQuery(alertsQuery());
  const incidents = useQuery(incidentsQuery());
  const alert = alerts.data?.items.find((one) => one.id === id);
  const incident = incidents.data?.items.find((one) => one.id === id);
  return (
    <div className="pg p-alerts">
      <Head title="Alerts and incidents" />
      <div className="tw">
        <div>
          <Loaded query={alerts} what="alerts">
            {({ items }) => <Table title="Alerts" items={items} chosen={id} />}
          </Loaded>
          <Loaded query={incidents} what="incidents">
            {({ items }) => <Table title="Incidents" items={items} chosen={id} />}
          </Loaded>
        </div>
        <div>
          {alert === undefined ? null : <Detail key={alert.id} kind="alerts" thing={alert} />}
          {incident === undefined ? null : <Detail key={incident.id} kind="incidents" thing={incident} />}
          {alert === undefined && incident === undefined ? (
            <Card title="Detail">
              <Empty>
                {id === undefined
                  ? 'Choose one to see its timeline.'
                  : 'It is not among the newest any more.'}
              </Empty>
            </Card>
          ) : null}
        </div>
      </div>
    </div>
  );
};
