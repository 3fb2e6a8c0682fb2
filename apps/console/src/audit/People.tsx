import { useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { plainValue, shortId, zoneName } from '../format.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Choice } from '../ui/forms/Choice.js';
import { Card, Empty, UntrustedText, Loaded, Time } from '../ui/parts.js';
import { Table } from '../ui/tables/Table.js';
import { actorText } from './log-events.js';
import css from './audit.module.css';
import { routeQuery } from '../api/route-query.js';

type Row = Schema<'PersonRecordDto'>;

const lists = {
  overrides: 'Overrides and releases',
  who: 'Invitations, roles and sessions',
  access: 'Exports, reads and refusals',
};
type List = keyof typeof lists;

/** The days that a list can go back. */
const spans = {
  '1': 'the last day',
  '7': 'the last 7 days',
  '30': 'the last 30 days',
  '365': 'the last 365 days',
};
type Span = keyof typeof spans;

const recordsQuery = (list: List, days: Span) =>
  routeQuery(`/api/v1/audit/${list}`, ['audit', 'people', list, days], {
    query: { since: new Date(Date.now() - Number(days) * 86_400_000).toISOString(), limit: 50 },
  });

const Records = ({ items }: { readonly items: readonly Row[] }): ReactElement => {
  const { zone } = useStore(settings);
  return (
    <Table
      name="People"
      className={css['events']}
      head={[`At, ${zoneName(zone)}`, 'What', 'By', 'Person', 'Data']}
    >
      {items.map((row) => (
        <tr key={row.event_id}>
          <td className="sm t2">
            <Time at={row.at} />
          </td>
          <td className="mono">{row.type}</td>
          <td>
            <UntrustedText text={actorText(row)} />
          </td>
          <td>
            <UntrustedText text={row.person_name ?? (row.person_id === null ? '' : shortId(row.person_id))} />
          </td>
          <td>
            <details>
              <summary>
                <bdi className="clip mono">{plainValue(row.data, 60)}</bdi>
              </summary>
              <pre className="js" tabIndex={0}>
                {JSON.stringify(row.data, null, 2)}
              </pre>
            </details>
          </td>
        </tr>
      ))}
    </Table>
  );
};

/** The people who were admitted, who overrode a guard, or who read or exported the log. */
export const People = (): ReactElement => {
  const [list, setList] = useState<List>('overrides');
  const [days, setDays] = useState<Span>('30');
  const records = useQuery(recordsQuery(list, days));
  return (
    <Card
      title="People"
      right={
        <span className="row">
          <Choice
            aria-label="What people did"
            style={{ width: 'auto' }}
            value={list}
            choices={lists}
            onChoose={setList}
          />
          <Choice
            aria-label="Since"
            style={{ width: 'auto' }}
            value={days}
            choices={spans}
            onChoose={setDays}
          />
        </span>
      }
    >
      <Loaded query={records} what="what people did">
        {({ items, next }) =>
          items.length === 0 ? (
            <Empty>
              <b>Nothing is recorded in that time.</b> The command line lists more:{' '}
              <span className="mono">interlock audit {list}</span>.
            </Empty>
          ) : (
            <>
              <Records items={items} />
              {next === null ? null : (
                <p className="muted sm b">
                  These are the newest 50. The others: <span className="mono">interlock audit {list}</span>.
                </p>
              )}
            </>
          )
        }
      </Loaded>
    </Card>
  );
};
