import { useQuery } from '@tanstack/react-query';
import { systemTenant } from '@interlock/contracts';
import { useState, type ReactElement } from 'react';
import { call, tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope, useSession } from '../api/session.js';
import { counted } from '../format.js';

import { useStore } from '../state/store.js';
import { cols, Columns } from '../ui/tables/Columns.js';
import { ConfirmButton } from '../ui/ConfirmButton.js';
import { ActionButton, Card, Empty, Loaded, Problem } from '../ui/parts.js';
import { Chip, lookOfStatus } from '../ui/states.js';
import { credentialText, namedCredential } from './credentials.js';
import { tenantsQuery } from '../autonomy/queries.js';
import { RegisterAgent } from './RegisterAgent.js';

type RevokeProps = {
  readonly tenant: string;
  readonly credential: string;
};
const Revoke = ({ tenant, credential }: RevokeProps): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const named = namedCredential(credential);
  const revoke = useSend(
    (body: NonNullable<typeof named>) =>
      call('post', '/api/v1/autonomous/tenants/{tenant}/credentials/revoke', {
        tenant: systemTenant,
        path: { tenant },
        body,
      }),
    ['tenants'],
    'The credential was revoked.',
  );
  const words = credentialText(credential);
  return (
    <>
      <ConfirmButton
        variant="danger"
        size="sm"
        label={`Revoke ${words}…`}
        confirmLabel={`Yes, revoke ${words}`}
        off={
          missing ??
          (named === undefined
            ? 'Revoke a person by their subject: interlock tenants revoke --person'
            : undefined)
        }
        sending={revoke.isPending}
        confirm="Yes, revoke"
        onAct={() => {
          if (named !== undefined) revoke.mutate(named);
        }}
      >
        Revoke…
      </ConfirmButton>
      {revoke.isError ? <Problem error={revoke.error} what="nothing was changed" /> : null}
    </>
  );
};

/**
 * The agents and accounts that each credential may name. Only a session with access to the system's
 * tenant can read and change them.
 */
export const Credentials = (): ReactElement => {
  const { data: session } = useSession();
  const mine = session?.tenants.includes(systemTenant) === true;
  const chosen = useStore(tenantStore) ?? session?.tenants[0];
  const tenants = useQuery({ ...tenantsQuery(systemTenant), enabled: mine });
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const [adding, setAdding] = useState(false);
  if (!mine || missing !== undefined)
    return (
      <Card title="Registered credentials">
        <Empty>
          To register the agents and accounts that a credential may name, use a session with access to tenant{' '}
          <span className="mono">{systemTenant}</span>, or{' '}
          <span className="mono">interlock tenants allow</span>. Any other name is refused as{' '}
          <span className="mono">wrong-agent</span>.
        </Empty>
      </Card>
    );
  return (
    <Columns side={420}>
      <div>
        <Card
          title="Registered credentials"
          right={
            <ActionButton
              size="sm"
              off={chosen === systemTenant ? 'Select the agent’s tenant at the top of the page' : undefined}
              onAct={() => setAdding(!adding)}
            >
              Register…
            </ActionButton>
          }
        >
          <Loaded query={tenants} rows={4} what="credentials">
            {({ items }) => (
              <ul className="lines" style={cols('minmax(0, 1fr)', { gap: 8, pad: 10 })}>
                {items
                  .filter(({ tenant_id: id }) => chosen === systemTenant || id === chosen)
                  .map((tenant) => (
                    <li key={tenant.tenant_id}>
                      <span className="row wrap">
                        <b className="mono">{tenant.tenant_id}</b>
                        <Chip plain look={lookOfStatus(tenant.status)} />
                        <span className="muted sm">{counted(tenant.credentials.length, 'credential')}</span>
                      </span>
                      {tenant.credentials.map(({ credential, agents, accounts }) => (
                        <div key={credential} className="row wrap">
                          <span className="sm t2 iso long" style={{ flex: 1 }}>
                            <b>{credentialText(credential)}</b> may name agents {agents.join(', ') || 'none'};
                            accounts {accounts.join(', ') || 'none'}
                          </span>
                          <Revoke tenant={tenant.tenant_id} credential={credential} />
                        </div>
                      ))}
                    </li>
                  ))}
              </ul>
            )}
          </Loaded>
        </Card>
      </div>
      <div>
        {adding && chosen !== undefined && chosen !== systemTenant ? (
          <RegisterAgent tenant={chosen} onDone={() => setAdding(false)} />
        ) : null}
      </div>
    </Columns>
  );
};
