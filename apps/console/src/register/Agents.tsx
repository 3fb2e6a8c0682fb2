import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { actionsQuery } from '../api/queries.js';
import { AgentKeys } from './AgentKeys.js';
import { Credentials } from './Credentials.js';
import { AutonomyHead } from '../autonomy/Nav.js';
import { Ago, Card, Empty, UntrustedText, Loaded } from '../ui/parts.js';
import { num, Table } from '../ui/tables/Table.js';

const Seen = (): ReactElement => {
  const actions = useQuery(actionsQuery({ limit: 200 }));
  return (
    <Card title="Agents seen" right="in the last 200 actions">
      <Loaded query={actions} rows={4}>
        {({ items }) => {
          const agents = [...Map.groupBy(items, ({ agent }) => agent)].sort(([a], [b]) => (a < b ? -1 : 1));
          return agents.length === 0 ? (
            <Empty>
              <b>No agent has sent an intent yet.</b> Agents appear here with their first intent.
            </Empty>
          ) : (
            <Table
              name="Agents"
              head={[
                'Agent',
                'Accounts',
                num('Asked'),
                num('Completed'),
                num('Refused'),
                num('Taken back'),
                num('Last'),
              ]}
            >
              {agents.map(([agent, asked]) => {
                const count = (...states: readonly string[]): number =>
                  asked.filter(({ state }) => states.includes(state)).length;
                const [last] = asked;
                return (
                  <tr key={agent}>
                    <td>
                      <UntrustedText text={agent} />
                    </td>
                    <td>
                      <UntrustedText text={[...new Set(asked.map(({ account_id: id }) => id))].join(', ')} />
                    </td>
                    <td className="num">{asked.length}</td>
                    <td className="num">{count('COMPLETED')}</td>
                    <td className="num">{count('DENIED', 'BLOCKED', 'REJECTED')}</td>
                    <td className="num">{count('ROLLED_BACK', 'ROLLBACK_FAILED')}</td>
                    <td className="num">
                      {last === undefined || last.accepted_at === null ? (
                        '–'
                      ) : (
                        <Link to="/actions/$id" params={{ id: last.action_id }}>
                          <Ago at={last.accepted_at} />
                        </Link>
                      )}
                    </td>
                  </tr>
                );
              })}
            </Table>
          );
        }}
      </Loaded>
    </Card>
  );
};

export const AgentsPage = (): ReactElement => (
  <div>
    <AutonomyHead title="Agents" />
    <div className="col" style={{ gap: 12 }}>
      <Seen />
      <AgentKeys />
      <Credentials />
    </div>
  </div>
);
