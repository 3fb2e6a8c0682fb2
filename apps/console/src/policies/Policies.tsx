import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { tenantStore } from '../api/client.js';
import { bundlesQuery, policiesQuery } from '../api/queries.js';
import { useMissingScope, useSession } from '../api/session.js';
import { counted, sentence } from '../format.js';
import { useStore } from '../state/store.js';
import { Columns } from '../ui/Columns.js';
import { LinkButton } from '../ui/LinkButton.js';
import { Act, Card, Empty, Foreign, Head, Loaded, Time } from '../ui/parts.js';
import { useRowKeys } from '../ui/rows.js';
import { Chip, lookOfStatus } from '../ui/states.js';
import { Table } from '../ui/Table.js';
import { PolicyDetail } from './PolicyDetail.js';
import { PolicyEditor } from './PolicyEditor.js';
import { conditionText, lookOfDecision, type Policy } from './policy-words.js';
import { TryIt } from './TryIt.js';

const List = ({
  items,
  chosen,
}: {
  readonly items: readonly Policy[];
  readonly chosen: Policy | undefined;
}): ReactElement => (
  <Card title="Guardrail policies" right="they always hold; the strictest answer wins">
    {items.length === 0 ? (
      <Empty>
        <b>No policy holds.</b> What nothing allows is a person’s to decide.
      </Empty>
    ) : (
      <Table
        name="Policies"
        head={
          <>
            <th>Policy</th>
            <th>Says</th>
            <th>For</th>
            <th>Where</th>
            <th className="num">Version</th>
            <th>Status</th>
            <th>Changed</th>
          </>
        }
      >
        {items.map((policy) => (
          <tr key={policy.policy_id} className={policy === chosen ? 'sel' : undefined}>
            <td>
              <Link
                to="/policies"
                search={(old) => ({ ...old, policy: policy.policy_id })}
                className="fw iso"
                aria-current={policy === chosen ? 'true' : undefined}
                data-row
              >
                {policy.name}
              </Link>{' '}
              <Foreign text={policy.policy_id} />
            </td>
            <td>
              <Chip look={lookOfDecision(policy.decision)} />
            </td>
            <td className="t2">{policy.action_types.map(sentence).join(', ')}</td>
            <td className="mono">
              <bdi>{conditionText(policy.conditions)}</bdi>
            </td>
            <td className="num">{policy.version}</td>
            <td>
              <Chip plain look={lookOfStatus(policy.status)} />
            </td>
            <td>
              <Time at={policy.updated_at} />
            </td>
          </tr>
        ))}
      </Table>
    )}
  </Card>
);

const statusOrder = ['active', 'disabled', 'retired'];
const byStatus = (a: Policy, b: Policy): number =>
  statusOrder.indexOf(a.status) - statusOrder.indexOf(b.status);

const Guardrails = ({
  tenant,
  asked,
}: {
  readonly tenant: string;
  /** The policy that the address names. */
  readonly asked: string | undefined;
}): ReactElement => {
  const policies = useQuery(policiesQuery(tenant));
  useRowKeys();
  return (
    <Loaded query={policies} what="policies">
      {({ items }) => {
        const sorted = items.toSorted(byStatus);
        const chosen = asked === undefined ? sorted[0] : sorted.find(({ policy_id: one }) => one === asked);
        return (
          <div className="col" style={{ gap: 12 }}>
            <List items={sorted} chosen={chosen} />
            {chosen === undefined ? null : (
              <Columns side={340}>
                <div>
                  <PolicyDetail key={chosen.policy_id} tenant={tenant} policy={chosen} />
                </div>
                <div>
                  <TryIt
                    key={chosen.policy_id}
                    tenant={tenant}
                    actionType={chosen.action_types.find((type) => type !== '*') ?? 'cell_failover'}
                  />
                </div>
              </Columns>
            )}
          </div>
        );
      }}
    </Loaded>
  );
};

const Bundle = (): ReactElement => {
  const bundles = useQuery(bundlesQuery());
  return (
    <Loaded query={bundles} what="bundles">
      {({ active }) => (
        <Card
          title="Active bundle"
          extra={active === null ? undefined : <span className="tag mono iso">{active.version}</span>}
          right={active === null ? undefined : counted(active.rules.length, 'rule')}
        >
          {active === null ? (
            <Empty>
              <b>No bundle decides.</b> Everything is for a person.
            </Empty>
          ) : (
            <Table
              name="Rules"
              head={
                <>
                  <th className="num">Priority</th>
                  <th>Rule</th>
                  <th>Says</th>
                  <th>Who, what</th>
                  <th>Where</th>
                  <th>Reason</th>
                </>
              }
            >
              {active.rules
                .toSorted((a, b) => b.priority - a.priority)
                .map((rule) => (
                  <tr key={rule.id}>
                    <td className="num">{rule.priority}</td>
                    <td>
                      <Foreign text={rule.id} />
                    </td>
                    <td>
                      <Chip look={lookOfDecision(rule.effect)} />
                    </td>
                    <td className="mono">
                      <bdi>{rule.agent}</bdi>, <bdi>{rule.action}</bdi>
                    </td>
                    <td className="mono">
                      <bdi>{conditionText(rule.conditions)}</bdi>
                    </td>
                    <td className="t2 long iso">{rule.reason}</td>
                  </tr>
                ))}
            </Table>
          )}
        </Card>
      )}
    </Loaded>
  );
};

const route = getRouteApi('/shell/policies');

/** The guardrails, one of them whole, and the bundle that decides beside them. */
export const PoliciesPage = (): ReactElement => {
  const { data: session } = useSession();
  const chosen = useStore(tenantStore);
  const { policy: asked } = route.useSearch();
  const navigate = useNavigate({ from: '/policies' });
  const [adding, setAdding] = useState(false);
  const missing = useMissingScope('POLICY_WRITE');
  const tenant = chosen ?? session?.tenants[0];
  return (
    <div>
      <Head title="Policies">
        <span className="row ml wrap">
          <LinkButton to="/studio">Bundles</LinkButton>
          <Act
            variant="filled"
            off={missing ?? (adding ? 'A policy is being written' : undefined)}
            onAct={() => {
              setAdding(true);
            }}
          >
            New policy…
          </Act>
        </span>
      </Head>
      {tenant === undefined ? null : (
        <div className="col" style={{ gap: 12 }}>
          {adding ? (
            <PolicyEditor
              tenant={tenant}
              onDone={(id) => {
                setAdding(false);
                if (id !== undefined) void navigate({ search: (old) => ({ ...old, policy: id }) });
              }}
            />
          ) : null}
          <Guardrails tenant={tenant} asked={asked} />
          <Bundle />
        </div>
      )}
    </div>
  );
};
