import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment, useState, type ReactElement, type ReactNode } from 'react';
import { tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import { clockText, counted, plainValue, shortId, zoneName } from '../format.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { ActionButton, Card, Empty, UntrustedText, Loaded, Problem, Time } from '../ui/parts.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';
import { Columns } from '../ui/tables/Columns.js';
import { useRowKeys } from '../ui/tables/rows.js';
import { itemsOfPages } from '../ui/tables/pages.js';
import { saveFile } from '../ui/tables/save.js';
import { num, Table } from '../ui/tables/Table.js';
import {
  actorText,
  eventPage,
  eventsCsv,
  eventsQuery,
  type AuditSearch,
  type LogEvent,
} from './log-events.js';
import { Place } from './Place.js';
import { Tooltip } from '../ui/Tooltip.js';
import css from './audit.module.css';

/** The types of the events between two milestones. */
const steps = /Checked|Requested|Accepted$|Observed|Prepared|Taken|Lapsed|Granted|Released|Refreshed|Read$/;
const isMilestone = ({ type }: LogEvent): boolean => !steps.test(type);

const shows = { all: 'All', milestones: 'Milestones', streams: 'By stream' } as const;
type Show = keyof typeof shows;

/** One event in full, with links to its cause and its effects. */
const Whole = ({ event }: { readonly event: LogEvent }): ReactElement => {
  const { correlation_id: correlation, causation_id: cause, event_id: id, command_id: command } = event;
  return (
    <>
      <div className="row wrap lnk sm">
        <Tooltip label={correlation}>
          <Link to="/audit" search={{ correlation, order: 'oldest' }}>
            Its whole story
          </Link>
        </Tooltip>
        {cause === null ? (
          <span className="muted">Only its command caused it</span>
        ) : (
          <Tooltip label={cause}>
            <Link to="/audit" search={{ id: cause, order: 'oldest' }}>
              What caused it
            </Link>
          </Tooltip>
        )}
        <Link to="/audit" search={{ cause: `${id},${command}`, order: 'oldest' }}>
          What it caused
        </Link>
        <span>
          <Place event={event} /> revision {event.revision}, <Time at={event.at} zoned />
        </span>
        <span className="muted mono">{id}</span>
      </div>
      <pre className="js" tabIndex={0}>
        {JSON.stringify(event.data, null, 2)}
      </pre>
    </>
  );
};

const dayOf = (at: string, zone: 'utc' | 'local'): string =>
  new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'full',
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  }).format(Date.parse(at));

/** A heading between rows: the day, or the stream. */
const Divider = ({ words }: { readonly words: string }): ReactElement => (
  <tr className={css['divider']}>
    <th colSpan={5} scope="rowgroup" className="iso">
      {words}
    </th>
  </tr>
);

type RowsProps = {
  readonly items: readonly LogEvent[];
  readonly show: Show;
  readonly chosen: string | undefined;
};
const Rows = ({ items, show, chosen }: RowsProps): ReactElement => {
  const { zone } = useStore(settings);
  const shown = items.filter((event) => show !== 'milestones' || isMilestone(event));
  const sorted = show === 'streams' ? shown.toSorted((a, b) => a.stream.localeCompare(b.stream)) : shown;
  const headOf = (event: LogEvent): string => (show === 'streams' ? event.stream : dayOf(event.at, zone));
  return (
    <Table
      name="Events"
      className={css['events']}
      head={[`Time, ${zoneName(zone)}`, 'Stream', 'Event', 'By', num('Position')]}
    >
      {sorted.map((event, i) => {
        const before = sorted[i - 1];
        const head = headOf(event);
        return (
          <Fragment key={event.event_id}>
            {before === undefined || headOf(before) !== head ? <Divider words={head} /> : null}
            <tr className={event.event_id === chosen ? 'sel' : undefined}>
              <td className="sm t2">{clockText(event.at, zone, true)}</td>
              <td>
                <span className="tag">{event.category}</span>
              </td>
              <td>
                <Link
                  from="/audit"
                  to="/audit"
                  search={(old) => ({ ...old, at: event.event_id })}
                  className="mono fw"
                  aria-current={event.event_id === chosen ? 'true' : undefined}
                  data-row
                >
                  {event.type}
                </Link>{' '}
                <bdi className="muted">{plainValue(event.data, 60)}</bdi>
              </td>
              <td>
                <UntrustedText text={actorText(event)} />
              </td>
              <td className="num mono xs muted">{event.position}</td>
            </tr>
          </Fragment>
        );
      })}
    </Table>
  );
};

/** The event of a row, in full, beside the list. */
const One = ({ event }: { readonly event: LogEvent | undefined }): ReactElement => (
  <Card
    title={event?.type ?? 'Event'}
    extra={event === undefined ? null : <span className="tag mono">{event.position}</span>}
    right={
      <span className="hide-m">
        <kbd>J</kbd> <kbd>K</kbd> step
      </span>
    }
  >
    {event === undefined ? (
      <Empty>Choose an event to see its data, its cause and its effects.</Empty>
    ) : (
      <div className="b">
        <Whole event={event} />
      </div>
    )}
  </Card>
);

/** The action that the shown events tell of; undefined if they tell of several or of none. */
const actionIn = (items: readonly LogEvent[]): string | undefined => {
  const ids = new Set(items.flatMap(({ stream }) => /^action-[^:]+:(.+)$/.exec(stream)?.[1] ?? []));
  return ids.size === 1 ? [...ids][0] : undefined;
};

/** Returns the heading of the list, which names the link filter that the user followed. */
const titleOf = ({ correlation, cause, id }: AuditSearch): string =>
  cause !== undefined
    ? 'What it caused'
    : id !== undefined
      ? `Events of ${shortId(id)}`
      : correlation !== undefined
        ? 'One story'
        : 'Events';

type BrowseProps = {
  readonly search: AuditSearch;
  /** What stands below the chosen event. */
  readonly children: ReactNode;
};
/**
 * The log with filters, in either order. Each event links to its cause, its effects and its
 * history.
 */
export const Browse = ({ search, children }: BrowseProps): ReactElement => {
  const [show, setShow] = useState<Show>('all');
  useRowKeys();
  const events = useInfiniteQuery(eventsQuery(search));
  const pages = events.data?.pages ?? [];
  const items = pages.flatMap((page) => page.items);
  const reached = pages.at(-1)?.reached ?? null;
  const tenant = tenantStore.get();
  const chosen = items.find(({ event_id: id }) => id === search.at);
  const action = search.correlation === undefined ? undefined : actionIn(items);
  const exported = useSend(() => itemsOfPages((cursor = '') => eventPage(search, cursor, 200, tenant)), []);
  return (
    <Columns side={400} wide>
      <div>
        <Card
          title={titleOf(search)}
          extra={<SegmentedControl label="Show" value={show} choices={shows} onChoose={setShow} />}
          right={
            <>
              {action === undefined ? null : (
                <Link to="/actions/$id" params={{ id: action }}>
                  Open the action
                </Link>
              )}
              <ActionButton
                size="sm"
                sending={exported.isPending}
                onAct={() =>
                  exported.mutate(undefined, {
                    onSuccess: (all) => saveFile('events.csv', eventsCsv(all), 'text/csv'),
                  })
                }
              >
                Export as CSV
              </ActionButton>
            </>
          }
        >
          {exported.isError ? <Problem error={exported.error} what="nothing was exported" /> : null}
          <Loaded query={events} rows={8} what="the events">
            {() => (
              <>
                {items.length === 0 ? (
                  <Empty>
                    <b>No event matches so far.</b> Search further, or clear the filter.
                  </Empty>
                ) : (
                  <Rows items={items} show={show} chosen={search.at} />
                )}
                <div className="row wrap b">
                  <span className="muted sm" role="status">
                    {counted(
                      pages.reduce((sum, page) => sum + page.looked_through, 0),
                      'event',
                    )}{' '}
                    searched
                    {reached === null ? '' : ', up to '}
                    {reached === null ? null : <Time at={reached} zoned />}; {items.length} match
                  </span>
                  {events.hasNextPage ? (
                    <Button className="ml" size="sm" onClick={() => void events.fetchNextPage()}>
                      {events.isFetchingNextPage ? 'Loading…' : 'Search further'}
                    </Button>
                  ) : null}
                </div>
                {events.isFetchNextPageError ? <Problem error={events.error} what="the next events" /> : null}
              </>
            )}
          </Loaded>
        </Card>
      </div>
      <div>
        <One event={chosen} />
        {children}
      </div>
    </Columns>
  );
};
