import { Button } from '@mantine/core';
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { read, tenantStore } from '../../api/client.js';
import { sentence, shortId, zoneName } from '../../format.js';
import { settings } from '../../state/settings.js';
import { useStore } from '../../state/store.js';
import { Filters } from '../../ui/forms/Filters.js';
import { Card, Empty, UntrustedText, Head, Loaded, Problem, Time } from '../../ui/parts.js';
import { Table } from '../../ui/tables/Table.js';
import { changeFields, type ChangesSearch } from './change-filters.js';

const changesQuery = ({ status }: ChangesSearch, tenant = tenantStore.get()) =>
  infiniteQueryOptions({
    queryKey: ['change', 'list', status ?? '', tenant ?? ''],
    queryFn: ({ signal, pageParam }) =>
      read('/api/v1/changes', {
        query: { status, limit: 50, ...(pageParam === '' ? {} : { cursor: pageParam }) },
        tenant,
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  });

const route = getRouteApi('/shell/changes');

/** Every change request, pending and decided, the newest first. */
export const ChangesPage = (): ReactElement => {
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/changes' });
  const changes = useInfiniteQuery(changesQuery(search));
  const { zone } = useStore(settings);
  const items = changes.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div>
      <Head title="Change requests">
        <Link to="/approvals">Approvals</Link>
      </Head>
      <Filters
        list="changes"
        fields={changeFields}
        search={search}
        onChange={(part) => void navigate({ search: (old) => ({ ...old, ...(part as ChangesSearch) }) })}
      />
      <Card title="Change requests" right="newest first">
        <Loaded query={changes} rows={5} what="change requests">
          {() =>
            items.length === 0 ? (
              <Empty>
                <b>No change request.</b> Changes that loosen a guard wait here for approval.
              </Empty>
            ) : (
              <Table
                name="Change requests"
                head={[`Requested, ${zoneName(zone)}`, 'Setting', 'Status', 'By', 'Approved by', 'Reason']}
              >
                {items.map((change) => (
                  <tr key={change.change_id}>
                    <td>
                      <Time at={change.requested_at} />
                    </td>
                    <td>
                      <Link to="/changes/$id" params={{ id: change.change_id }} className="mono iso">
                        {change.setting}
                      </Link>
                    </td>
                    <td>{sentence(change.status)}</td>
                    <td>
                      <UntrustedText text={shortId(change.requester)} />
                    </td>
                    <td className="num">
                      {change.approved_by.length} of {change.required_people}
                    </td>
                    <td>
                      <bdi className="clip">{change.why ?? ''}</bdi>
                    </td>
                  </tr>
                ))}
              </Table>
            )
          }
        </Loaded>
        {changes.hasNextPage ? (
          <div className="b">
            <Button size="sm" onClick={() => void changes.fetchNextPage()}>
              {changes.isFetchingNextPage ? 'Loading…' : 'Older'}
            </Button>
          </div>
        ) : null}
        {changes.isFetchNextPageError ? <Problem error={changes.error} what="older requests" /> : null}
      </Card>
    </div>
  );
};
