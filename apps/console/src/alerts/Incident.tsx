import { LinkButton } from '../ui/LinkButton.js';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { readText, tenantStore } from '../api/client.js';
import { alertTimelineQuery } from '../api/queries.js';
import { sentence } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { Dossier } from '../ui/Dossier.js';
import { Card, Head, Loaded, Time } from '../ui/parts.js';
import { Chip, lookOfSeverity, lookOfStatus } from '../ui/states.js';
import { Table } from '../ui/tables/Table.js';
import { copyLink } from '../ui/copy.js';
import { routeQuery } from '../api/route-query.js';

const incidentQuery = (id: string) =>
  routeQuery('/api/v1/incidents/{id}', ['incident', id, 'one'], { path: { id } });
const postMortemQuery = (id: string, tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['incident', id, 'post-mortem', tenant],
    queryFn: ({ signal }) => readText('/api/v1/incidents/{id}/post-mortem', { path: { id }, tenant, signal }),
  });

const route = getRouteApi('/shell/incidents/$id');

/**
 * One incident as a dossier: the facts, who did what at what time, and the post-mortem that the
 * server writes from the log.
 */
export const IncidentPage = (): ReactElement => {
  const { id } = route.useParams();
  const incident = useQuery(incidentQuery(id));
  const timeline = useQuery(alertTimelineQuery('incidents', id));
  const postMortem = useQuery(postMortemQuery(id));
  useKeys({ y: copyLink });
  return (
    <div>
      <Loaded query={incident} rows={4} what="this incident">
        {(data) => (
          <>
            <Head title={<span className="iso">{data.title}</span>}>
              <Chip look={lookOfSeverity(data.severity)} />
              <Chip look={lookOfStatus(data.status)} />
              <span className="ml row wrap">
                <Dossier />
                <LinkButton to="/alerts" search={{ id }} size="sm">
                  Show in the list
                </LinkButton>
              </span>
            </Head>
            <p className="t2 long iso" style={{ marginBottom: 12 }}>
              {data.detail}
            </p>
            <p className="sm muted" style={{ marginBottom: 12 }}>
              Opened <Time at={data.opened_at} zoned />
            </p>
          </>
        )}
      </Loaded>
      <div className="col" style={{ gap: 12 }}>
        <Card title="Timeline">
          <Loaded query={timeline} rows={5} what="the timeline">
            {({ items }) => (
              <Table name="Timeline" head={['At', 'What', 'Details']}>
                {items.map((happening) => (
                  <tr key={happening.event_id}>
                    <td>
                      <Time at={happening.at} zoned />
                    </td>
                    <td>{sentence(happening.type.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase())}</td>
                    <td className="long iso" style={{ whiteSpace: 'normal' }}>
                      {happening.text}
                    </td>
                  </tr>
                ))}
              </Table>
            )}
          </Loaded>
        </Card>
        <Card title="Post-mortem, from the log">
          <Loaded query={postMortem} rows={6} what="the post-mortem">
            {(text) => (
              <pre className="b mono" tabIndex={0} style={{ margin: 0, whiteSpace: 'pre-wrap' }}>
                {text}
              </pre>
            )}
          </Loaded>
        </Card>
      </div>
    </div>
  );
};
