import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { tenantStore } from '../api/client.js';
import { bundlesQuery, policiesQuery } from '../api/queries.js';
import { useSession } from '../api/session.js';
import { counted, plainValue, sentence } from '../format.js';
import { useStore } from '../state/store.js';
import { Card, Empty, Foreign, Head, Loaded, Time } from '../ui/parts.js';
import { Chip, lookOfStatus } from '../ui/states.js';
import { Table } from '../ui/Table.js';

type Condition = { readonly field: string; readonly op: string; readonly value: unknown };
const conditionText = (conditions: readonly Condition[]): string =>
  conditions.length === 0
    ? 'always'
    : conditions.map(({ field, op, value }) => `${field} ${op} ${plainValue(value)}`).join(' and ');

const decisions: { readonly [decision: string]: Parameters<typeof Chip>[0]['look'] } = {
  ALLOW: { kind: 'green', glyph: 'ok', word: 'ALLOW' },
  allow: { kind: 'green', glyph: 'ok', word: 'allow' },
  DENY: { kind: 'red', glyph: 'oct', word: 'DENY' },
  deny: { kind: 'red', glyph: 'oct', word: 'deny' },
  CONFIRM: { kind: 'yellow', glyph: 'clk', word: 'CONFIRM' },
  needs_approval: { kind: 'yellow', glyph: 'hold', word: 'needs approval' },
};
const lookOfDecision = (decision: string): Parameters<typeof Chip>[0]['look'] =>
  decisions[decision] ?? { kind: 'unk', glyph: 'none', word: decision };

const Guardrails = ({ tenant }: { readonly tenant: string }): ReactElement => {
  const policies = useQuery(policiesQuery(tenant));
  return (
    <Card title="Guardrail policies" right="they always hold; the strictest answer wins">
      <Loaded query={policies} what="policies">
        {({ items }) =>
          items.length === 0 ? (
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
                <tr key={policy.policy_id}>
                  <td>
                    <b className="iso">{policy.name}</b> <Foreign text={policy.policy_id} />
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
          )
        }
      </Loaded>
    </Card>
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

export const PoliciesPage = (): ReactElement => {
  const { data: session } = useSession();
  const chosen = useStore(tenantStore);
  const tenant = chosen ?? session?.tenants[0];
  return (
    <div>
      <Head title="Policies" />
      <div className="col" style={{ gap: 12 }}>
        {tenant === undefined ? null : <Guardrails tenant={tenant} />}
        <Bundle />
      </div>
    </div>
  );
};
