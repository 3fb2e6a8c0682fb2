import { Button, Input } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { readText, tenantStore } from '../api/client.js';
import { useMissingScope } from '../api/session.js';
import { clockText, plainValue, zoneName } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Filters } from '../ui/forms/Filters.js';
import { Card, Empty, Head, Id, Loaded, Time } from '../ui/parts.js';
import { NoAccess } from '../ui/dialogs/NoAccess.js';
import { Columns } from '../ui/tables/Columns.js';
import { LoadedTable, num, Table } from '../ui/tables/Table.js';
import { Browse } from './Browse.js';
import { auditFields, type AuditSearch } from './log-events.js';
import { People } from './People.js';
import { Verify } from './Verify.js';
import { readLines } from './lines.js';
import css from './audit.module.css';
import { routeQuery } from '../api/route-query.js';

const streamQuery = (stream: string, tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['audit', 'stream', stream, tenant],
    queryFn: async ({ signal }) =>
      readLines(
        await readText('/api/v1/audit/streams/{stream}', {
          path: { stream },
          query: { limit: 200 },
          tenant,
          signal,
        }),
      ),
  });
const checkpointsQuery = () =>
  routeQuery('/api/v1/audit/checkpoints', ['audit', 'checkpoints'], { query: { limit: 20 } });

const Stream = ({ stream }: { readonly stream: string }): ReactElement => {
  const events = useQuery(streamQuery(stream));
  const { zone } = useStore(settings);
  return (
    <Card title="Events" extra={<span className="tag mono iso">{stream.slice(0, 80)}</span>}>
      <Loaded query={events} what="the stream">
        {(lines) =>
          lines.length === 0 ? (
            <Empty>
              <b>The stream is empty.</b> Check the name: category, dash, id.
            </Empty>
          ) : (
            <Table
              name="Events"
              className={css['events']}
              head={[num('Position'), `At, ${zoneName(zone)}`, 'Event', 'Data']}
            >
              {lines.map((line) => (
                <tr key={`${line.position}${line.revision}`}>
                  <td className="num mono">{line.position}</td>
                  <td className="sm t2">{clockText(line.at, zone, true)}</td>
                  <td className="mono">{line.type}</td>
                  <td>
                    <details>
                      <summary>
                        <bdi className="clip mono">{plainValue(line.data, 60)}</bdi>
                      </summary>
                      <pre className="js" tabIndex={0}>
                        {JSON.stringify(line.data, null, 2)}
                      </pre>
                    </details>
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
    </Card>
  );
};

const Checkpoints = (): ReactElement => {
  const checkpoints = useQuery(checkpointsQuery());
  const { zone } = useStore(settings);
  return (
    <Card title="Signed checkpoints">
      <LoadedTable
        query={checkpoints}
        what="checkpoints"
        name="Checkpoints"
        head={[num('Events'), 'Root', `Published, ${zoneName(zone)}`, 'Witnesses']}
        none="No checkpoint is published yet."
        hint="The audit service signs one each minute."
      >
        {(checkpoint) => (
          <tr key={checkpoint.size}>
            <td className="num">{checkpoint.size}</td>
            <td>
              <Id id={checkpoint.root_hash} />
            </td>
            <td>
              <Time at={checkpoint.published_at} />
            </td>
            <td>{checkpoint.witnesses.join(', ') || 'none'}</td>
          </tr>
        )}
      </LoadedTable>
    </Card>
  );
};

const route = getRouteApi('/shell/audit');

export const AuditPage = (): ReactElement => {
  const search = route.useSearch();
  const { stream } = search;
  const navigate = useNavigate({ from: '/audit' });
  const missing = useMissingScope('AUDIT_READ');
  useKeys({ '/': () => document.getElementById('entity')?.focus() });
  if (missing !== undefined) return <NoAccess title="Audit" card="Evidence" missing={missing} />;
  return (
    <div className={css['page']}>
      <Head title="Audit">
        <span className="sub hide-m">Everything that happened, in the order of the log</span>
        {stream === undefined ? null : (
          <Link to="/audit" search={{}}>
            All events
          </Link>
        )}
        <Link to="/audit/questions">Questions</Link>
      </Head>
      <form
        className="row wrap"
        style={{ marginBottom: 12 }}
        onSubmit={(event) => {
          event.preventDefault();
          const given = new FormData(event.currentTarget).get('stream');
          const text = typeof given === 'string' ? given.trim() : '';
          void navigate({ search: (old) => ({ ...old, stream: text === '' ? undefined : text }) });
        }}
      >
        <Input
          name="stream"
          key={stream}
          aria-label="Stream"
          placeholder="action-demo:<id>"
          defaultValue={stream ?? ''}
          maxLength={200}
          style={{ width: 420, maxWidth: '100%' }}
        />
        <Button type="submit">Show the stream</Button>
      </form>
      {stream === undefined ? (
        <Filters
          list="audit"
          fields={auditFields}
          search={search}
          onChange={(part) => void navigate({ search: (old) => ({ ...old, ...(part as AuditSearch) }) })}
        />
      ) : null}
      <div className="col" style={{ gap: 12 }}>
        {stream === undefined ? (
          <Browse search={search}>
            <Verify stream={undefined} />
          </Browse>
        ) : (
          <Columns side={400} wide>
            <div>
              <Stream stream={stream} />
            </div>
            <div>
              <Verify key={stream} stream={stream} />
            </div>
          </Columns>
        )}
        <People />
        <Checkpoints />
      </div>
    </div>
  );
};
