import { useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { call } from '../api/client.js';
import { durationText, numberText, sentence } from '../format.js';
import { SettingCard } from '../studio/editor/SettingCard.js';
import { UntrustedText, Head } from '../ui/parts.js';
import { Table } from '../ui/tables/Table.js';
import { routeQuery } from '../api/route-query.js';

const configQuery = () => routeQuery('/api/v1/posture/config', ['posture', 'config']);

/**
 * The signals that the posture is computed from: thresholds, the ORANGE tier, sources and maximum
 * ages.
 */
const Config = (): ReactElement => (
  <SettingCard
    title="Thresholds and sources"
    query={useQuery(configQuery())}
    scope="POSTURE_WRITE"
    documentOf={({ tenant_id: _tenant, updated_at: _at, ...config }) => config}
    put={(_config, { content, reason }) =>
      call('put', '/api/v1/posture/config', { body: content as Schema<'PutConfigDto'>, reason })
    }
    keys={['posture']}
  >
    {({ thresholds, orange, on_missing: onMissing, dwell_s: dwell, sources, max_age_s: ages }) => (
      <>
        <dl className="kv b">
          {Object.entries(thresholds).map(([name, value]: [string, number]) => (
            <div key={name} style={{ display: 'contents' }}>
              <dt>{sentence(name)}</dt>
              <dd>{numberText(value)}</dd>
            </div>
          ))}
          <dt>Tier ORANGE</dt>
          <dd>{orange === null ? 'off' : 'on'}</dd>
          <dt>A signal is missing</dt>
          <dd>{onMissing === 'yellow' ? 'at least YELLOW' : 'as if it were healthy'}</dd>
          <dt>Better only after</dt>
          <dd>{durationText(dwell * 1000)}</dd>
        </dl>
        <Table name="Sources" head={['Signal', 'Source', 'Stale after']}>
          {Object.entries(sources ?? {}).map(([signal, source]) => {
            const age = (ages as { readonly [name: string]: number | null | undefined })[signal];
            return (
              <tr key={signal}>
                <td>{sentence(signal)}</td>
                <td>
                  <UntrustedText text={source} />
                </td>
                <td>{age === null || age === undefined ? 'never' : durationText(age * 1000)}</td>
              </tr>
            );
          })}
        </Table>
      </>
    )}
  </SettingCard>
);

/** The settings that the posture is computed from, and the form to change them. */
export const PostureSettingsPage = (): ReactElement => (
  <div>
    <Head title="Posture settings">
      <Link to="/posture">Posture</Link>
    </Head>
    <div className="col" style={{ gap: 12 }}>
      <Config />
    </div>
  </div>
);
