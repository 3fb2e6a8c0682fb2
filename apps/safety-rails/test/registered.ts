import { systemTenant, tenantOfUser } from '@interlock/contracts';
import type { RunningService } from '@interlock/platform';
import type { TestIssuer } from '@interlock/testing';

/** Where safety-rails listens, in this process or in one of its own. */
type Listening = { readonly http: Pick<RunningService['http'], 'port'> };

/** Calls the registration of tenants as the installation's operator. */
export const asSystem = async (
  rails: Listening,
  issuer: TestIssuer,
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly body: { readonly [name: string]: unknown } }> => {
  const headers = await issuer.person(['AUTONOMY_ADMIN'], {
    sub: 'operator',
    kind: 'service',
    tenant: systemTenant,
  });
  const response = await fetch(`http://127.0.0.1:${rails.http.port}/api/v1/autonomous/tenants${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as { readonly [name: string]: unknown } };
};

/** Registers a user of the bus, and its tenant, for these agents and accounts. */
export const registerUser = async (
  rails: Listening,
  issuer: TestIssuer,
  user: string,
  names: { readonly agents: readonly string[]; readonly accounts: readonly string[] } = {
    agents: ['*'],
    accounts: ['*'],
  },
): Promise<void> => {
  const tenant = tenantOfUser(user)!;
  for (const [path, body] of [
    ['', { name: tenant }],
    [`/${tenant}/credentials`, { kind: 'bus', name: user, ...names }],
  ] as const) {
    const { status, body: answer } = await asSystem(rails, issuer, 'POST', path, body);
    if (status !== 200) throw new Error(JSON.stringify(answer));
  }
};
