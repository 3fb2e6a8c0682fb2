import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import { counted, plainValue, shortId, zoneName } from '../format.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Act, Card, Empty, Foreign, Loaded, Problem, Time } from '../ui/parts.js';
import { itemsOfPages } from '../ui/pages.js';
import { saveFile } from '../ui/save.js';
import { Table } from '../ui/Table.js';
import {
  actorText,
  eventPage,
  eventsCsv,
  eventsQuery,
  type AuditSearch,
  type LogEvent,
} from './log-events.js';
import { Place } from './Place.js';
import css from './audit.module.css';

/** Where an event comes from and leads to, and everything that it says. */
const Whole = ({ event }: { readonly event: LogEvent }): ReactElement => {
  const { correlation_id: correlation, causation_id: cause, event_id: id, command_id: command } = event;
  return (
    <>
      <div className="row wrap lnk sm">
        <Link to="/audit" search={{ correlation, order: 'oldest' }} title={correlation}>
          Its whole story
        </Link>
        {cause === null ? (
          <span className="muted">Its command is the only cause</span>
        ) : (
          <Link to="/audit" search={{ id: cause, order: 'oldest' }} title={cause}>
            What caused it
          </Link>
        )}
        <Link to="/audit" search={{ cause: `${id},${command}`, order: 'oldest' }}>
          What it caused
        </Link>
        <span>
          <Place event={event} /> revision {event.revision}
        </span>
        <span className="muted mono">{id}</span>
      </div>
      <pre className="js" tabIndex={0}>
        {JSON.stringify(event.data, null, 2)}
      </pre>
    </>
  );
};

const Rows = ({ items }: { readonly items: readonly LogEvent[] }): ReactElement => {
  const { zone } = useStore(settings);
  return (
    <Table
      name="Events"
      className={css['events']}
      head={
        <>
          <th>At, {zoneName(zone)}</th>
          <th>Stream</th>
          <th>Event</th>
          <th>By</th>
          <th className="num">Position</th>
        </>
      }
    >
      {items.map((event) => (
        <tr key={event.event_id}>
          <td className="sm t2">
            <Time at={event.at} />
          </td>
          <td title={event.stream}>
            <span className="tag">{event.category}</span>
          </td>
          <td>
            <details>
              <summary>
                <span className="mono fw">{event.type}</span>{' '}
                <bdi className="muted">{plainValue(event.data, 60)}</bdi>
              </summary>
              <Whole event={event} />
            </details>
          </td>
          <td>
            <Foreign text={actorText(event)} />
          </td>
          <td className="num mono xs muted">{event.position}</td>
        </tr>
      ))}
    </Table>
  );
};

/** What the shown events have in common, where links led to them. */
const titleOf = ({ correlation, cause, id }: AuditSearch): string =>
  cause !== undefined
    ? 'What it caused'
    : id !== undefined
      ? `Events of ${shortId(id)}`
      : correlation !== undefined
        ? 'One story'
        : 'Events';

/** The log, filtered, from either end; each event leads to its cause, its effects and its story. */
export const Browse = ({ search }: { readonly search: AuditSearch }): ReactElement => {
  const events = useInfiniteQuery(eventsQuery(search));
  const pages = events.data?.pages ?? [];
  const items = pages.flatMap((page) => page.items);
  const reached = pages.at(-1)?.reached ?? null;
  const tenant = tenantStore.get();
  const exported = useSend(() => itemsOfPages((cursor = '') => eventPage(search, cursor, 200, tenant)), []);
  return (
    <Card
      title={titleOf(search)}
      right={
        <Act
          size="sm"
          sending={exported.isPending}
          onAct={() => {
            exported.mutate(undefined, {
              onSuccess: (all) => {
                saveFile('events.csv', eventsCsv(all), 'text/csv');
              },
            });
          }}
        >
          Export as CSV
        </Act>
      }
    >
      {exported.isError ? <Problem error={exported.error} what="nothing was exported" /> : null}
      <Loaded query={events} rows={8} what="the events">
        {() => (
          <>
            {items.length === 0 ? (
              <Empty>
                <b>No event matches so far.</b> Look further, or drop the filter.
              </Empty>
            ) : (
              <Rows items={items} />
            )}
            <div className="row wrap b">
              <span className="muted sm" role="status">
                {counted(
                  pages.reduce((sum, page) => sum + page.looked_through, 0),
                  'event',
                )}{' '}
                looked through
                {reached === null ? '' : ', as far as '}
                {reached === null ? null : <Time at={reached} zoned />}
              </span>
              {events.hasNextPage ? (
                <Button
                  className="ml"
                  size="sm"
                  onClick={() => {
                    void events.fetchNextPage();
                  }}
                >
                  {events.isFetchingNextPage ? 'Reading…' : 'Look further'}
                </Button>
              ) : null}
            </div>
            {events.isFetchNextPageError ? <Problem error={events.error} what="the next events" /> : null}
          </>
        )}
      </Loaded>
    </Card>
  );
};
