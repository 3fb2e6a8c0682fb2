import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { tenantStore } from '../api/client.js';
import { bundlesQuery, policiesQuery } from '../api/queries.js';
import { useMissingScope, useSession } from '../api/session.js';
import { counted } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { useStore } from '../state/store.js';
import { Columns } from '../ui/tables/Columns.js';
import { LinkButton } from '../ui/LinkButton.js';
import { ActionButton, Card, Empty, UntrustedText, Head, Loaded } from '../ui/parts.js';
import { useRowKeys } from '../ui/tables/rows.js';
import { Chip } from '../ui/states.js';
import { num, Table } from '../ui/tables/Table.js';
import { PolicyDetail } from './PolicyDetail.js';
import { PolicyEditor } from './PolicyEditor.js';
import { PolicyList } from './PolicyList.js';
import { conditionText, lookOfDecision, type Policy } from './policy-words.js';
import { TryIt } from './TryIt.js';

const statusOrder = ['active', 'disabled', 'retired'];
const byStatus = (a: Policy, b: Policy): number =>
  statusOrder.indexOf(a.status) - statusOrder.indexOf(b.status);

type GuardrailsProps = {
  readonly tenant: string;
  /** The id of the policy in the address. */
  readonly asked: string | undefined;
};
const Guardrails = ({ tenant, asked }: GuardrailsProps): ReactElement => {
  const policies = useQuery(policiesQuery(tenant));
  useRowKeys();
  return (
    <Loaded query={policies} what="policies">
      {({ items }) => {
        const sorted = items.toSorted(byStatus);
        const chosen = asked === undefined ? sorted[0] : sorted.find(({ policy_id: one }) => one === asked);
        return (
          <Columns side={300} left>
            <div>
              <PolicyList items={sorted} chosen={chosen} />
            </div>
            {chosen === undefined ? (
              <div />
            ) : (
              <div>
                <Columns side={340} wide>
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
              </div>
            )}
          </Columns>
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
              <b>No bundle is active.</b> Every action needs a person.
            </Empty>
          ) : (
            <Table name="Rules" head={[num('Priority'), 'Rule', 'Says', 'Who, what', 'Where', 'Reason']}>
              {active.rules
                .toSorted((a, b) => b.priority - a.priority)
                .map((rule) => (
                  <tr key={rule.id}>
                    <td className="num">{rule.priority}</td>
                    <td>
                      <UntrustedText text={rule.id} />
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

/** The list of guardrails, the selected one in full, and the bundle that is active beside them. */
export const PoliciesPage = (): ReactElement => {
  const { data: session } = useSession();
  const chosen = useStore(tenantStore);
  const { policy: asked } = route.useSearch();
  const navigate = useNavigate({ from: '/policies' });
  const [adding, setAdding] = useState(false);
  const missing = useMissingScope('POLICY_WRITE');
  const tenant = chosen ?? session?.tenants[0];
  useKeys({
    n: () => {
      if (missing === undefined) setAdding(true);
    },
  });
  return (
    <div>
      <Head title="Policies">
        <span className="sub hide-m">
          guardrails of <bdi>{tenant}</bdi>; of policies and bundle the strictest answer counts
        </span>
        <span className="row ml wrap">
          <LinkButton to="/studio">Bundles</LinkButton>
          <ActionButton
            variant="filled"
            off={missing ?? (adding ? 'You are already writing a policy' : undefined)}
            onAct={() => setAdding(true)}
          >
            New policy… <kbd>N</kbd>
          </ActionButton>
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
