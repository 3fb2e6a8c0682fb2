import { Button } from '@mantine/core';
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { read, tenantStore } from '../../api/client.js';
import { Card, Empty, UntrustedText, Head, Loaded, Time } from '../../ui/parts.js';
import { Table } from '../../ui/tables/Table.js';

const rejectedQuery = (tenant = tenantStore.get()) =>
  infiniteQueryOptions({
    queryKey: ['actions', 'rejected', tenant ?? ''],
    queryFn: ({ signal, pageParam }) =>
      read('/api/v1/autonomous/intents/rejected', {
        query: { limit: 100, ...(pageParam === '' ? {} : { cursor: pageParam }) },
        tenant,
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  });

/** Intents that never became an action, each with every violation that was found. */
export const RejectedPage = (): ReactElement => {
  const rejected = useInfiniteQuery(rejectedQuery());
  const items = rejected.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div>
      <Head title="Rejected intents">
        <Link to="/actions">Actions</Link>
      </Head>
      <Card title="Rejected in the last seven days" right="latest first">
        <Loaded query={rejected} rows={5} what="rejected intents">
          {() =>
            items.length === 0 && !rejected.hasNextPage ? (
              <Empty>
                <b>No intent was rejected.</b> Intents that break the schema or name something unknown appear
                here.
              </Empty>
            ) : (
              <Table name="Rejected intents" head={['At', 'Intent', 'Code', 'Why']}>
                {items.map((one, n) => (
                  <tr key={`${one.rejected_at} ${one.intent_id ?? ''} ${n}`}>
                    <td>
                      <Time at={one.rejected_at} />
                    </td>
                    <td>{one.intent_id === null ? 'none' : <UntrustedText text={one.intent_id} />}</td>
                    <td className="mono">{one.code}</td>
                    <td style={{ whiteSpace: 'normal' }}>
                      <bdi className="long">{one.detail}</bdi>
                      {one.violations.map(({ pointer, detail }) => (
                        <div key={`${pointer} ${detail}`} className="sm t2 long iso">
                          <span className="mono">{pointer}</span> {detail}
                        </div>
                      ))}
                    </td>
                  </tr>
                ))}
              </Table>
            )
          }
        </Loaded>
        {rejected.hasNextPage ? (
          <div className="b">
            <Button size="sm" onClick={() => void rejected.fetchNextPage()}>
              {rejected.isFetchingNextPage ? 'Loading…' : 'Older'}
            </Button>
          </div>
        ) : null}
      </Card>
    </div>
  );
};
