import '../styles/autonomy.css';

import { queryOptions, useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { call, tenantStore } from '../api/client.js';
import { useMissingScope } from '../api/session.js';
import { numberText, sentence } from '../format.js';
import { Card, Empty, Foreign, Head, Loaded, Time } from '../ui/parts.js';
import { Chip } from '../ui/states.js';

const modesQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['autonomy', 'modes', tenant],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/autonomy/config', { query: { limit: 100 }, tenant, signal }),
  });
const budgetsQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['autonomy', 'budgets', tenant],
    queryFn: async ({ signal }) => {
      const page = await call('get', '/api/v1/autonomy/budget', { query: { limit: 100 }, tenant, signal });
      return 'items' in page ? page.items : [page];
    },
  });

const looks = {
  PROPOSE_ONLY: { kind: 'unk', glyph: 'pen', word: 'PROPOSE_ONLY' },
  APPROVAL_REQUIRED: { kind: 'yellow', glyph: 'hold', word: 'APPROVAL_REQUIRED' },
  AUTO_EXECUTE: { kind: 'green', glyph: 'run', word: 'AUTO_EXECUTE' },
  DISABLED: { kind: 'red', glyph: 'oct', word: 'DISABLED' },
} as const;

const Modes = (): ReactElement => {
  const modes = useQuery(modesQuery());
  return (
    <Card title="Modes that are set" right="the most precise one decides; else nothing acts by itself">
      <Loaded query={modes} what="modes">
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              <b>No mode is set.</b> Every action is a proposal.
            </Empty>
          ) : (
            <div className="scroll" tabIndex={0} role="region" aria-label="Modes, table">
              <table>
                <thead>
                  <tr>
                    <th>Account</th>
                    <th>Action type</th>
                    <th>Mode</th>
                    <th>Set</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((mode) => (
                    <tr key={`${mode.pk}${mode.sk}`}>
                      <td>
                        {mode.account_id === undefined ? 'every account' : <Foreign text={mode.account_id} />}
                      </td>
                      <td>{mode.action_type === undefined ? 'every type' : sentence(mode.action_type)}</td>
                      <td>
                        <Chip look={looks[mode.mode]} />
                      </td>
                      <td>
                        <Time at={mode.updated_at} zoned />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </Card>
  );
};

const Budgets = (): ReactElement => {
  const budgets = useQuery(budgetsQuery());
  return (
    <Card title="Budgets">
      <Loaded query={budgets} what="budgets">
        {(items) =>
          items.length === 0 ? (
            <Empty>
              <b>No budget is set.</b>
            </Empty>
          ) : (
            <div className="scroll" tabIndex={0} role="region" aria-label="Budgets, table">
              <table>
                <thead>
                  <tr>
                    <th>Account</th>
                    <th className="num">A day</th>
                    <th>By type</th>
                    <th>Set</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((budget) => (
                    <tr key={budget.account_id}>
                      <td>
                        <Foreign text={budget.account_id} />
                      </td>
                      <td className="num">{numberText(budget.max_autonomous_per_day, 0)}</td>
                      <td className="t2">
                        {Object.entries(budget.max_per_action_type)
                          .map(([type, most]) => `${sentence(type)} ${numberText(Number(most), 0)}`)
                          .join(', ')}
                      </td>
                      <td>
                        <Time at={budget.updated_at} zoned />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </Card>
  );
};

export const AutonomyPage = (): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  return (
    <div className="pg p-autonomy">
      <Head title="Autonomy" />
      {missing === undefined ? (
        <div className="col" style={{ gap: 12 }}>
          <Modes />
          <Budgets />
        </div>
      ) : (
        <Card title="Modes and budgets">
          <Empty>
            <b>You cannot look here.</b> {missing}.
          </Empty>
        </Card>
      )}
    </div>
  );
};
