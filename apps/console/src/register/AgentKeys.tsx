import { Checkbox } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { ActionButton, Card, Empty, Id, UntrustedText, Loaded, Problem, Time } from '../ui/parts.js';
import { routeQuery } from '../api/route-query.js';

type Agent = Schema<'AgentDto'>;

const agentsQuery = () => routeQuery('/api/v1/autonomous/agents', ['agents']);

const Revoke = ({ name }: { readonly name: string }): ReactElement => {
  const [sure, setSure] = useState(false);
  const [cancel, setCancel] = useState(false);
  const revoke = useSend(
    (body: { readonly cancel: boolean }) =>
      call('post', '/api/v1/autonomous/agents/{name}/revoke', { path: { name }, body }),
    ['agents', 'actions'],
    `The credential of ${name} was revoked.`,
  );
  return (
    <>
      {sure ? (
        <Checkbox
          label={`Cancel the open requests of ${name}`}
          checked={cancel}
          onChange={(event) => setCancel(event.target.checked)}
        />
      ) : null}
      <ActionButton
        variant="danger"
        size="sm"
        always
        label={sure ? `Yes, revoke ${name}` : `Revoke ${name}…`}
        sending={revoke.isPending}
        onAct={() => {
          if (sure) revoke.mutate({ cancel });
          setSure(!sure);
        }}
      >
        {sure ? 'Yes, revoke' : 'Revoke…'}
      </ActionButton>
      {revoke.isError ? <Problem error={revoke.error} what="nothing was changed" /> : null}
    </>
  );
};

const Line = ({ agent }: { readonly agent: Agent }): ReactElement => (
  <li>
    <div className="row wrap">
      <span className="sm t2 iso long" style={{ flex: 1 }}>
        <b>
          <UntrustedText text={agent.name} />
        </b>{' '}
        may name agents {agent.agents.join(', ') || 'none'}; accounts {agent.accounts.join(', ') || 'none'}.{' '}
        {counted(agent.keys.length, 'key')}:{' '}
        {agent.keys.map(({ jkt, ends_at: ends }, i) => (
          <span key={jkt}>
            {i === 0 ? '' : ', '}
            <Id id={jkt} />
            {ends === null ? null : (
              <>
                {' '}
                until <Time at={ends} />
              </>
            )}
          </span>
        ))}
      </span>
      <Revoke name={agent.name} />
    </div>
  </li>
);

/** Agents that run elsewhere and authenticate with their own key. */
export const AgentKeys = (): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const agents = useQuery({ ...agentsQuery(), enabled: missing === undefined });
  return (
    <Card title="Agents with a key of their own" right="interlock agents create NAME, or rotate NAME">
      {missing === undefined ? (
        <Loaded query={agents} rows={2} what="agents">
          {({ items }) =>
            items.length === 0 ? (
              <Empty>
                <b>No agent has a key of its own.</b> The key is made where the agent runs:{' '}
                <span className="mono">interlock agents create</span>.
              </Empty>
            ) : (
              <ul className="lines b">
                {items.map((agent) => (
                  <Line key={agent.name} agent={agent} />
                ))}
              </ul>
            )
          }
        </Loaded>
      ) : (
        <Empty>{missing}.</Empty>
      )}
    </Card>
  );
};
