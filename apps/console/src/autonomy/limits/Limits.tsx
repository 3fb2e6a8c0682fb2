import { useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import type { ReactElement } from 'react';
import { call } from '../../api/client.js';
import { numberText, sentence } from '../../format.js';
import { SettingCard } from '../../studio/editor/SettingCard.js';
import { limitsQuery } from '../queries.js';

type Limits = Schema<'LimitsDto'>;
const aside = ['tenant_id', 'by_default', 'updated_at', 'updated_by'];

/** The limits of a tenant by name, in the order of the API. */
const limitsIn = (limits: Limits): readonly (readonly [string, number])[] =>
  Object.entries(limits).flatMap(([name, value]: [string, unknown]) =>
    aside.includes(name) || typeof value !== 'number' ? [] : [[name, value] as const],
  );

/** Returns whether a limit has its default value. */
const isDefault = ({ by_default: names }: Limits, name: string): boolean => names.some((one) => one === name);

/** The limits of the tenant. A limit that the document leaves out returns to its default. */
export const LimitsSetting = (): ReactElement => (
  <SettingCard
    title="Limits"
    query={useQuery(limitsQuery())}
    scope="AUTONOMY_ADMIN"
    documentOf={(limits) => Object.fromEntries(limitsIn(limits).filter(([name]) => !isDefault(limits, name)))}
    put={(_limits, { content, reason }) =>
      call('put', '/api/v1/autonomy/limits', { body: { ...content, reason } })
    }
    keys={['autonomy']}
  >
    {(limits) => (
      <dl className="kv b">
        {limitsIn(limits).map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{sentence(name)}</dt>
            <dd>
              {numberText(value)}
              {isDefault(limits, name) ? <span className="muted">, by default</span> : null}
            </dd>
          </div>
        ))}
      </dl>
    )}
  </SettingCard>
);
