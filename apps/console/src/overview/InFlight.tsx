import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { scoreText, stepText, titleOf } from '../action/words.js';
import { actionsQuery, receiptQuery, statusQuery, type ActionRow } from '../api/queries.js';
import { counted, durationText } from '../format.js';
import { broadStops } from '../shell/stops.js';
import { Ago, Card, DryRun, Empty, Loaded, UntrustedText } from '../ui/parts.js';
import { StateChip } from '../ui/states.js';
import { SteadyList } from '../ui/SteadyList.js';
import { num, Table } from '../ui/tables/Table.js';

const Lasted = ({ of }: { readonly of: ActionRow }): ReactElement => {
  if (of.accepted_at === null) return <>–</>;
  return of.ended_at === null ? (
    <Ago at={of.accepted_at} />
  ) : (
    <>{durationText(Date.parse(of.ended_at) - Date.parse(of.accepted_at))}</>
  );
};

type RowsProps = {
  readonly name: string;
  readonly items: readonly ActionRow[];
};
const Rows = ({ name, items }: RowsProps): ReactElement => (
  <SteadyList now={items}>
    {(shown) => (
      <Table name={name} head={['State', 'Action', 'Entity', 'Agent', num('Risk'), 'Step', num('For')]}>
        {shown.map((action) => (
          <tr key={action.action_id}>
            <td>
              <StateChip state={action.state} />
            </td>
            <td>
              <Link to="/actions/$id" params={{ id: action.action_id }}>
                {titleOf(action)}
              </Link>
              <DryRun of={action} />
            </td>
            <td>
              <UntrustedText text={action.entity_id} />
            </td>
            <td>
              <UntrustedText text={action.agent} />
            </td>
            <td className="num">{scoreText(action.risk_score)}</td>
            <td className="t2">{stepText(action)}</td>
            <td className="num">
              <Lasted of={action} />
            </td>
          </tr>
        ))}
      </Table>
    )}
  </SteadyList>
);

const allActions = <Link to="/actions">All actions</Link>;
const rowsAtMost = 12;

/** The actions in flight or, if there are none, the latest ones. */
const Calm = (): ReactElement => {
  const open = useQuery(actionsQuery({ open: 'true', limit: rowsAtMost }));
  const latest = useQuery(actionsQuery({ limit: rowsAtMost }));
  const status = useQuery(statusQuery());
  const count = open.data?.items.length ?? 0;
  const { busy, workers } = status.data?.executor ?? {};
  return (
    <Card
      title="In flight"
      className="o5"
      extra={
        count === 0 ? null : (
          <span className="sm muted hide-m">
            {counted(count, 'action')}
            {open.data?.next === null ? '' : ' and more'}
            {busy === undefined ? '' : `, ${busy} of ${workers ?? 0} workers busy`}
          </span>
        )
      }
      right={allActions}
    >
      <Loaded query={open} rows={6}>
        {({ items }) =>
          items.length > 0 ? (
            <Rows name="In flight" items={items} />
          ) : (
            <Loaded query={latest} rows={6}>
              {(all) =>
                all.items.length === 0 ? (
                  <Empty>
                    <b>No action yet.</b> Actions appear here when an agent sends its first intent.
                  </Empty>
                ) : (
                  <>
                    <Empty>
                      <b>Nothing is in flight.</b> These are the latest actions.
                    </Empty>
                    <Rows name="Latest actions" items={all.items} />
                  </>
                )
              }
            </Loaded>
          )
        }
      </Loaded>
    </Card>
  );
};

/** The actions that a stop cancelled or found in flight, with their present states. */
const Ended = ({ ids }: { readonly ids: readonly string[] }): ReactElement => {
  const actions = useQuery({
    ...actionsQuery({ ids: ids.slice(0, 50).join(','), limit: 50 }),
    refetchInterval: 5000,
  });
  return (
    <Card
      title="Ended by the stop"
      className="o5"
      extra={<span className="tag">{counted(ids.length, 'action')}</span>}
      right={allActions}
    >
      <Loaded query={actions} rows={4}>
        {({ items }) => <Rows name="Ended by the stop" items={items} />}
      </Loaded>
    </Card>
  );
};

/** The actions in flight; while the tenant is stopped, the actions that the stop ended. */
export const InFlight = (): ReactElement => {
  const { data: status } = useQuery(statusQuery());
  const stops = status === undefined ? [] : broadStops(status);
  const receipts = useQueries({
    queries: stops.flatMap(({ use, tenant }) =>
      use === undefined ? [] : [receiptQuery(use.use_id, tenant)],
    ),
  });
  const ids = [
    ...new Set(
      receipts
        .flatMap(({ data }) => [...(data?.in_flight ?? []), ...(data?.cancelled ?? [])])
        .filter(({ tenant_id: tenant }) => tenant === status?.tenant_id)
        .map(({ action_id: id }) => id),
    ),
  ];
  return ids.length === 0 ? <Calm /> : <Ended ids={ids} />;
};
