import { useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import type { ReactElement } from 'react';
import { call } from '../api/client.js';
import { durationText } from '../format.js';
import { SettingCard } from '../studio/editor/SettingCard.js';
import { Empty } from '../ui/parts.js';
import { Table } from '../ui/tables/Table.js';
import { routesQuery } from './queries.js';

/** The routes from alerts to channels in their order, with quiet hours and escalation. */
export const Routes = (): ReactElement => (
  <SettingCard
    title="Routes"
    query={useQuery(routesQuery())}
    scope="ALERT_WRITE"
    documentOf={({ critical_to, routes }) => ({ critical_to, routes })}
    put={({ revision }, { content, reason }) =>
      call('put', '/api/v1/alerts/routes', { body: content as Schema<'PutRoutesDto'>, revision, reason })
    }
    keys={['reach']}
  >
    {(data) => (
      <>
        <p className="note">
          {data.critical_to === 'everyone'
            ? 'Critical alerts go to every channel, regardless of routes.'
            : 'Critical alerts go only where the routes lead.'}
          {data.missing.length === 0 ? '' : ` Unknown channels: ${data.missing.join(', ')}.`}
        </p>
        {data.routes.length === 0 ? (
          <Empty>
            <b>No route is set.</b> Every alert goes to every channel.
          </Empty>
        ) : (
          <Table name="Routes" head={['Route', 'Alerts', 'Severities', 'Goes to', 'Quiet', 'Escalates']}>
            {data.routes.map((route) => (
              <tr key={route.name}>
                <td className="mono iso">{route.name}</td>
                <td style={{ whiteSpace: 'normal' }}>{route.alerts?.join(', ') ?? 'every alert'}</td>
                <td>{route.severities?.join(', ') ?? 'every severity'}</td>
                <td className="mono">{route.channels.join(', ')}</td>
                <td>
                  {route.quiet_hours === null
                    ? 'never'
                    : `${route.quiet_hours.from} to ${route.quiet_hours.to}, ${route.quiet_hours.time_zone}`}
                </td>
                <td>
                  {route.escalation === null
                    ? 'never'
                    : `to ${route.escalation.route} after ${durationText(route.escalation.after_s * 1000)}`}
                </td>
              </tr>
            ))}
          </Table>
        )}
      </>
    )}
  </SettingCard>
);
