import { useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { call } from '../../api/client.js';
import { counted, numberText, sentence } from '../../format.js';
import { useMissingScope } from '../../api/session.js';
import { ActionButton, Loaded, Time } from '../../ui/parts.js';
import { num, Table } from '../../ui/tables/Table.js';
import { SettingCard } from '../../studio/editor/SettingCard.js';
import { routeQuery } from '../../api/route-query.js';

type Retention = Schema<'RetentionDto'>;
const kinds = ['kpis', 'evaluations', 'deliveries', 'sessions', 'actions', 'log'] as const;

const retentionQuery = () => routeQuery('/api/v1/retention', ['autonomy', 'retention']);
const daysText = (days: number | null): string => (days === null ? 'forever' : counted(days, 'day'));

const planQuery = () => routeQuery('/api/v1/retention/plan', ['autonomy', 'retention-plan']);

/** The records that the current retention would remove if it ran now. */
const Plan = (): ReactElement => (
  <Loaded query={useQuery(planQuery())} rows={3} what="the plan">
    {({ removals, log }) => (
      <>
        <Table name="Removals" head={['Kind', 'Before', num('Rows')]}>
          {removals.map(({ kind, table, before, rows }) => (
            <tr key={`${kind} ${table}`}>
              <td>
                {sentence(kind)} <span className="mono muted">{table}</span>
              </td>
              <td>
                <Time at={before} zoned />
              </td>
              <td className="num">{numberText(rows, 0)}</td>
            </tr>
          ))}
        </Table>
        <p className="b t2">
          {log === null
            ? 'Nothing would be cut from the log.'
            : (log.blocked ??
              `${counted(log.events, 'event')} of ${counted(log.streams, 'stream')} would be cut from the log.`)}
        </p>
      </>
    )}
  </Loaded>
);

const PlanOnDemand = (): ReactElement => {
  const [shown, setShown] = useState(false);
  const missing = useMissingScope('AUTONOMY_ADMIN');
  return shown ? (
    <Plan />
  ) : (
    <div className="b">
      <ActionButton size="sm" off={missing} always onAct={() => setShown(true)}>
        What it would remove now
      </ActionButton>
    </div>
  );
};

/** The retention periods by kind of record. A kind that the document leaves out is kept forever. */
export const RetentionSetting = (): ReactElement => (
  <SettingCard
    title="Retention"
    query={useQuery(retentionQuery())}
    scope="AUTONOMY_ADMIN"
    documentOf={(data: Retention) =>
      Object.fromEntries(kinds.flatMap((kind) => (data[kind] === null ? [] : [[kind, data[kind]] as const])))
    }
    put={(_data, { content, reason }) => call('put', '/api/v1/retention', { body: { ...content, reason } })}
    keys={['autonomy']}
  >
    {(data) => (
      <>
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
        <PlanOnDemand />
      </>
    )}
  </SettingCard>
);
