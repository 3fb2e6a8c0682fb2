import { queryOptions, useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import type { ReactElement } from 'react';
import { call, tenantStore } from '../api/client.js';
import { counted, sentence } from '../format.js';
import { SettingCard } from '../studio/editor/SettingCard.js';

type Retention = Schema<'RetentionDto'>;
const kinds = ['kpis', 'evaluations', 'deliveries', 'sessions', 'actions', 'log'] as const;

const retentionQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['autonomy', 'retention', tenant ?? ''],
    queryFn: ({ signal }) => call('get', '/api/v1/retention', { tenant, signal }),
  });
const daysText = (days: number | null): string => (days === null ? 'for ever' : counted(days, 'day'));

/** How long records are kept, by kind. A kind that the document leaves out is kept for ever. */
export const RetentionSetting = (): ReactElement => (
  <SettingCard
    title="Retention"
    query={useQuery(retentionQuery())}
    scope="AUTONOMY_ADMIN"
    documentOf={(data: Retention) =>
      Object.fromEntries(kinds.flatMap((kind) => (data[kind] === null ? [] : [[kind, data[kind]] as const])))
    }
    put={(_data, { content, reason }) =>
      call('put', '/api/v1/retention', { tenant: tenantStore.get(), body: { ...content, reason } })
    }
    keys={['autonomy']}
  >
    {(data) => (
      <dl className="kv b">
        {kinds.map((kind) => (
          <div key={kind} style={{ display: 'contents' }}>
            <dt>{sentence(kind)}</dt>
            <dd>{daysText(data[kind])}</dd>
          </div>
        ))}
        {data.fixed.map(({ what, days }) => (
          <div key={what} style={{ display: 'contents' }}>
            <dt>{sentence(what.toLowerCase())}</dt>
            <dd>
              {daysText(days)}
              <span className="muted">, fixed</span>
            </dd>
          </div>
        ))}
      </dl>
    )}
  </SettingCard>
);
