import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useMissingScope } from '../api/session.js';
import { sentence } from '../format.js';
import { NoAccessCard } from '../ui/NoAccess.js';
import { Card, DryRun, Empty, Foreign, Loaded, Time } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { Table } from '../ui/Table.js';
import { lookOfDecision } from './policy-words.js';
import { usesQuery } from './queries.js';

const List = ({ tenant, id }: { readonly tenant: string; readonly id: string }): ReactElement => {
  const uses = useQuery(usesQuery(tenant, id));
  return (
    <Card title="Audit trail" right="evaluations that looked at it, the latest first">
      <Loaded query={uses} rows={4} what="the audit trail">
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              <b>Nothing was evaluated by it yet.</b> The first action of its types is the first row.
            </Empty>
          ) : (
            <Table
              name="Audit trail"
              head={
                <>
                  <th>At</th>
                  <th>What</th>
                  <th>Agent</th>
                  <th>It</th>
                  <th>Decision in all</th>
                  <th className="num">Version</th>
                </>
              }
            >
              {items.map((use) => (
                <tr key={use.evaluation_id}>
                  <td>
                    <Time at={use.at} />
                  </td>
                  <td>
                    {use.action_id === null ? (
                      sentence(use.action_type)
                    ) : (
                      <Link to="/actions/$id" params={{ id: use.action_id }}>
                        {sentence(use.action_type)}
                      </Link>
                    )}
                    <DryRun of={use} />
                  </td>
                  <td>
                    <Foreign text={use.agent} />
                  </td>
                  <td>{use.matched ? 'matched' : 'did not match'}</td>
                  <td title={use.explanation}>
                    <Chip plain look={lookOfDecision(use.decision)} />
                  </td>
                  <td className="num">{use.policy_version ?? '–'}</td>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
    </Card>
  );
};

/** The evaluations that looked at a policy, for those who may read them. */
export const Uses = (about: { readonly tenant: string; readonly id: string }): ReactElement => {
  const missing = useMissingScope('POLICY_AUDIT');
  return missing === undefined ? <List {...about} /> : <NoAccessCard card="Audit trail" missing={missing} />;
};
